"""A moment from outside is read by approvals.moment, which refuses what no zone can tell; or it is named here, and why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READS = re.compile(r"fromisoformat\(|AwareDatetime|strptime\(")
#: file to why its moments need no such look
OTHERS = {
    "approvals/moment.py": "it is the look",
    "channels/endpoint.py": "drivers know no approvals; it bounds both ends itself",
    "hub/formats/cap/lexical.py": "bounds a CAP time with the same years",
    "hub/registry/duty_roster/entry.py": "bounds its years more narrowly",
    "hub/web/feeds/atom.py": "a CAP time that was read",
    "hub/drafting/questions/sent_ahead.py": "a CAP time that was read",
    "hub/drafting/questions/longest_period.py": "an answer that was looked at when it was given",
    "hub/drafting/questions/period.py": "an answer that was looked at when it was given",
    "hub/compose/evacuation_notice.py": "a moment that was read, written by ourselves",
    "hub/audience/plan.py": "the plan as the hub wrote it",
    "hub/local/demo/office.py": "the hub's own answer",
}


def reading() -> set[str]:
    """The files that read moments themselves."""
    folders = ("approvals", "channels", "hub", "targeting", "templates")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    return {str(file.relative_to(ROOT)) for file in files if READS.search(file.read_text())}


def test_no_other_file_reads_a_moment_by_itself() -> None:
    assert reading() == OTHERS.keys()


@pytest.mark.parametrize("line", ["at = datetime.fromisoformat(text)", "    by: AwareDatetime"])
def test_the_guard_sees_such_a_line(line: str) -> None:
    assert READS.search(line)
