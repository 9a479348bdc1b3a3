"""How a channel fares is read from what became of the messages it began lately."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert

from channels.message import DeliveryState, FailureReason
from hub.store.delivery.health import ChannelHealth, count_outcomes
from hub.store.schema import campaigns, deliveries
from hub.store.sql.database import Database

NOW, MINUTE = 10**12, 60_000
S = DeliveryState


async def seen(db: Database, *rows: tuple[S, FailureReason | None, int], channel: str = "sms") -> ChannelHealth:
    """What is read of rows of one campaign, each of a state, a reason and an age in ms."""

    def work(connection: Connection) -> ChannelHealth:
        values = {"id": 1, "alert": 1, "channel": channel, "covered": b"", "targeted": len(rows)}
        connection.execute(insert(campaigns).values(**values))
        for number, (state, reason, age) in enumerate(rows, start=1):
            row = {"campaign": 1, "recipient": number, "state": int(state), "attempt": 1, "generation": 1}
            more = {"reason": str(reason) if reason else None, "sent_at": NOW - age}
            connection.execute(insert(deliveries).values(**row, **more))
        return count_outcomes(connection, "sms", NOW - 10 * MINUTE, NOW - MINUTE)

    return await db.write(work)


@pytest.mark.parametrize(
    ("state", "reason", "age", "troubled"),
    [
        (S.PENDING, FailureReason.UNREACHABLE, 1000, 1),
        (S.PENDING, FailureReason.THROTTLED, 1000, 0),
        (S.UNKNOWN, None, 1000, 1),
        (S.INFLIGHT, None, 1000, 0),
        (S.INFLIGHT, None, 2 * MINUTE, 1),
        (S.FAILED, FailureReason.MISCONFIGURED, 1000, 1),
        (S.FAILED, FailureReason.BAD_ADDRESS, 1000, 0),
        (S.ACCEPTED, None, 1000, 0),
        (S.CONFIRMED, None, 1000, 0),
    ],
)
async def test_what_is_no_fault_of_an_address_is_trouble(
    db: Database, state: S, reason: FailureReason | None, age: int, troubled: int
) -> None:
    assert await seen(db, (state, reason, age)) == ChannelHealth(1, troubled)


async def test_what_is_long_ago_and_what_another_channel_sent_says_nothing(db: Database) -> None:
    assert await seen(db, (S.UNKNOWN, None, 11 * MINUTE), (S.UNKNOWN, None, MINUTE)) == ChannelHealth(1, 1)


async def test_of_another_channel_nothing_is_read(db: Database) -> None:
    assert await seen(db, (S.UNKNOWN, None, MINUTE), channel="sms_backup") == ChannelHealth(0, 0)
