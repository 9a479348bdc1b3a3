"""Somebody keeps people from being told by a row in SQL: nothing is sent to them, and it is an alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pyroaring import BitMap

from hub.clock import to_ms
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.co_holders import CoHolders
from hub.tracking.untold_patrol import ALARM, UntoldPatrol
from tests.stories.town import Town

FAR = 10**14  #: ms: the year 5138
#: what somebody writes before anything is sent, and what the alarm says: how many of the 20 it costs
SILENCED = {
    "a shard that says it is done": ("UPDATE shards SET state = 'done' WHERE id = 2", "5 of 20"),
    "a shard that was revoked": ("UPDATE shards SET state = 'revoked' WHERE id = 2", "5 of 20"),
    "a shard that is due in another age": (f"UPDATE shards SET not_before = {FAR} WHERE id = 2", "5 of 20"),
    "a shard that is gone": ("DELETE FROM shards WHERE id = 2", "5 of 20"),
    "no shard at all": ("DELETE FROM shards", "20 of 20"),
    "a campaign that is gone": ("DELETE FROM campaigns", "cover 0, and its release had it cover 20"),
    "people said to share a number": (
        "INSERT INTO co_holders (campaign, bearer, holder) SELECT 1, 999, id FROM recipients",
        "",
    ),
}


async def told_of(town: Town, patrol: UntoldPatrol | None = None) -> list[str]:
    await (patrol or UntoldPatrol(town.hub.db, town.hub.acts, town.clock)).look()
    return [text for kind, text in await town.alarms() if kind == ALARM]


@pytest.mark.parametrize("how", SILENCED)
async def test_people_whom_a_row_silences_are_an_alarm(town: Town, how: str) -> None:
    await town.warns(channels=("sms",))
    assert await told_of(town) == []
    statement, said = SILENCED[how]
    await town.sql(statement)
    if not said:
        await town.sql("UPDATE shards SET state = 'done'")
        said = "20 of 20"
    (text,) = await told_of(town)
    assert said in text
    await town.dispatches()
    assert len(await told_of(town)) == 1, "what was left is sent, and who got nothing stays the same"


async def test_a_campaign_that_covers_fewer_is_an_alarm(town: Town) -> None:
    await town.warns(channels=("sms",))
    await town.sql("UPDATE campaigns SET covered = ?", BitMap([1, 2]).serialize())
    (text,) = await told_of(town)
    assert "sms is said to cover 2, and its release had it cover 20" in text


async def test_without_asking_for_deliveries_a_shard_is_believed(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.warns(channels=("sms",))
    await town.sql("UPDATE shards SET state = 'done' WHERE id = 2")
    monkeypatch.setattr(deliveries, "having", lambda _connection, _campaign, recipients: recipients)
    assert await told_of(town) == []


async def test_without_asking_for_the_bearer_a_row_spares_everybody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.warns(channels=("sms",))
    await town.sql("INSERT INTO co_holders (campaign, bearer, holder) SELECT 1, 999, id FROM recipients")
    await town.sql("UPDATE shards SET state = 'done'")
    monkeypatch.setattr(CoHolders, "of", lambda shared, _bits: shared.people)
    assert await told_of(town) == []


async def test_without_a_longest_wait_a_shard_due_in_another_age_waits_in_silence(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.warns(channels=("sms",))
    await town.sql(f"UPDATE shards SET not_before = {FAR} WHERE id = 2")
    monkeypatch.setattr("hub.tracking.untold_patrol.SKEW", FAR)
    assert await told_of(town) == []


async def test_nobody_is_said_to_be_untold_who_was_told_or_waits(town: Town) -> None:
    patrol = UntoldPatrol(town.hub.db, town.hub.acts, town.clock)
    flood = await town.warns(channels=("sms", "voice"))
    town.fate("bridge-0", sms="refused")
    assert await told_of(town, patrol) == []
    await town.dispatches(most=2)
    assert await told_of(town, patrol) == []
    await town.rests()
    assert await told_of(town, patrol) == []
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    await town.cancels(flood)
    assert await told_of(town, patrol) == []
    await town.rests()
    assert await told_of(town, patrol) == []


async def test_of_a_warning_held_for_an_hour_nobody_is_said_to_be_untold(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    hour = town.clock.now() + timedelta(hours=1)
    held = await town.hub.drafting.hold(town.officials["author"], draft.id, draft.version, hour)
    await town.releases(await town.approves(await town.submits(held)))
    assert await told_of(town) == []


async def test_who_shares_a_number_is_told_by_its_bearer(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    found = (await town.campaigns(flood))["sms"]
    query = "SELECT recipients FROM shards WHERE id = 2"
    bits = await town.hub.db.read(lambda connection: connection.exec_driver_sql(query).scalar_one())
    bearer, holder, *_ = sorted(people := BitMap.deserialize(bits))
    await town.sql("INSERT INTO co_holders (campaign, bearer, holder) VALUES (?, ?, ?)", found.id, bearer, holder)
    await town.sql("UPDATE shards SET recipients = ? WHERE id = 2", (people - BitMap([holder])).serialize())
    assert await told_of(town) == []
    await town.dispatches()
    assert await told_of(town) == []


async def test_who_was_looked_up_once_is_not_looked_up_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    patrol = UntoldPatrol(town.hub.db, town.hub.acts, town.clock)
    await town.warns(channels=("sms",))
    await town.dispatches()
    assert await told_of(town, patrol) == []

    def never(*_: object) -> BitMap:
        raise AssertionError

    monkeypatch.setattr(deliveries, "having", never)
    assert await told_of(town, patrol) == []


async def test_a_lease_is_a_wait_until_it_is_lost(town: Town) -> None:
    await town.warns(channels=("sms",))
    ticket, *_ = await town.tickets()
    now = to_ms(town.clock.now())
    await town.hub.db.write(lambda connection: campaigns.lease(connection, ticket, "somebody", now, now + 30_000))
    assert await told_of(town) == []
