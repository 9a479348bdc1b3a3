"""The report adds up, and says unknown where nothing is known."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.town import BRIDGE, RIVER, Cast, Town

SUMS = ("targeted", "reached", "failed", "unknown")


def expect_sums(report) -> None:
    for persons in (report["persons"], *(message["persons"] for message in report["messages"])):
        assert persons["targeted"] == persons["reached"] + persons["failed"] + persons["unknown"]
        assert 0 <= persons["confirmed"] <= persons["reached"]
        assert min(persons.values()) >= 0
    for channel in report["channels"].values():
        assert channel["targeted"] == channel["delivered"] + channel["failed"] + channel["unknown"]


async def test_alert_update_and_cancel_are_one_report_and_each_is_counted_apart(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE))
    await town.rests()
    moved = await town.updates(flood, town.cap(RIVER))
    await town.rests()
    lifted = await town.cancels(moved)
    await town.rests()
    report = await town.hub.alerts.report(lifted.id)
    expect_sums(report)
    assert report["alert"] == {"identifier": flood.identifier, "digest": flood.digest}
    assert report["persons"] == {"targeted": 20, "reached": 20, "confirmed": 0, "failed": 0, "unknown": 0}
    assert [message["persons"]["targeted"] for message in report["messages"]] == [
        12,
        20,
        8,
    ]  # the bridge was told by the Update
    assert report["channels"]["sms"]["targeted"] == 12 + 20 + 8
    assert report["authorized_by"] == ["reviewer", "signer"]
    assert report["audit"]["verified"] is True


async def test_someone_the_alert_never_reached_does_not_count_as_failed_by_an_update_meant_for_others(settle) -> None:
    town = await settle(Cast(bridge=10, river=5))
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.dispatches(most=1)
    told = len(await town.inbox("sms").got(flood))
    moved = await town.updates(flood, town.cap(RIVER))
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    expect_sums(report)
    [first, second] = [message["persons"] for message in report["messages"]]
    assert (first["targeted"], first["failed"]) == (10, 10 - told)
    assert (second["targeted"], second["failed"]) == (5 + told, 0)
    progress = (await town.hub.alerts.progress(moved.id)).persons
    assert (progress.targeted, progress.failed) == (5 + told, 0)
    assert report["persons"]["failed"] == 10 - told


async def test_a_person_without_any_address_has_failed_in_every_message_and_is_counted_once(settle) -> None:
    town = await settle(Cast(bridge=4, river=0, channels=("sms",)))
    await town.moves("bridge-0", BRIDGE, without="sms")
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await town.updates(flood, town.cap())
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    expect_sums(report)
    assert report["persons"] == {"targeted": 4, "reached": 3, "confirmed": 0, "failed": 1, "unknown": 0}
    assert [message["persons"]["failed"] for message in report["messages"]] == [1, 1]


async def test_every_way_to_end_is_counted_where_it_belongs(town: Town) -> None:
    town.fate("bridge-0", sms="off", voice="off")
    town.fate("bridge-1", sms="silent")
    town.fate("bridge-2", sms="off", voice="confirms")
    town.fate("bridge-3", sms="barred", voice="silent")
    flood = await town.warns()
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    expect_sums(report)
    assert report["persons"] == {"targeted": 20, "reached": 17, "confirmed": 1, "failed": 1, "unknown": 2}
    sms, voice = report["channels"]["sms"], report["channels"]["voice"]
    assert (sms["accepted"], sms["delivered"], sms["failed"], sms["unknown"]) == (19, 16, 3, 1)
    assert (voice["accepted"], voice["delivered"], voice["failed"], voice["unknown"]) == (3, 1, 1, 1)
    assert town.sms.counts.unique == sms["accepted"]
    assert town.voice.counts.unique == voice["accepted"]


async def test_a_draft_that_ran_out_of_time_is_no_message_of_the_report(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    short = town.cap(lasts=timedelta(minutes=5))
    await town.hub.drafting.update(town.officials["author"], flood.id, short)
    town.clock.advance(600)
    await town.rests()
    report = await town.hub.alerts.report(flood.id)
    assert [message["id"] for message in report["messages"]] == [flood.id]


async def test_before_the_release_the_report_promises_nothing(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    report = await town.hub.alerts.report(view.id)
    assert report["persons"] == {"targeted": 0, "reached": 0, "confirmed": 0, "failed": 0, "unknown": 0}
    assert report["messages"] == []
