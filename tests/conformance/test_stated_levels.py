"""Which levels the headlines of real warnings state: colours of warnings, and nothing else that is red or of a grade."""

from __future__ import annotations

import json
import re
from pathlib import Path

from approvals.doubtful_level import doubtful_levels
from approvals.event_table import load_events
from approvals.event_words import find_event
from approvals.exercise_words import calming_words, reads_as_exercise
from approvals.headline_event import events_said, goes_with
from approvals.level import Level
from approvals.lifting import loose_endings, reads_as_lifting
from approvals.stated_level import stated_levels

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")
_HEADLINE = re.compile(r"<(?:\w+:)?headline>([^<]+)</")
_EVENT = re.compile(r"<(?:\w+:)?event>([^<]+)</")
STATED = {
    "城口县暴雨橙色预警": Level.ORANGE,
    "城口县 暴雨橙色预警 Bcc: someone@example.org": Level.ORANGE,
    "保定市气象台更新雷电黄色预警[Ⅲ级/较重]": Level.YELLOW,
    "Baoding Meteorological Observatory updates lightning yellow warning [Level III/Heavy]": Level.YELLOW,
    "Homeland Security Sets Code ORANGE": Level.ORANGE,
    "宜蘭縣土石流黃色警戒": Level.YELLOW,
    "花蓮縣土石流黃色警戒": Level.YELLOW,
    "屏東縣土石流黃色警戒": Level.YELLOW,
    "臺東縣土石流黃色警戒": Level.YELLOW,
    "高溫黃色燈號": Level.YELLOW,
}


def test_of_real_headlines_the_levels_that_a_reader_sees_are_read(shared_data: Path) -> None:
    found = dict[str, frozenset[Level]]()
    lifting = set[str]()
    for file in (folder for name in ("cap", "cases") for folder in (shared_data / name).rglob("*") if folder.is_file()):
        for headline in _HEADLINE.findall(file.read_text("utf-8", "replace")):
            text = " ".join(headline.split())
            found[text] = stated_levels(text, EVENTS)
            lifting |= {text} if reads_as_lifting(text) else set()
    assert len(found) > 80
    assert {text: levels for text, levels in found.items() if levels} == {
        text: frozenset({level}) for text, level in STATED.items()
    }
    assert {text[:30] for text in lifting} == {"All-Clear - Danger of falling ", "The tsunami Warning is cancele"}


def test_no_real_warning_is_refused_for_what_it_says_and_hardly_one_has_words_that_mislead(shared_data: Path) -> None:
    lines = (shared_data / "warnings" / "real_warning_texts.jsonl").read_text(encoding="utf-8").splitlines()
    for line in map(json.loads, lines):
        text, level = line["text"], Level.of(line["severity"])
        headline = text.partition("：")[0].partition("，预计")[0]
        assert stated_levels(text, EVENTS) == {level}, text
        assert not reads_as_lifting(text), text
        assert not [doubt for doubt in doubtful_levels(headline, EVENTS) if doubt.level is not level], headline
        assert not loose_endings(headline, level), headline
        assert not reads_as_exercise(headline), headline
        assert not calming_words(text), text
        assert len(events_said(EVENTS, headline)) == 1, headline


def test_no_real_headline_warns_of_another_event_than_its_block_and_only_tests_say_so(shared_data: Path) -> None:
    said = 0
    for file in (folder for name in ("cap", "cases") for folder in (shared_data / name).rglob("*") if folder.is_file()):
        text = file.read_text("utf-8", "replace")
        for block in re.findall(r"<(?:\w+:)?info>.*?</(?:\w+:)?info>", text, re.DOTALL):
            headline = next(iter(_HEADLINE.findall(block)), "")
            own = find_event(EVENTS, next(iter(_EVENT.findall(block)), ""))
            others = events_said(EVENTS, headline)
            said += bool(others)
            assert own is None or not others or any(goes_with(own, other) for other in others), headline
            assert not reads_as_exercise(headline) or "<status>Test</status>" in text, headline
    assert said
