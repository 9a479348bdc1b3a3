"""Receipts: written once as evidence, joined into the delivery's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.store.sql.bulk import BulkStatement


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt with its delivery known. `at` in ms."""

    campaign: int
    recipient: int
    state: int  # channels.message.DeliveryState
    reference: str
    detail: str
    at: int


# Of several reports of one state the earliest is kept (ties by text), so order and repetition do not matter.
_EVIDENCE = BulkStatement(
    "INSERT INTO receipts (campaign, recipient, state, reference, detail, at)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM deliveries WHERE campaign = ?1 AND recipient = ?2)"
    " ON CONFLICT (campaign, recipient, state) DO UPDATE"
    " SET reference = excluded.reference, detail = excluded.detail, at = excluded.at"
    " WHERE (excluded.at, excluded.reference, excluded.detail) < (receipts.at, receipts.reference, receipts.detail)",
    "INSERT INTO receipts (campaign, recipient, state, reference, detail, at)"
    " SELECT n.* FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[], %s::text[], %s::bigint[])"
    " AS n(c, r, s, ref, d, t) JOIN deliveries ON campaign = n.c AND recipient = n.r"
    " ON CONFLICT (campaign, recipient, state) DO UPDATE"
    " SET reference = excluded.reference, detail = excluded.detail, at = excluded.at"
    ' WHERE (excluded.at, excluded.reference COLLATE "C", excluded.detail COLLATE "C")'
    ' < (receipts.at, receipts.reference COLLATE "C", receipts.detail COLLATE "C")',
)
# The join: a receipt raises the state and lowers the times, or changes nothing; so order and repetition do not matter.
# What a provider reports about, it has taken: a receipt also proves acceptance. A provider's clock that is slow does
# not make its times earlier than our own intent.
_RAISE = BulkStatement(
    "UPDATE deliveries SET state = max(state, ?3), not_before = NULL,"
    " accepted_at = min(coalesce(accepted_at, max(?4, sent_at)), max(?4, sent_at)),"
    " settled_at = CASE WHEN ?3 >= 50 THEN min(coalesce(settled_at, max(?4, sent_at)), max(?4, sent_at))"
    " ELSE settled_at END"
    " WHERE campaign = ?1 AND recipient = ?2 AND (state < ?3 OR accepted_at IS NULL OR accepted_at > max(?4, sent_at)"
    " OR (?3 >= 50 AND (settled_at IS NULL OR settled_at > max(?4, sent_at))))",
    "UPDATE deliveries d SET state = greatest(d.state, n.s), not_before = NULL,"
    " accepted_at = least(d.accepted_at, greatest(n.t, d.sent_at)),"
    " settled_at = CASE WHEN n.done IS NULL THEN d.settled_at"
    " ELSE least(d.settled_at, greatest(n.done, d.sent_at)) END"
    " FROM (SELECT c, r, max(s) AS s, min(t) AS t, min(t) FILTER (WHERE s >= 50) AS done"
    " FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[]) AS u(c, r, s, t) GROUP BY c, r) AS n"
    " WHERE d.campaign = n.c AND d.recipient = n.r AND (d.state < n.s"
    " OR d.accepted_at IS NULL OR d.accepted_at > greatest(n.t, d.sent_at)"
    " OR (n.done IS NOT NULL AND (d.settled_at IS NULL OR d.settled_at > greatest(n.done, d.sent_at))))",
)


def apply(connection: Connection, reports: Sequence[Report]) -> int:
    """Keeps the evidence and raises the states. Returns how many reports taught something; the rest were repetitions.

    A report about a delivery that does not exist changes nothing.
    """
    earliest: dict[tuple[int, int, int], tuple[int, str, str]] = {}
    for r in reports:
        key, told = (r.campaign, r.recipient, r.state), (r.at, r.reference, r.detail)
        if key not in earliest or told < earliest[key]:
            earliest[key] = told
    new = _EVIDENCE.run(
        connection, [(*key, reference, detail, at) for key, (at, reference, detail) in earliest.items()]
    )
    _RAISE.run(connection, [(*key, at) for key, (at, _, _) in earliest.items()])
    return new
