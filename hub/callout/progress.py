"""Whom the hub called, as officials see it: names, times and states, never a number."""

from __future__ import annotations

from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.alert.views import CallView
from hub.clock import from_ms
from hub.store.alerts import calls
from hub.store.alerts.alert_row import AlertRow
from hub.store.alerts.calls import CallRow, Matter


def calls_of(connection: Connection, row: AlertRow) -> tuple[CallView, ...]:
    """Every call about an alert: its decisions, referrals, countersignature, duties and alarms; oldest first."""
    return tuple(view(call, matter) for call, matter in calls.of_subject(connection, f"alert/{row.id}"))


def view(call: CallRow, matter: Matter) -> CallView:
    acknowledged = from_ms(call.acknowledged_at) if call.acknowledged_at is not None else None
    return CallView(
        reference=matter.id,
        about=f"{matter.kind} {matter.occasion}",
        official=call.name,
        channel=call.channel,
        at=from_ms(call.at),
        state=DeliveryState(call.state).name.lower(),
        detail=call.detail,
        acknowledged=acknowledged,
        acknowledged_by=call.acknowledged_by,
    )
