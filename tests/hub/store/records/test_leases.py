"""Leases: one process at a time does a job of which there is only one."""

from __future__ import annotations

import asyncio

from hub.store.records import leases
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import scratch


def test_one_owner_holds_a_lease_until_it_runs_out(db: Database) -> None:
    with scratch(db) as connection:
        assert leases.take(connection, "sweep", "a", 100, 200)
        assert not leases.take(connection, "sweep", "b", 200, 300)
        assert leases.take(connection, "sweep", "b", 201, 300)
        assert not leases.take(connection, "sweep", "a", 250, 400)


def test_the_owner_prolongs_its_own_lease(db: Database) -> None:
    with scratch(db) as connection:
        assert leases.take(connection, "sweep", "a", 100, 200)
        assert leases.take(connection, "sweep", "a", 150, 900)
        assert not leases.take(connection, "sweep", "b", 500, 600)


def test_leases_of_different_names_do_not_meet(db: Database) -> None:
    with scratch(db) as connection:
        assert leases.take(connection, "sweep", "a", 100, 200)
        assert leases.take(connection, "report", "b", 100, 200)


async def test_of_many_processes_that_ask_at_once_one_gets_it(db_url: str) -> None:
    databases = [Database(db_url) for _ in range(4)]
    try:
        taken = await asyncio.gather(
            *(
                db.write(lambda connection, owner=str(number): leases.take(connection, "sweep", owner, 100, 200))
                for number, db in enumerate(databases)
            )
        )
    finally:
        for db in databases:
            db.close()
    assert sorted(taken) == [False, False, False, True]
