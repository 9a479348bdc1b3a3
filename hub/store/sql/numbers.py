"""Numbers of rows, kept within what the hub can name, whatever number somebody gave a row by hand.

A database goes on from the highest number there is. One row with a number beyond every route and reference, or beyond
every set of people, would take each row after it along.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Insert, Table, func, select, text, update

from hub.store.sql.rows import highest_id


def add_row(connection: Connection, table: Table, statement: Insert) -> int:
    """Adds one row to a table that numbers its rows itself; its number, which routes can name."""
    made: int = connection.execute(statement.returning(table.c.id)).scalar_one()
    if 0 < made <= highest_id(table.name):
        return made
    if connection.dialect.name == "postgresql":  # two that are added at once do not take the same
        claim = text("SELECT pg_advisory_xact_lock(hashtext('numbers'), hashtext(:table))")
        connection.execute(claim, {"table": table.name})
    number = free_number(connection, table)
    connection.execute(update(table).where(table.c.id == made).values(id=number))
    return number


def free_number(connection: Connection, table: Table) -> int:
    """The number after the highest row behind which one is free that can be named."""
    highest = highest_id(table.name)
    newest = connection.execute(select(func.max(table.c.id))).scalar() or 0
    if newest < highest:
        return max(int(newest), 0) + 1
    after: Any = table.alias("after")
    taken = select(after.c.id).where(after.c.id == table.c.id + 1).exists()
    behind = select(table.c.id).where(table.c.id > 0, table.c.id < highest, ~taken)
    last: int = connection.execute(behind.order_by(table.c.id.desc()).limit(1)).scalar() or 0
    return last + 1
