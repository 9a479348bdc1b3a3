"""Whatever a draft leaves blank, it states all that the law wants once the hub has filled in what it knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.event_table import load_events
from approvals.public_name import NamedIssuer
from hub.alert.alert import Alert
from hub.compose.issuer_name import Naming
from hub.compose.required_content import must_state
from hub.drafting.prefill import prefill
from hub.drafting.text import finish_text
from hub.errors import Invalid
from hub.formats.cap.read import read
from hub.local.demo.redate import reissue
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR, ContentSettings
from templates.catalog import Catalog
from tests.stories.warnings import alert_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
BLANK = ("description", "headline", "instruction", "sender_name")
EVENTS = load_events(CONFIG_DIR / "events.toml")
LANGUAGES = ("zh-CN", "en-US", "zh-TW", "de", "ru", "ja")
#: prefilling looks at the words, the table and the settings; at the store only for areas without a name
DESK: Any = SimpleNamespace(
    now=NOW,
    catalog=Catalog(),
    policy=SimpleNamespace(events=EVENTS),
    settings=SimpleNamespace(content=ContentSettings()),
)


def warning(event: str, language: str, severity: str, **texts: str) -> Alert:
    alert = alert_of(NOW, "any", "610602000000", severity=severity)
    return replace(alert, infos=(replace(alert.infos[0], event=event, language=language, **texts),))


def completed(alert: Alert) -> Any:
    return prefill(None, DESK, Naming((NamedIssuer("宝塔区气象台"),)), finish_text(alert, b"", (), NOW))  # type: ignore[arg-type]


@given(
    blank=st.sets(st.sampled_from(BLANK)),
    event=st.sampled_from([*EVENTS, None]),
    language=st.sampled_from(LANGUAGES),
    severity=st.sampled_from(["Extreme", "Severe", "Moderate", "Minor"]),
    instruction=st.sampled_from(["", "。", "暴雨", "Stay indoors."]),
)
def test_whatever_is_left_blank_is_filled_in_and_what_was_written_stays(
    blank: set[str], event: Any, language: str, severity: str, instruction: str
) -> None:
    name = "无名之险" if event is None else event.zh if language.startswith("zh") else event.en
    texts = {"headline": "暴雨", "instruction": instruction} | dict.fromkeys(blank, "")
    alert = warning(name, language, severity, **texts)
    made = completed(alert)
    must_state(made.alert, ContentSettings())
    [before], [after] = alert.infos, made.alert.infos
    changed = {name for name in BLANK if getattr(before, name) != getattr(after, name)}
    assert changed <= blank | {"instruction"}
    assert after.instruction.startswith(before.instruction.strip("。"))
    told = {each["element"].partition("]/")[2] for each in made.remarks if each["rule"] == Rule.PREFILLED}
    assert told == {{"sender_name": "senderName"}.get(name, name) for name in changed}
    assert (after.severity, after.expires, after.areas) == (before.severity, before.expires, before.areas)


@pytest.mark.parametrize("language", [*LANGUAGES, "fr", "ar"])
def test_where_people_are_to_leave_the_advice_that_is_filled_in_says_so_in_every_language(language: str) -> None:
    """One language told people to leave, and another to keep out of low ground."""
    words, blank = DESK.catalog.words(language), warning("暴雨", language, "Extreme", instruction="")
    leaving = replace(blank, infos=(replace(blank.infos[0], response_types=("Evacuate",)),))
    assert completed(leaving).alert.infos[0].instruction == words["advice_leave"] != ""
    assert completed(blank).alert.infos[0].instruction != words["advice_leave"]


def test_the_demonstration_tells_people_to_leave_in_both_languages() -> None:
    alert = read((CONFIG_DIR / "demo" / "rainstorm.xml").read_bytes()).alert
    assert alert is not None
    chinese, english = prefill(None, DESK, Naming(()), finish_text(reissue(alert, NOW)[0], b"", (), NOW)).alert.infos  # type: ignore[arg-type]
    assert "立即转移" in chinese.instruction
    assert english.instruction.startswith("Leave the danger area now")


def test_without_the_filling_in_a_blank_warning_is_refused() -> None:
    """The guard taken out: the claim above would fail."""
    blank = warning("暴雨", "zh-CN", "Severe", **dict.fromkeys(BLANK, ""))
    with pytest.raises(Invalid):
        must_state(blank, ContentSettings())
    must_state(completed(blank).alert, ContentSettings())
