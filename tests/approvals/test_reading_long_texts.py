"""What is read for its claims costs in line with its length: no text, however it repeats itself, costs its square.

The work is counted in processor time, as one text of eight times the length against another: a line gives 8, a square
64. What lies between the two is far from both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from approvals.claimed_issuer import claimed_issuers, mentioned_bodies, strange_issuers
from approvals.doubtful_level import doubtful_levels
from approvals.event_table import load_events
from approvals.exercise_words import calming_words, reads_as_exercise
from approvals.former_level import without_former, without_gauges
from approvals.gauge_report import without_gauge_reports
from approvals.headline_event import events_said
from approvals.legible import legible
from approvals.level import Level
from approvals.level_change import level_changes
from approvals.lifting import loose_endings, reads_as_lifting, says_it_is_over, without_lifted
from approvals.stated_level import names_warning_level, stated_levels
from approvals.still_dangerous import dangers_that_go_on

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")
READERS: dict[str, Callable[[str], object]] = {
    "calming_words": calming_words,
    "claimed_issuers": claimed_issuers,
    "dangers_that_go_on": dangers_that_go_on,
    "doubtful_levels": lambda text: doubtful_levels(text, EVENTS),
    "events_said": lambda text: events_said(EVENTS, text),
    "legible": legible,
    "level_changes": level_changes,
    "loose_endings": lambda text: loose_endings(text, Level.RED),
    "mentioned_bodies": lambda text: mentioned_bodies(text, ()),
    "names_warning_level": lambda text: names_warning_level(text, EVENTS),
    "reads_as_exercise": reads_as_exercise,
    "reads_as_lifting": reads_as_lifting,
    "says_it_is_over": says_it_is_over,
    "stated_levels": lambda text: stated_levels(text, EVENTS),
    "strange_issuers": lambda text: strange_issuers(text, ()),
    "without_former": without_former,
    "without_gauge_reports": without_gauge_reports,
    "without_gauges": without_gauges,
    "without_lifted": without_lifted,
}
#: beginnings of what the readers look for, each again and again
REPEATED = (
    *(
        "城",
        "解除",
        "预警",
        "升级",
        "水位站",
        "局发布",
        "红色",
        "一级",
        "红",
        "警",
        "超警戒",
        "演练",
        "仍在",
        "将",
        "🔴",
        "由",
    ),
    *("a ", "from red ", "warning ", "lifted ", "until ", "replaces the ", "the ", "[a", "I", "1"),
    *("(红色", "【", "<", "·", "！", " ", "暴 雨 ", "预警已", "2026年", "解除\u3000"),
)
SHORT, LONG = 500, 4000
MOST = 24.0  #: between a line and a square, in their geometric middle
NOTHING_S = 0.02  #: below this the clock of the processor says nothing


def growth(read: Callable[[str], object], repeated: str) -> float:
    """How much more a reader works for the longer text: 1 where both are too little to count."""
    long = min(_cost(read, (repeated * LONG)[:LONG]) for _ in range(2))
    return long / max(_cost(read, (repeated * SHORT)[:SHORT]), NOTHING_S / 8) if long > NOTHING_S else 1.0


def _cost(read: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    read(text)
    return time.process_time() - begun


@pytest.mark.parametrize("reader", READERS)
def test_no_text_that_repeats_itself_costs_the_square_of_its_length(reader: str) -> None:
    dear = {text: ratio for text in REPEATED if (ratio := growth(READERS[reader], text)) > MOST}
    assert not dear, f"{reader} works so many times more for eight times the length: {dear}"


def test_a_reader_that_starts_again_at_every_letter_is_found() -> None:
    def read(text: str) -> int:
        return sum(len(re.findall("预警", text[at:])) for at in range(len(text)))

    assert growth(read, "预警") > MOST
