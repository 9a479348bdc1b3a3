"""Failed attempts, counted by keyed hash, in SQL. Times in ms."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.store.schema import throttles

FORGET_MS = 24 * 3600 * 1000  #: a day without a failure, and the count begins anew


def until(connection: Connection, keys: Iterable[str]) -> int:
    """The latest moment before which none of the keys may try again; 0 where there is none."""
    return connection.execute(select(func.max(throttles.c.until)).where(throttles.c.key.in_(list(keys)))).scalar() or 0


def count_failure(connection: Connection, key: str, now: int) -> int:
    """Counts one more failure; how many there are now."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = dialect.insert(throttles).values(key=key, failures=1, last_at=now, until=0)
    again = case((throttles.c.last_at < now - FORGET_MS, 1), else_=throttles.c.failures + 1)
    counted = first.on_conflict_do_update(index_elements=["key"], set_={"failures": again, "last_at": now})
    count: int = connection.execute(counted.returning(throttles.c.failures)).scalar_one()
    return count


def hold(connection: Connection, key: str, moment: int) -> None:
    """No further attempt before `moment`."""
    connection.execute(update(throttles).where(throttles.c.key == key).values(until=moment))


def clear(connection: Connection, keys: Iterable[str]) -> None:
    """The right answer was given: what was counted counts no more."""
    connection.execute(delete(throttles).where(throttles.c.key.in_(list(keys))))


def forget(connection: Connection, now: int) -> int:
    """Drops counts that would begin anew; how many."""
    return connection.execute(delete(throttles).where(throttles.c.last_at < now - FORGET_MS)).rowcount
