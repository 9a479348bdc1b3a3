"""The chain a draft belongs to: an Update or a Cancel is always linked to the first message (UC-2)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from hub.alert import Alert, MsgType, Reference
from hub.errors import Conflict, NotFound
from hub.store import alerts
from hub.store.alerts import AlertRow


def whole(connection: Connection, alert_id: int) -> Sequence[AlertRow]:
    """Every message of the chain, sent or not, locked by its first: two drafts get two identifiers."""
    row = alerts.get(connection, alert_id)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
    root = row.root or row.id
    alerts.get(connection, root, lock=True)
    return alerts.chain(connection, root)


def sent(chain: Sequence[AlertRow]) -> Sequence[AlertRow]:
    """The messages of a chain that somebody may hold. A draft whose time ran out is none of them. Raises Conflict."""
    found = [each for each in chain if each.released_at is not None]
    if not found:
        raise Conflict(f"a warning that is {chain[-1].stage} has reached nobody yet", rule="stage")
    return found


def references(chain: Sequence[AlertRow]) -> tuple[Reference, ...]:
    """CAP 1.2 §3.2.1 references to each of them."""
    return tuple(Reference(row.sender, row.identifier, row.sent) for row in chain)


def root_of(connection: Connection, alert: Alert) -> int | None:
    """The first message of the chain an incoming Update or Cancel names (N5 of the 12379 rules holds here too)."""
    for reference in alert.references:
        known = alerts.by_identifier(connection, reference.sender, reference.identifier)
        if known is not None:
            return int(known.root or known.id)
    if alert.msg_type is MsgType.CANCEL:
        raise Conflict(
            "the Cancel references no alert that is known here: it would reach nobody",
            rule="X6",
            place="alert/references",
        )
    return None
