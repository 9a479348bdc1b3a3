"""One warning, from its draft to everyone in its area."""

from __future__ import annotations

import pytest

from channels.message import DeliveryState
from tests.stories.telephones import silent_server
from tests.stories.town import BRIDGE, RIVER, Cast, Town


async def test_a_released_warning_reaches_everyone_in_its_area_once_and_nobody_outside(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    assert set((await town.states(flood, "sms")).values()) == {"DELIVERED"}
    assert await town.alarms() == []


async def test_approved_is_not_released_nothing_leaves_before_the_order(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(flood, ())


async def test_a_person_named_by_two_areas_and_a_group_gets_one_message_per_channel(settle) -> None:
    town = await settle(Cast(bridge=4, river=4, hills=2))
    cap = town.cap(BRIDGE, RIVER, "610602000000")
    flood = await town.warns(cap, channels=("sms", "voice"), groups=frozenset({"elderly"}))
    await town.rests()
    await town.inbox("sms").expects(flood, {"bridge-1", "river-1"})
    await town.inbox("voice").expects(flood, ())


async def test_only_a_person_whose_sms_failed_is_called(town: Town) -> None:
    town.fate("bridge-0", sms="off")
    town.fate("river-2", sms="barred")
    flood = await town.warns()
    await town.rests()
    await town.inbox("voice").expects(flood, {"bridge-0", "river-2"})
    report = await town.hub.alerts.report(flood.id)
    assert report["persons"] == {"targeted": 20, "reached": 20, "confirmed": 0, "failed": 0, "unknown": 0}


async def test_a_person_who_gives_no_sign_is_called_only_when_the_deadline_is_over(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns()
    await town.rests()
    await town.inbox("voice").expects(flood, ())
    town.clock.advance(61)
    await town.rests()
    await town.inbox("voice").expects(flood, {"bridge-0"})


async def test_the_ladder_climbed_twice_calls_nobody_twice(town: Town) -> None:
    town.fate("bridge-0", sms="off", voice="off")
    flood = await town.warns()
    for _ in range(3):
        await town.rests()
        town.clock.advance(31)
    await town.inbox("voice").expects(flood, {"bridge-0"})
    report = await town.hub.alerts.report(flood.id)
    assert report["persons"]["failed"] == 1


async def test_a_key_pressed_confirms_the_warning_for_that_person_alone(town: Town) -> None:
    town.fate("bridge-0", sms="off", voice="confirms")
    town.fate("bridge-1", sms="off")
    flood = await town.warns()
    await town.rests()
    assert await town.states(flood, "voice") == {"bridge-0": "CONFIRMED", "bridge-1": "DELIVERED"}
    progress = await town.hub.alerts.progress(flood.id)
    assert (progress.persons.reached, progress.persons.confirmed) == (20, 1)


async def test_a_key_pressed_before_the_call_was_answered_for_is_matched_later(town: Town) -> None:
    town.fate("bridge-0", sms="off", voice="early")
    flood = await town.warns()
    await town.rests()
    assert (await town.states(flood, "voice"))["bridge-0"] == "CONFIRMED"


async def test_an_answer_by_sms_confirms(town: Town) -> None:
    town.fate("river-0", sms="confirms")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    assert (await town.states(flood, "sms"))["river-0"] == "CONFIRMED"


@pytest.mark.parametrize(("fate", "reason"), [("barred", "opted_out"), ("", "bad_address")])
async def test_whoever_refused_messages_or_has_a_wrong_number_has_failed_with_the_reason(
    settle, fate: str, reason: str
) -> None:
    town = await settle(Cast(bridge=2, river=0, hills=0))
    town.sms.knobs = town.sms.knobs.turn(bad_address=0.0 if fate else 1.0)
    if fate:
        town.fate("bridge-0", sms=fate)
    flood = await town.warns(channels=("sms",))
    await town.rests()
    campaign = (await town.campaigns(flood))["sms"]
    query = (
        f"SELECT state, reason FROM deliveries WHERE campaign = {campaign.id} AND recipient = {town.ids['bridge-0']}"
    )
    found = await town.hub.db.read(lambda connection: connection.exec_driver_sql(query).one())
    assert tuple(found) == (50, reason)


async def test_everyone_gets_the_form_of_their_language_as_it_was_approved(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    approved = {form.language: form.body for form in await town.hub.alerts.forms(flood.id)}
    await town.releases(flood)
    await town.rests()
    sent = {town.person("sms", delivery): text for delivery, text in town.sms.texts.items()}
    assert {sent["bridge-0"], sent["river-0"]} == {approved["zh-CN"]}
    assert {sent["bridge-3"], sent["river-3"]} == {approved["en-US"]}


async def test_an_endpoint_that_fails_and_one_that_hangs_leave_the_others_served(settle) -> None:
    town = await settle(Cast(timeout_s=2.0, bridge=2, river=0, hills=0, channels=("sms", "partners"), media=10))
    newsroom = town.members["partners"].counterpart
    await town.points("partners-2", f"{newsroom.url}/no-such-page", newsroom.secret)
    async with silent_server() as url:
        await town.points("partners-5", url, newsroom.secret)
        flood = await town.warns(channels=("partners",))
        await town.dispatches()
    states = await town.endpoint_states(flood, "partners")
    assert newsroom.counts.unique == 8
    assert (states.pop(5), states.pop(2)) == (DeliveryState.UNKNOWN, DeliveryState.FAILED)
    assert min(states) >= DeliveryState.ACCEPTED
    assert DeliveryState.FAILED not in states


async def test_over_every_channel_each_end_counts_what_the_hub_counts(settle) -> None:
    channels = ("sms", "voice", "email", "wecom", "broadcast", "partners")
    town = await settle(Cast(bridge=6, river=3, hills=2, channels=channels, robots=2, media=2))
    town.fate("bridge-0", sms="off")
    flood = await town.warns()
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    counted = {
        name: (town.members[name].counterpart.counts.unique, each["accepted"], each["targeted"])
        for name, each in report["channels"].items()
    }
    assert counted == {
        "sms": (9, 9, 9),
        "voice": (1, 1, 1),
        "email": (9, 9, 9),
        "wecom": (2, 2, 2),
        "broadcast": (1, 1, 1),
        "partners": (2, 2, 2),
    }
    assert all(not member.counterpart.counts.summary()["duplicates"] for member in town.members.values())
    assert report["persons"] == {"targeted": 9, "reached": 9, "confirmed": 0, "failed": 0, "unknown": 0}


async def test_a_red_warning_overtakes_the_blue_one_that_was_queued_before_it(settle) -> None:
    cast = Cast(bridge=100, river=10, hills=0, channels=("sms",), concurrency=4, dispatch={"shard_size": 50})
    town = await settle(cast)
    blue = await town.warns(town.cap(BRIDGE, severity="Minor"), channels=("sms",))
    red = await town.prepares(town.cap(RIVER, severity="Extreme"), channels=("sms",))
    town.sms.hold()
    async with town.working():
        await town.until(lambda: len(town.sms.arrivals) == 4)  # the provider takes no more at once
        await town.releases(red)
        await town.until_opened("sms", red)
        town.sms.let_go()
        await town.until(lambda: town.sms.counts.received == 110)
    ours = {await town.delivery(red, "sms", name) for name in town.people("river")}
    last = max(at for at, delivery in enumerate(town.sms.arrivals) if delivery in ours)
    assert last < 100
    await town.inbox("sms").expects(blue, town.people("bridge"))


async def test_what_a_counterpart_received_is_read_there_as_it_was_sent(settle) -> None:
    town: Town = await settle(Cast(bridge=1, river=0, hills=0, channels=("sms", "email")))
    rain = await town.warns(channels=("sms", "email"))
    await town.rests()
    forms = {form.body for form in await town.hub.alerts.forms(rain.id) if form.channel == "sms"}
    assert set(town.members["sms"].counterpart.counts.texts.values()) <= forms
    assert town.members["sms"].counterpart.counts.texts
