"""The chain a draft belongs to: an Update or a Cancel is always linked to the first message (UC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from hub.alert.alert import Alert, MsgType, Reference
from hub.dossier.chain import roots_named
from hub.errors import Conflict, Invalid
from hub.formats.cap.finding import Finding, quote
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.transaction import Tx


def whole(tx: Tx, alert_id: int) -> Sequence[AlertRow]:
    """Every message of the chain, sent or not, locked by its first: two drafts get two identifiers."""
    row = tx.alert(alert_id)
    root = row.root or row.id
    alerts.get(tx.connection, root, lock=True)
    return alerts.chain(tx.connection, root)


def sent_messages(chain: Sequence[AlertRow]) -> Sequence[AlertRow]:
    """The messages of a chain that somebody may hold. A draft whose time ran out is none of them. Raises Conflict."""
    found = [each for each in chain if each.released_at is not None]
    if not found:
        raise Conflict(f"a warning that is {chain[-1].stage} has reached nobody yet", rule=Rule.STAGE)
    return found


def references(chain: Sequence[AlertRow]) -> tuple[Reference, ...]:
    """CAP 1.2 §3.2.1 references to each of them."""
    return tuple(Reference(row.sender, row.identifier, row.sent) for row in chain)


def root_of(connection: Connection, alert: Alert) -> int | None:
    """The first message of the chain an incoming Update or Cancel names (N5 of the 12379 rules holds here too).

    Raises Conflict for two chains: authority over the one is none over the other (UC-1).
    """
    named = roots_named(connection, alert)
    if len(named) > 1:
        raise Conflict("the references name warnings of two chains", rule=Rule.CHAIN, place="alert/references")
    if named:
        return min(named)
    if alert.msg_type is MsgType.CANCEL:
        raise Conflict(
            "the Cancel references no alert that is known here: it would reach nobody",
            rule=Rule.X6,
            place="alert/references",
        )
    return None


def finding_of_unknown(alert: Alert, root: int | None) -> tuple[Finding, ...]:
    """That an Update refers to nothing that is known here (X6); nothing for any other message."""
    if root is not None or alert.msg_type is not MsgType.UPDATE:
        return ()
    named = ", ".join(quote(each.identifier) for each in alert.references[:3])
    text = f"what it updates ({named}) is not known here: people are told it as a first message"
    return (Finding(Rule.UPDATE_UNKNOWN, "alert/references", "advice", text),)


def keep_chain(connection: Connection, row: AlertRow, alert: Alert) -> Alert:
    """The alert of an edit, linked as its draft is. Raises Invalid where it would be of another type or chain.

    An edit makes no new warning an Update of anybody's, and no Update a new warning: that is drafted, and judged.
    """
    named = root_of(connection, alert)
    plain = row.msg_type if row.root is None else MsgType.ALERT  # an Update may be told as a plain text again
    if named not in (None, row.root) or alert.msg_type not in (row.msg_type, plain):
        text = "an edit keeps the type of a message and its chain: draft an Update or a Cancel instead"
        raise Invalid(text, rule=Rule.IDENTITY, place="alert/references")
    if row.root is None:
        return alert
    whole = alerts.chain(connection, row.root)
    return replace(alert, msg_type=MsgType(row.msg_type), references=references(sent_messages(whole)))
