"""Statements about what is older than it must be: how much there is, and the next batch of it gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Delete, Table, Update, delete, func, select, tuple_, update

from hub.store.schema import alerts, campaigns, deliveries, feedback, idempotency, provider_references, receipts


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of data that grows old: its table, which of its rows are too old at a moment (ms), and what is done."""

    table: Table
    old: Callable[[int], ColumnElement[bool]]
    change: Callable[[Table], Update | Delete]

    def count(self, connection: Connection, before: int) -> int:
        """How many rows are too old."""
        found: int = connection.execute(
            select(func.count()).select_from(self.table).where(self.old(before))
        ).scalar_one()
        return found

    def apply(self, connection: Connection, before: int, most: int) -> int:
        """Forgets the next rows in the caller's transaction; how many."""
        key: tuple[Any, ...] = tuple(self.table.primary_key.columns)
        chosen = connection.execute(select(*key).where(self.old(before)).limit(most)).all()
        if not chosen:
            return 0
        return connection.execute(self.change(self.table).where(tuple_(*key).in_(map(tuple, chosen)))).rowcount


def _of_ended(before: int) -> Any:
    """Campaigns of alerts that ended before: those that still run are never touched."""
    ended = select(alerts.c.id).where(alerts.c.ended_at < before)
    return select(campaigns.c.id).where(campaigns.c.alert.in_(ended))


SORTS: Mapping[str, Sort] = {
    # Mood, intent, region and alert stay: they are counts. The text and who wrote it go.
    "feedback_texts": Sort(
        feedback,
        lambda before: (feedback.c.at < before) & (feedback.c.text != ""),
        lambda table: update(table).values(text="", source=b"", recipient=None),
    ),
    # The state and its time stay as evidence; the provider's words and its id, by which it knows the number, go.
    "receipt_details": Sort(
        receipts,
        lambda before: (
            receipts.c.campaign.in_(_of_ended(before)) & ((receipts.c.detail != "") | (receipts.c.reference != ""))
        ),
        lambda table: update(table).values(detail="", reference=""),
    ),
    "delivery_references": Sort(
        deliveries,
        lambda before: deliveries.c.campaign.in_(_of_ended(before)) & deliveries.c.reference.is_not(None),
        lambda table: update(table).values(reference=None),
    ),
    "provider_references": Sort(
        provider_references, lambda before: provider_references.c.campaign.in_(_of_ended(before)), delete
    ),
    "idempotency_answers": Sort(idempotency, lambda before: idempotency.c.at < before, delete),
    "deliveries": Sort(deliveries, lambda before: deliveries.c.campaign.in_(_of_ended(before)), delete),
    "receipts": Sort(receipts, lambda before: receipts.c.campaign.in_(_of_ended(before)), delete),
}
