"""What officials are shown of a warning is what people are told, and what a message says of its hour is so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alert.alert import MsgType
from hub.alert.views import AlertView
from hub.cli.alert_views import tell
from hub.dossier.ending import Ending
from hub.drafting.cancellation import EndingRequest
from hub.drafting.notes import EndingNotes
from hub.formats.cap.write import write
from tests.stories.test_open_questions import answers, posted, timed
from tests.stories.test_update_leaves_places_out import drafts_update, says
from tests.stories.town import BRIDGE, RIVER, Town
from tests.stories.warnings import alert_of, areas_of, because


def shown(view: AlertView, capsys: pytest.CaptureFixture[str]) -> str:
    tell(view, as_json=False)
    return capsys.readouterr().out


async def of_two_levels(town: Town) -> AlertView:
    """A warning that is red at the bridge and yellow at the river, released."""
    base = alert_of(town.clock.now(), "two", BRIDGE, severity="Extreme")
    yellow = [replace(info, severity="Moderate", areas=areas_of(RIVER)) for info in base.infos]
    yellow[0] = replace(yellow[0], headline="暴雨黄色预警")
    alert = await town.warns(write(replace(base, infos=(*base.infos, *yellow))), channels=("sms",))
    await town.rests()
    return alert


async def test_an_all_clear_states_the_hour_at_which_its_author_submits_it(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    town.clock.advance(3 * 3600)
    view = await town.submits(draft)
    at = draft.sent[11:13]
    later = f"{(int(at) + 3) % 24}时"
    assert later in view.headline
    assert int(view.sent[11:13]) == (int(at) + 3) % 24
    lifted = await town.releases(await town.approves(view))
    await town.rests()
    texts = await town.inbox("sms").texts(lifted)
    assert texts
    assert all(later in said or "lifted" in said for [said] in texts.values())


async def test_an_all_clear_from_a_file_keeps_the_hour_its_sender_wrote(town: Town) -> None:
    warning = alert_of(town.clock.now(), "rain-own", BRIDGE)
    flood = await town.warns(write(warning), channels=("sms",))
    await town.rests()
    cancel = replace(
        warning, identifier="rain-own.end", msg_type=MsgType.CANCEL, note="险情解除", references=(warning.reference,)
    )
    draft = await town.drafts(write(cancel), channels=("sms",))
    town.clock.advance(3600)
    assert (await town.submits(draft)).sent == draft.sent
    assert flood.id


async def test_no_usual_end_is_offered_that_is_past_and_one_offered_counts_from_the_beginning(town: Town) -> None:
    now = town.clock.now()
    begun = now - timedelta(hours=2)
    draft = await town.drafts(posted(timed(begun, expires=None)), channels=("sms",))
    [question] = draft.questions
    [usual] = [choice for choice in question.choices if choice.key == "usual"]
    answered = await answers(town, draft, ("end-missing", "usual"))
    assert answered.expires_at == begun.replace(microsecond=0) + timedelta(hours=float(usual.values["hours"]))
    old = replace(timed(now - timedelta(hours=200), expires=None), identifier="old")
    [question] = (await town.drafts(posted(old), channels=("sms",))).questions
    assert [choice.key for choice in question.choices] == ["until"]


async def test_an_all_clear_is_shown_without_a_level_in_any_of_its_parts(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    flood = await of_two_levels(town)
    for ending, said in ((Ending.LIFTED, "an all-clear"), (Ending.ISSUED_IN_ERROR, "issued in error")):
        request = EndingRequest(EndingNotes("险情解除"), ending)
        view = await town.submits(await town.hub.drafting.cancel(town.officials["author"], flood.id, request))
        assert {part.level for part in view.parts} == {""}
        told = shown(view, capsys)
        assert said in told
        assert "blue" not in told
        await town.hub.drafting.withdraw(town.officials["author"], view.id, "anew")


async def test_a_part_whose_people_are_told_an_end_is_shown_as_one(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    view = await town.submits(await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"}))
    assert {part.level for part in view.parts} == {"orange", ""}
    assert "over there" in shown(view, capsys)


async def test_the_authors_answers_are_shown_to_whoever_signs(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    view = await town.submits(await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "continues"}))
    assert [(each.question, each.choice) for each in view.answers] == [(f"left-out:{BRIDGE}", "continues")]
    assert f"author's answer to left-out:{BRIDGE}: continues" in shown(view, capsys)
