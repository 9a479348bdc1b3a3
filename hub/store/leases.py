"""Who does a job that only one process may do."""

from __future__ import annotations

from sqlalchemy import Connection, or_, update

from hub.store.bulk import BulkStatement
from hub.store.schema import leases

_ADD = BulkStatement(
    "INSERT INTO leases (name, owner, until) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "INSERT INTO leases (name, owner, until) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])"
    " ON CONFLICT DO NOTHING",
)


def take(connection: Connection, name: str, owner: str, now: int, until: int) -> bool:
    """Takes or prolongs the lease until `until` (ms). False while another owner's lease is in force."""
    free = or_(leases.c.owner == owner, leases.c.until < now)
    prolonged = update(leases).where(leases.c.name == name, free).values(owner=owner, until=until)
    if connection.execute(prolonged).rowcount == 1:
        return True
    return _ADD.run(connection, [(name, owner, until)]) == 1
