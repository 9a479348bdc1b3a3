"""Troubles with times that people of the field have reported, with small inputs: what is asked, and what is told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.errors import Invalid
from tests.stories.town import BAOTA, Town

#: case and input, with the questions that now stand where an end was invented, an onset lost or a clock believed
ASKED = {
    "b10-expired-made-live/input-c28.xml": {"end-before-start": ("usual", "until")},
    "b11-sent-in-future/input-c35.xml": {"sent-ahead": ("now", "hold"), "end-before-start": ("usual", "until")},
    "b24-onset-after-expires/input-c04.xml": {"end-before-onset": ("usual", "until")},
    "b24-onset-after-expires/input-c04b.xml": {"end-before-onset": ("stated", "usual", "until")},
    "b46-no-expires/input-c05.xml": {"end-missing": ("usual", "until")},
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_MADE = re.compile(r"<identifier>[^<]*-(\d{10})<")


def moved(data: Path, name: str, town: Town) -> bytes:
    """The input as if it had been made now, for the town: every time moved by one span."""
    file = data / "cases" / name
    if not file.is_file():
        pytest.skip(f"no {file}")
    text = file.read_text(encoding="utf-8")
    made = _MADE.search(text)
    assert made is not None
    span = town.clock.now() - datetime.fromtimestamp(int(made[1]), UTC)
    text = _TIME.sub(lambda found: (datetime.fromisoformat(found[0]) + span).isoformat(), text)
    return text.replace("500229000000", BAOTA).encode()


@pytest.mark.parametrize("name", ASKED)
async def test_a_period_that_contradicts_itself_is_kept_and_asked_about(
    town: Town, shared_data: Path, name: str
) -> None:
    draft = await town.drafts(moved(shared_data, name, town))
    asked = {question.key: tuple(choice.key for choice in question.choices) for question in draft.questions}
    assert asked == ASKED[name]
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"


async def test_a_warning_that_begins_later_says_from_when_in_every_form(town: Town, shared_data: Path) -> None:
    submitted = await town.submits(await town.drafts(moved(shared_data, "b12-effective-later/input-c36.xml", town)))
    begins = (town.clock.now() + timedelta(hours=5)).astimezone()
    for form in await town.hub.alerts.forms(submitted.id):
        told = form.text or form.body
        assert f"时{begins.minute:02d}分起有效" in told


async def test_a_warning_for_weeks_is_told_to_those_who_sign(town: Town, shared_data: Path) -> None:
    submitted = await town.submits(await town.drafts(moved(shared_data, "b26-thirty-days/input-c34.xml", town)))
    [finding] = [each for each in submitted.findings if each["rule"] == "period-long"]
    assert finding["values"]["hours"] > 24 * 29
