"""The tables keep the promises their names make."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Table, insert, inspect
from sqlalchemy.exc import IntegrityError

from hub.store.schema import alarms, audit, deliveries, metadata
from hub.store.sql.database import Database

TIMES = {"at", "until"}
TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)
ALARM = {"at": 1, "kind": "k", "subject": "s", "detail": "d"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_time_has_room_for_milliseconds(table: Table) -> None:
    for column in table.columns:
        if column.name in TIMES or column.name.endswith(("_at", "_until")):
            assert isinstance(column.type, BigInteger), column


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_has_a_primary_key(table: Table) -> None:
    assert len(table.primary_key.columns) > 0


async def test_both_databases_hold_every_table(db: Database) -> None:
    held = set(await db.read(lambda connection: inspect(connection).get_table_names()))
    assert held == {*metadata.tables, "alembic_version"}


async def test_both_databases_number_rows_by_themselves(db: Database) -> None:
    first = await db.write(lambda c: c.execute(insert(alarms).values(ALARM)).inserted_primary_key)
    second = await db.write(lambda c: c.execute(insert(alarms).values(ALARM)).inserted_primary_key)
    assert second > first


async def test_the_number_of_an_audit_entry_is_given_and_never_taken_twice(db: Database) -> None:
    entry = {
        "seq": 7,
        "at": 1,
        "actor": "a",
        "action": "x",
        "subject": "s",
        "detail": "{}",
        "previous": "",
        "hash": "h",
    }
    await db.write(lambda c: c.execute(insert(audit).values(entry)))
    with pytest.raises(IntegrityError):
        await db.write(lambda c: c.execute(insert(audit).values(entry)))


async def test_one_recipient_has_one_delivery_in_a_campaign(db: Database) -> None:
    row = {"campaign": 1, "recipient": 2, "state": 0, "attempt": 0, "generation": 0}
    await db.write(lambda c: c.execute(insert(deliveries).values(row)))
    with pytest.raises(IntegrityError):
        await db.write(lambda c: c.execute(insert(deliveries).values(row)))
