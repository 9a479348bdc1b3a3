"""Receipts: written once as evidence, joined into the delivery's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.store.bulk import BulkStatement


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt with its delivery known. `at` in ms."""

    campaign: int
    recipient: int
    state: int  # channels.message.DeliveryState
    reference: str
    detail: str
    at: int


_EVIDENCE = BulkStatement(
    "INSERT INTO receipts (campaign, recipient, state, reference, detail, at)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM deliveries WHERE campaign = ?1 AND recipient = ?2)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO receipts (campaign, recipient, state, reference, detail, at)"
    " SELECT n.* FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::bigint[])"
    " AS n(c, r, s, ref, d, t) JOIN deliveries ON campaign = n.c AND recipient = n.r ON CONFLICT DO NOTHING",
)
# The join: a receipt raises the state or changes nothing, so order and repetition do not matter.
# What a provider reports about, it has taken: a receipt also proves acceptance.
_RAISE = BulkStatement(
    "UPDATE deliveries SET state = ?3, reference = coalesce(reference, ?4),"
    " accepted_at = coalesce(accepted_at, ?5),"
    " settled_at = CASE WHEN ?3 >= 50 THEN coalesce(settled_at, ?5) ELSE settled_at END"
    " WHERE campaign = ?1 AND recipient = ?2 AND state < ?3",
    "UPDATE deliveries d SET state = n.s, reference = coalesce(d.reference, n.ref),"
    " accepted_at = coalesce(d.accepted_at, n.t),"
    " settled_at = CASE WHEN n.s >= 50 THEN coalesce(d.settled_at, n.t) ELSE d.settled_at END"
    " FROM (SELECT c, r, max(s) AS s, max(ref) AS ref, min(t) AS t FROM unnest(%s::bigint[], %s::bigint[],"
    " %s::smallint[], %s::text[], %s::bigint[]) AS u(c, r, s, ref, t) GROUP BY c, r) AS n"
    " WHERE d.campaign = n.c AND d.recipient = n.r AND d.state < n.s",
)


def apply(connection: Connection, reports: Sequence[Report]) -> int:
    """Keeps the evidence and raises the states. Returns how many reports were new; the rest were repetitions."""
    new = _EVIDENCE.run(connection, [(r.campaign, r.recipient, r.state, r.reference, r.detail, r.at) for r in reports])
    _RAISE.run(connection, [(r.campaign, r.recipient, r.state, r.reference or None, r.at) for r in reports])
    return new
