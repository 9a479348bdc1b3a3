"""A second or a disguised event code would choose the rule of authority."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub.alert.alert import Alert, NamedValue
from hub.dossier.event import must_be_one_event
from hub.errors import Invalid
from tests.stories.warnings import alert_of


def coded(*codes: tuple[str, str]) -> Alert:
    """A warning in two languages with one code each, in this order."""
    alert = alert_of(datetime(2026, 7, 1, tzinfo=UTC), "rain-1", "610602000000")
    infos = [replace(info, event_codes=(NamedValue(*code),)) for info, code in zip(alert.infos, codes, strict=True)]
    return replace(alert, infos=tuple(infos))


def test_one_code_in_every_language_is_one_event_and_foreign_codes_are_not_ours_to_judge() -> None:
    for codes in [(("12379", "11B03"), ("eventType", "11B03")), (("12379", "11B03"), ("SAME", "FFW"))]:
        alert = coded(*codes)
        must_be_one_event(alert)
        assert {code.value for info in alert.infos for code in info.event_codes} == {value for _, value in codes}


@pytest.mark.parametrize(("second", "rule"), [("11B03", "X13"), (" 12A01", "N7"), ("１2A01", "N7"), ("12A1", "N7")])
def test_a_second_code_or_a_malformed_one_is_refused_naming_the_element(second: str, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        must_be_one_event(coded(("12379", "12A01"), ("GB/T 35561", second)))
    assert (refused.value.rule, refused.value.place) == (rule, "alert/info/eventCode")
