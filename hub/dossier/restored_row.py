"""A row of which some cells do not read, with what its sealed order says in their place.

A warning that is in force is not to be silent because of a cell that nobody signed. What was signed is compared by its
digest all the same, so that this lets nothing pass that was not ordered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from approvals.level import Level
from approvals.order import ReleaseOrder
from hub.clock import to_ms
from hub.store.alerts.alert_row import AlertChange, AlertHead
from hub.store.schema import alerts
from hub.store.sql.rows import misfits

Head = TypeVar("Head", bound=AlertHead)  #: an alert, or the head of one


def as_ordered(row: Head, order: ReleaseOrder) -> Head:
    """The row itself where each of its cells reads, or none of those that do not is in the order."""
    bad = set(misfits(alerts, row))
    restored: dict[str, Any] = {name: value for name, value in _cells(order).items() if name in bad}
    return replace(row, **restored) if restored else row


def _cells(order: ReleaseOrder) -> AlertChange:
    return {
        "identifier": order.identifier,
        "world": order.world,
        "msg_type": order.msg_type,
        "level": int(Level.of(order.level)),
        "targeted": order.audience_size,
        "relays": None,
        "created_at": to_ms(order.issued_at),
        "submitted_at": to_ms(order.issued_at),
        "released_at": to_ms(order.not_before),
        "expires_at": to_ms(order.expires),
    }
