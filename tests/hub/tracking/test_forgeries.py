"""Refused callbacks: many within a minute are one alarm, whoever sends them and however many there are."""

from __future__ import annotations

from hub.store.records import alarms
from hub.store.sql.database import Database, StoreUnavailable
from hub.tracking.forgeries import MANY, ForgeryWatch


async def raised(db: Database) -> list[tuple[str, str]]:
    return [(row.kind, row.subject) for row in await db.read(alarms.recent)]


async def test_many_refused_callbacks_of_a_channel_within_a_minute_are_one_alarm(db: Database, clock) -> None:
    watch = ForgeryWatch(db, clock)
    for _ in range(MANY - 1):
        await watch.note("sms", "foreign-delivery")
        await watch.note("partners", "signature")
    assert await raised(db) == []
    for _ in range(3 * MANY):
        await watch.note("sms", "foreign-delivery")
    assert await raised(db) == [("forged-callbacks", "channel/sms")]


async def test_a_few_mistakes_in_every_minute_are_no_alarm(sqlite_db: Database, clock) -> None:
    watch = ForgeryWatch(sqlite_db, clock)
    for _ in range(10):
        for _ in range(MANY - 1):
            await watch.note("sms", "signature")
        clock.advance(60)
    assert await raised(sqlite_db) == []


async def test_a_store_that_is_away_leaves_the_refusal_a_refusal(clock) -> None:
    class Away:
        asked = 0

        async def write(self, work):
            self.asked += 1
            raise StoreUnavailable("away")

    away = Away()
    watch = ForgeryWatch(away, clock)
    for _ in range(2 * MANY):
        await watch.note("sms", "signature")
    assert away.asked == 1
