"""Who does a job that only one process may do."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, update

from hub.store.records import alarms
from hub.store.schema import leases
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.times import SKEW

ALARM = "lease-void"  #: of the alarm

_ADD = BulkStatement(
    "INSERT INTO leases (name, owner, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "INSERT INTO leases (name, owner, until) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])"
    " ON CONFLICT DO NOTHING",
)


def take(connection: Connection, name: str, owner: str, now: int, until: int) -> bool:
    """Takes or prolongs the lease until `until` (ms). False while another owner's lease is in force.

    No owner takes it for longer than its term, which is the same for all. One that goes on for longer was written by
    something else: it is void, or nobody would ever do the job again, and an alarm.
    """
    free = or_(leases.c.owner == owner, leases.c.until < now)
    if _prolong(connection, name, owner, until, free):
        return True
    if _prolong(connection, name, owner, until, leases.c.until > until + SKEW):
        text = f"the lease {name} was held for longer than anybody may: it is void, and the job goes on"
        alarms.raise_once(connection, now, ALARM, f"leases/{name}", text)
        return True
    return _ADD.run(connection, [(name, owner, until)]) == 1


def _prolong(connection: Connection, name: str, owner: str, until: int, where: ColumnElement[bool]) -> bool:
    prolonged = update(leases).where(leases.c.name == name, where).values(owner=owner, until=until)
    return connection.execute(prolonged).rowcount == 1
