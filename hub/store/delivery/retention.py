"""Statements about what is older than it must be: how much there is, and the next batch of it gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap
from sqlalchemy import ColumnElement, Connection, Delete, Table, Update, delete, func, insert, select, tuple_, update

from hub.store.delivery.campaigns import DONE, REVOKED
from hub.store.schema import (
    alerts,
    assessments,
    campaigns,
    co_holders,
    deliveries,
    feedback,
    idempotency,
    orders,
    provider_references,
    receipts,
    shards,
)

_NOBODY = BitMap().serialize()


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is asked, and what is too old then (both ms)."""

    before: int
    now: int


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One sort of data that grows old: its table, which of its rows are too old at a moment, and what is done."""

    table: Table
    old: Callable[[Moment], ColumnElement[bool]]
    change: Callable[[Table], Update | Delete]

    def count(self, connection: Connection, at: Moment) -> int:
        """How many rows are too old."""
        found: int = connection.execute(select(func.count()).select_from(self.table).where(self.old(at))).scalar_one()
        return found

    def apply(self, connection: Connection, at: Moment, most: int) -> int:
        """Forgets the next rows in the caller's transaction; how many."""
        key: tuple[Any, ...] = tuple(self.table.primary_key.columns)
        chosen = connection.execute(select(*key).where(self.old(at)).limit(most)).all()
        if not chosen:
            return 0
        return connection.execute(self.change(self.table).where(tuple_(*key).in_(map(tuple, chosen)))).rowcount


def assess(connection: Connection, alert: int, until: int, reason: str, actor: str, at_ms: int) -> None:
    """Keeps what an alert left until then, in place of an earlier assessment of it."""
    connection.execute(delete(assessments).where(assessments.c.alert == alert))
    row = {"alert": alert, "until": until, "reason": reason, "actor": actor, "at": at_ms}
    connection.execute(insert(assessments).values(row))


def _find_ended(at: Moment) -> Any:
    """Alerts that ended before and that nobody has assessed to be needed still: those that run are never touched."""
    kept = select(assessments.c.alert).where(assessments.c.until > at.now)
    return select(alerts.c.id).where(alerts.c.ended_at < at.before, alerts.c.id.not_in(kept))


def _of_ended(at: Moment) -> Any:
    """Their campaigns."""
    return select(campaigns.c.id).where(campaigns.c.alert.in_(_find_ended(at)))


SORTS: Mapping[str, RetentionClass] = {
    # Mood, intent, region and alert stay: they are counts. The text and who wrote it go.
    "feedback_texts": RetentionClass(
        feedback,
        lambda at: (feedback.c.at < at.before) & (feedback.c.text != ""),
        lambda table: update(table).values(text="", source=b"", recipient=None),
    ),
    # The state and its time stay as evidence; the provider's words and its id, by which it knows the number, go.
    "receipt_details": RetentionClass(
        receipts,
        lambda at: receipts.c.campaign.in_(_of_ended(at)) & ((receipts.c.detail != "") | (receipts.c.reference != "")),
        lambda table: update(table).values(detail="", reference=""),
    ),
    "delivery_references": RetentionClass(
        deliveries,
        lambda at: deliveries.c.campaign.in_(_of_ended(at)) & deliveries.c.reference.is_not(None),
        lambda table: update(table).values(reference=None),
    ),
    "provider_references": RetentionClass(
        provider_references, lambda at: provider_references.c.campaign.in_(_of_ended(at)), delete
    ),
    # What a release copied for its own use: the shards it was cut into (PD-3).
    "recipient_lists": RetentionClass(
        shards, lambda at: shards.c.campaign.in_(_of_ended(at)) & shards.c.state.in_((DONE, REVOKED)), delete
    ),
    "idempotency_answers": RetentionClass(idempotency, lambda at: idempotency.c.at < at.before, delete),
    "deliveries": RetentionClass(deliveries, lambda at: deliveries.c.campaign.in_(_of_ended(at)), delete),
    "receipts": RetentionClass(receipts, lambda at: receipts.c.campaign.in_(_of_ended(at)), delete),
    "co_holders": RetentionClass(co_holders, lambda at: co_holders.c.campaign.in_(_of_ended(at)), delete),
    # Who was meant at all goes with the deliveries: as evidence one is nothing without the other.
    "audiences_ordered": RetentionClass(
        orders,
        lambda at: orders.c.alert.in_(_find_ended(at)) & (orders.c.audience != _NOBODY),
        lambda table: update(table).values(audience=_NOBODY),
    ),
    "audiences_covered": RetentionClass(
        campaigns,
        lambda at: campaigns.c.id.in_(_of_ended(at)) & (campaigns.c.covered != _NOBODY),
        lambda table: update(table).values(covered=_NOBODY),
    ),
}
