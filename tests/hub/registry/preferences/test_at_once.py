"""Two processes that change preferences at the same moment: neither undoes what the other did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from hub.feedback import opt_out
from hub.feedback.opt_out import OptOutReply
from hub.feedback.opt_out_words import OptOutChoice
from hub.store.register import bitmaps, preferences
from hub.store.register.preferences import OPTOUT, Preferences, Way
from hub.store.register.refusals import Source
from hub.store.sql.database import Database

WAY = Way("sms", 1)
_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


async def at_once(database: Database, first: Callable[[Connection], Any], second: Callable[[Connection], Any]) -> None:
    """`second` in another process has begun, and waits, when `first` is committed."""
    with database.engine.connect() as one:
        with one.begin():
            first(one)
            later = asyncio.create_task(database.write(second))
            async with asyncio.timeout(30):
                while not await database.read(lambda connection: connection.execute(_WAITING).scalar_one()):
                    await asyncio.sleep(0.01)
        await later


async def test_of_two_who_refuse_a_channel_at_once_both_are_in_the_index(shared: Database) -> None:
    refusing = Preferences(refused=frozenset({"sms"}))
    await at_once(
        shared,
        lambda c: preferences.store_preferences(c, {1: refusing}, WAY),
        lambda c: preferences.store_preferences(c, {2: refusing}, WAY),
    )
    assert await shared.read(lambda connection: list(bitmaps.one(connection, OPTOUT, "sms"))) == [1, 2]


async def test_who_refuses_two_channels_at_once_has_refused_both(shared: Database) -> None:
    def stopped(channel: str) -> Callable[[Connection], Any]:
        source = Source(channel, (channel.encode() * 8,), b"sealed", ("1", "2"))
        return lambda connection: opt_out.apply_opt_out(connection, OptOutReply(OptOutChoice.STOP, source, (1,), 1))

    await at_once(shared, stopped("sms"), stopped("voice"))
    known = await shared.read(lambda connection: preferences.of(connection, [1]))
    assert known[1].refused == {"sms", "voice"}
