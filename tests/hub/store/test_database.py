"""The store: durable, grouped, patient, and the same on both databases."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from hub.store.database import Database
from hub.store.schema import leases


def take(name: str):
    def work(connection: Connection) -> None:
        connection.execute(insert(leases).values(name=name, owner="o", until=1))

    return work


def names(connection: Connection) -> set[str]:
    return set(connection.execute(select(leases.c.name)).scalars())


async def test_what_was_written_is_read_back(db: Database) -> None:
    await db.write(take("a"))
    assert await db.read(names) == {"a"}


async def test_redis_answers(redis_url: str) -> None:
    assert redis_url.startswith("unix://")
