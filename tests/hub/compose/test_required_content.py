"""What a warning must state: by default the eight things of the law and what to do, or what a hub sets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.alert.alert import Alert, MsgType
from hub.compose.required_content import ELEMENTS, must_state
from hub.errors import Invalid
from hub.formats.cap.repair_info import STAND_IN_EVENT
from hub.settings.settings import ContentSettings
from tests.stories.warnings import alert_of

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
LAW = ContentSettings()
LOOSE = ContentSettings(law=False)


def warning(**changes: Any) -> Alert:
    """Orange, everything stated; the changes are made in its English block alone."""
    alert = alert_of(NOW, "rain-1", "610602000000")
    chinese, english = alert.infos
    return replace(alert, infos=(chinese, replace(english, **changes)))


def refused(alert: Alert, settings: ContentSettings) -> tuple[str, str]:
    """Rule and place."""
    with pytest.raises(Invalid) as found:
        must_state(alert, settings)
    return found.value.rule, found.value.place


def test_by_default_all_eight_elements_of_the_law_are_demanded() -> None:
    assert len(ELEMENTS) == 8
    must_state(warning(), LAW)
    for changes, place in (
        ({"event": " "}, "alert/info/event"),
        ({"severity": "Unknown"}, "alert/info/severity"),
        ({"areas": ()}, "alert/info/area"),
        ({"description": "", "headline": ""}, "alert/info/description"),
        ({"instruction": "", "severity": "Minor"}, "alert/info/instruction"),
    ):
        assert refused(warning(**changes), LAW) == ("LAW-64", place)
    nameless = replace(warning(sender_name=""), sender=" ")
    assert refused(nameless, LAW) == ("LAW-64", "alert/info/senderName")


def test_one_setting_leaves_level_and_measures_to_the_other_words() -> None:
    must_state(warning(severity="Unknown", instruction=""), LOOSE)


def test_a_word_that_stands_in_for_a_missing_event_states_none() -> None:
    assert refused(warning(event=STAND_IN_EVENT), LAW) == ("LAW-64", "alert/info/event")


@pytest.mark.parametrize("severity", ["Extreme", "Severe"])
@pytest.mark.parametrize("instruction", ["。", "Rainstorm warning", "More than 50 mm of rain within three hours."])
def test_red_and_orange_demand_a_line_that_says_what_to_do(severity: str, instruction: str) -> None:
    vague = warning(severity=severity, instruction=instruction)
    assert refused(vague, LAW) == ("LAW-67", "alert/info/instruction")
    must_state(warning(severity=severity, instruction=f"{instruction}\nGo uphill."), LAW)
    must_state(warning(severity="Moderate", instruction=instruction), LAW)


def test_a_cancel_is_not_asked_what_to_do() -> None:
    must_state(replace(warning(instruction=""), msg_type=MsgType.CANCEL), LAW)
