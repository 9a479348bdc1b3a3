"""Deliveries found by the provider's own id, and the receipts that came before we knew it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, delete, select, true, tuple_

from hub.store.delivery import receipts
from hub.store.delivery.deliveries import Settlement
from hub.store.delivery.receipts import Report
from hub.store.schema import parked_receipts, provider_references
from hub.store.sql.bulk import BulkStatement

_LEARN = BulkStatement(
    "INSERT INTO provider_references (channel, reference, campaign, recipient) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO provider_references (channel, reference, campaign, recipient)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
)

_PARK = BulkStatement(
    "INSERT INTO parked_receipts (channel, reference, state, detail, at, received_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (channel, reference, state) DO UPDATE SET detail = excluded.detail, at = excluded.at"
    " WHERE (excluded.at, excluded.detail) < (parked_receipts.at, parked_receipts.detail)",
    "INSERT INTO parked_receipts (channel, reference, state, detail, at, received_at)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::bigint[])"
    " ON CONFLICT (channel, reference, state) DO UPDATE SET detail = excluded.detail, at = excluded.at"
    ' WHERE (excluded.at, excluded.detail COLLATE "C") < (parked_receipts.at, parked_receipts.detail COLLATE "C")',
)

#: as wide as the column; a longer id is kept, and looked for, cut to this
REFERENCE_MOST = 255
#: most keys in one query: SQLite takes 32,766 values in one
KEYS_MOST = 5000


def park(connection: Connection, rows: Sequence[tuple[str, str, int, str, int, int]]) -> int:
    """Keeps receipts whose delivery is not known yet: (channel, reference, state, detail, at, received_at).

    Of several of one state the earliest is kept. Returns how many taught something.
    """
    earliest: dict[tuple[str, str, int], tuple[int, str, int]] = {}
    for channel, reference, state, detail, at, received_at in rows:
        key, told = (channel, reference, state), (at, detail, received_at)
        if key not in earliest or told < earliest[key]:
            earliest[key] = told
    return _PARK.run(connection, [(*key, detail, at, received) for key, (at, detail, received) in earliest.items()])


def learn(connection: Connection, channel: str, batch: Sequence[Settlement]) -> None:
    """Keeps the provider's ids of `batch` and applies the receipts that were waiting for them."""
    known = {s.reference[:REFERENCE_MOST]: s for s in batch if s.reference}
    _LEARN.run(connection, [(channel, ref, s.campaign, s.recipient) for ref, s in known.items()])
    if known:
        mine = (parked_receipts.c.channel == channel) & parked_receipts.c.reference.in_(known)
        _match(connection, mine)


def match_parked(connection: Connection) -> int:
    """Applies every parked receipt whose delivery is known by now; returns how many.

    Needed besides `learn`: a receipt parked while another process learned its id was seen by neither.
    """
    return _match(connection, true())


def _match(connection: Connection, which: ColumnElement[bool]) -> int:
    same = (parked_receipts.c.channel == provider_references.c.channel) & (
        parked_receipts.c.reference == provider_references.c.reference
    )
    query = select(parked_receipts, provider_references.c.campaign, provider_references.c.recipient)
    parked = connection.execute(query.join(provider_references, same).where(which)).all()
    if not parked:
        return 0
    receipts.apply(
        connection,
        [Report(row.campaign, row.recipient, row.state, row.reference, row.detail, row.at) for row in parked],
    )
    for start in range(0, len(parked), KEYS_MOST):
        keys = [(row.channel, row.reference, row.state) for row in parked[start : start + KEYS_MOST]]
        key = tuple_(parked_receipts.c.channel, parked_receipts.c.reference, parked_receipts.c.state)
        connection.execute(delete(parked_receipts).where(key.in_(keys)))
    return len(parked)


def find(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """(campaign, recipient) by (channel, provider's id, cut to REFERENCE_MOST)."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    pair = tuple_(provider_references.c.channel, provider_references.c.reference)
    wanted = list(keys)
    for start in range(0, len(wanted), KEYS_MOST):
        query = select(provider_references).where(pair.in_(wanted[start : start + KEYS_MOST]))
        for row in connection.execute(query):
            found[row.channel, row.reference] = (row.campaign, row.recipient)
    return found


def forget_parked(connection: Connection, before: int) -> int:
    """Drops receipts nobody claimed since `before` (ms); returns how many: orphans, worth an alarm."""
    return connection.execute(delete(parked_receipts).where(parked_receipts.c.received_at < before)).rowcount
