"""How far a release has come, while it is on its way."""

from __future__ import annotations

from tests.stories.town import Town


async def test_before_anything_is_sent_everyone_is_unknown_and_waiting(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    progress = await town.hub.alerts.progress(flood.id)
    assert (progress.persons.targeted, progress.persons.unknown) == (20, 20)
    assert (progress.channels["sms"].waiting, progress.channels["sms"].first_s) == (20, None)
    assert not progress.settled


async def test_in_the_middle_the_sent_the_waiting_and_the_whole_add_up(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches(most=2)
    await town.hears()
    progress = await town.hub.alerts.progress(flood.id)
    sms = progress.channels["sms"]
    assert (sms.delivered, sms.waiting, sms.unknown) == (7, 13, 13)
    assert (progress.persons.reached, progress.persons.unknown, progress.persons.failed) == (7, 13, 0)
    assert not progress.settled


async def test_at_the_end_it_is_settled_and_the_times_count_from_the_release(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    town.clock.advance(2)
    await town.dispatches(most=2)
    town.clock.advance(10)
    await town.rests()
    progress = await town.hub.alerts.progress(flood.id)
    sms = progress.channels["sms"]
    assert progress.settled
    assert (sms.first_s, sms.p50_s, sms.p99_s) == (2.0, 12.0, 12.0)
    assert sms.first_s <= sms.p50_s <= sms.p99_s


async def test_what_is_on_the_wire_is_not_settled(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    [ticket] = await town.tickets(most=1)
    await town.dispatches()
    await town.sql("UPDATE deliveries SET state = 10 WHERE recipient = ?", town.ids["bridge-1"])
    assert ticket
    assert not (await town.hub.alerts.progress(flood.id)).settled


async def test_a_draft_has_targets_only_once_it_is_submitted(town: Town) -> None:
    draft = await town.drafts()
    assert (await town.hub.alerts.progress(draft.id)).persons.targeted == 0
    await town.submits(draft)
    progress = await town.hub.alerts.progress(draft.id)
    assert (progress.persons.targeted, progress.persons.reached, progress.settled) == (20, 0, False)
