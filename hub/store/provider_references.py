"""Deliveries found by the provider's own id, and the receipts that came before we knew it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select, tuple_

from hub.store import receipts
from hub.store.bulk import BulkStatement
from hub.store.deliveries import Settlement
from hub.store.receipts import Report
from hub.store.schema import parked_receipts, provider_references

_LEARN = BulkStatement(
    "INSERT INTO provider_references (channel, reference, campaign, recipient) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO provider_references (channel, reference, campaign, recipient)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
)

_PARK = BulkStatement(
    "INSERT INTO parked_receipts (channel, reference, state, detail, at, received_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO parked_receipts (channel, reference, state, detail, at, received_at)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %s::smallint[], %s::text[], %s::bigint[], %s::bigint[])"
    " ON CONFLICT DO NOTHING",
)


def park(connection: Connection, rows: Sequence[tuple[str, str, int, str, int, int]]) -> int:
    """Keeps receipts whose delivery is not known yet: (channel, reference, state, detail, at, received_at)."""
    return _PARK.run(connection, rows)


def learn(connection: Connection, channel: str, batch: Sequence[Settlement]) -> None:
    """Keeps the provider's ids of `batch` and applies the receipts that were waiting for them."""
    known = {s.reference: s for s in batch if s.reference}
    _LEARN.run(connection, [(channel, ref, s.campaign, s.recipient) for ref, s in known.items()])
    if not known:
        return
    mine = (parked_receipts.c.channel == channel) & parked_receipts.c.reference.in_(known)
    parked = connection.execute(select(parked_receipts).where(mine)).all()
    if parked:
        receipts.apply(
            connection,
            [
                Report(
                    known[row.reference].campaign,
                    known[row.reference].recipient,
                    row.state,
                    row.reference,
                    row.detail,
                    row.at,
                )
                for row in parked
            ],
        )
        connection.execute(delete(parked_receipts).where(mine))


def find(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """(campaign, recipient) by (channel, provider's id)."""
    pair = tuple_(provider_references.c.channel, provider_references.c.reference)
    rows = connection.execute(select(provider_references).where(pair.in_(list(keys)))).all()
    return {(row.channel, row.reference): (row.campaign, row.recipient) for row in rows}


def forget_parked(connection: Connection, before: int) -> int:
    """Drops receipts nobody claimed since `before` (ms); returns how many: orphans, worth an alarm."""
    return connection.execute(delete(parked_receipts).where(parked_receipts.c.received_at < before)).rowcount
