"""Every decision record stands in the list of records, under its own title."""

from __future__ import annotations

import re
from pathlib import Path

RECORDS = Path(__file__).parents[2] / "docs" / "decisions"


def test_every_record_is_listed_once_under_its_title_and_nothing_else_is() -> None:
    listed = re.findall(r"^- \[(\d{4})\]\((\S+)\) (.+)$", (RECORDS / "README.md").read_text("utf-8"), re.MULTILINE)
    files = sorted(path for path in RECORDS.glob("*.md") if path.name != "README.md")
    titles = [re.sub(r"^#\s*\d+[.:]?\s*", "", path.read_text("utf-8").partition("\n")[0]) for path in files]
    assert listed == [(path.name[:4], path.name, title) for path, title in zip(files, titles, strict=True)]
