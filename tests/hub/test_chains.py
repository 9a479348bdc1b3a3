"""Updates and Cancels as they are drafted: which messages they speak of, and that they stay in their chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alert.alert import MsgType, Reference
from hub.alert.views import AlertView, PlanRequest
from hub.errors import Conflict, Invalid
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from hub.store.alerts import alerts
from tests.stories.town import BAOTA, Town
from tests.stories.warnings import BEIJING, alert_of, because, cancel_of


async def test_a_cancel_of_what_was_never_released_is_refused(town: Town) -> None:
    draft = await town.drafts()
    with pytest.raises(Conflict) as refused:
        await town.hub.drafting.cancel(town.officials["author"], draft.id, because("why"))
    assert refused.value.rule == "stage"


@pytest.mark.parametrize("note", ["", "  \n"])
async def test_a_cancel_without_a_reason_is_refused(town: Town, note: str) -> None:
    flood = await town.warns(channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.cancel(town.officials["author"], flood.id, because(note))
    assert (refused.value.rule, refused.value.place) == ("N6", "note")


async def test_a_cancel_names_every_message_of_the_chain_as_it_was_sent(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    moved = await town.updates(flood, town.cap())
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    cancel = read(await town.hub.alerts.cap(draft.id)).alert
    assert cancel.msg_type is MsgType.CANCEL
    assert cancel.references == tuple(Reference(each.sender, each.identifier, each.sent) for each in (flood, moved))
    assert (draft.root, draft.channels) == (flood.id, moved.channels)
    assert {info.response_types for info in cancel.infos} == {("AllClear",)}


async def test_a_cancel_is_written_in_the_zone_of_the_message_it_lifts(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    assert flood.sent.endswith("+08:00")
    assert draft.sent.endswith("+08:00")
    cancel = read(await town.hub.alerts.cap(draft.id)).alert
    assert cancel.sent == town.clock.now().astimezone(BEIJING)
    assert cancel.infos[0].expires.utcoffset() == timedelta(hours=8)


async def test_a_cancel_with_another_reason_does_not_stand_beside_one_that_is_decided(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    first = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    second = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("雨势减弱"))
    assert second.id != first.id  # nobody decided on the first: it stands in nobody's way
    await town.approves(await town.submits(second))
    with pytest.raises(Conflict) as refused:
        await town.hub.drafting.cancel(town.officials["author"], flood.id, because("误发"))
    assert refused.value.rule == "cancelled"


@pytest.mark.parametrize("end", ["reject", "withdraw"])
async def test_a_cancel_that_was_taken_back_can_be_drafted_again(town: Town, end: str) -> None:
    flood = await town.warns(channels=("sms",))
    first = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    if end == "withdraw":
        await town.hub.drafting.withdraw(town.officials["author"], first.id, "too early")
    else:
        await town.decides(await town.submits(first), "reviewer", "review", verdict="reject", reason="too early")
    second = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    assert second.id != first.id
    assert second.identifier != first.identifier


async def test_a_draft_update_whose_time_ran_out_is_no_message_anyone_could_hold(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    short = town.cap(lasts=timedelta(minutes=5))
    await town.hub.drafting.update(town.officials["author"], flood.id, short)
    town.clock.advance(600)
    await town.rests()
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    cancel = read(await town.hub.alerts.cap(draft.id)).alert
    assert [reference.identifier for reference in cancel.references] == [flood.identifier]


async def test_an_update_of_the_update_still_belongs_to_the_first_message(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    moved = await town.updates(flood, town.cap())
    third = await town.hub.drafting.update(town.officials["author"], moved.id, town.cap())
    assert (third.root, third.msg_type) == (flood.id, "Update")
    references = read(await town.hub.alerts.cap(third.id)).alert.references
    assert [each.identifier for each in references] == [flood.identifier, moved.identifier]


async def test_a_cancel_file_that_names_no_known_alert_is_refused(town: Town) -> None:
    unknown = alert_of(town.clock.now(), "never-seen", BAOTA)
    with pytest.raises(Conflict) as refused:
        await town.drafts(write(cancel_of(unknown, town.clock.now(), "lift")))
    assert (refused.value.rule, refused.value.place) == ("X6", "alert/references")


def naming(town: Town, msg_type: MsgType, *named: AlertView, identifier: str = "ours") -> bytes:
    """A message that speaks of these warnings as its own."""
    references = tuple(Reference(each.sender, each.identifier, each.sent) for each in named)
    made = alert_of(town.clock.now(), identifier, BAOTA)
    return write(replace(made, msg_type=msg_type, references=references, note="情况变化"))


async def rewritten(town: Town, view: AlertView, cap: bytes) -> AlertView:
    plan = PlanRequest(("sms",))
    return await town.hub.drafting.replace(town.officials["author"], view.id, view.version, cap, plan)


@pytest.mark.parametrize("msg_type", [MsgType.UPDATE, MsgType.CANCEL])
async def test_an_edit_makes_no_new_warning_a_message_of_another_chain(town: Town, msg_type: MsgType) -> None:
    theirs = await town.warns(channels=("sms",))
    ours = await town.drafts(naming(town, MsgType.ALERT), channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await rewritten(town, ours, naming(town, msg_type, theirs))
    assert refused.value.rule == "identity"
    assert await town.hub.alerts.get(ours.id) == ours


async def test_an_edited_update_keeps_its_type_and_its_references(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    update = await town.hub.drafting.update(town.officials["author"], flood.id, naming(town, MsgType.ALERT))
    again = await rewritten(town, update, naming(town, MsgType.ALERT))
    assert (again.msg_type, again.root) == (MsgType.UPDATE, flood.id)
    row = await town.hub.db.read(lambda connection: alerts.get(connection, update.id))
    assert f"{flood.sender},{flood.identifier},{flood.sent}" in row.content.decode()


async def test_a_message_that_names_two_chains_is_refused(town: Town) -> None:
    flood, storm = await town.warns(channels=("sms",)), await town.warns(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await town.drafts(naming(town, MsgType.UPDATE, flood, storm), channels=("sms",))
    assert refused.value.rule == "chain"


async def test_a_draft_that_named_a_warning_before_it_was_known_is_not_submitted(town: Town) -> None:
    later = town.cap(identifier="later")
    known = await town.drafts(later, channels=("sms",))
    foretold = naming(town, MsgType.UPDATE, replace(known, identifier="yet-to-come"))
    ours = await town.drafts(foretold, channels=("sms",))
    await town.sql("UPDATE alerts SET identifier = ? WHERE id = ?", "yet-to-come", known.id)
    with pytest.raises(Conflict) as refused:
        await town.submits(ours)
    assert refused.value.rule == "chain"
