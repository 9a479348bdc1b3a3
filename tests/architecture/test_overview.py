"""The page that explains the tables explains every one of them."""

from __future__ import annotations

import re
from pathlib import Path

from hub.store.schema import metadata

PAGE = Path(__file__).parents[2] / "docs" / "overview.md"


def test_the_overview_names_every_table_and_no_other() -> None:
    section = PAGE.read_text("utf-8").partition("## Tables")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(metadata.tables)
