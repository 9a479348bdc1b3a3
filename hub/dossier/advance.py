"""Where a warning goes on: the one place that writes its stage, by the table of its lifecycle."""

from __future__ import annotations

from typing import Unpack

from sqlalchemy import Connection

from approvals.acts import ActSequence
from hub.alert.lifecycle import IllegalTransition, LifecycleEvent, Stage, stage_after
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertChange, AlertRow
from hub.transaction import Tx

#: events after which nobody works on the warning any more: the row says since when
ENDS = frozenset(
    {
        LifecycleEvent.REJECT,
        LifecycleEvent.WITHDRAW,
        LifecycleEvent.CANCEL,
        LifecycleEvent.SUPERSEDE,
        LifecycleEvent.EXPIRE,
    }
)
#: events that give a warning to whoever writes it: a version that nobody has read, and nothing that is signed
REOPENS = frozenset({LifecycleEvent.RETURN, LifecycleEvent.ADOPT})


def next_stage(stage: Stage, *events: LifecycleEvent) -> Stage:
    """Where events, one after the other, take a warning. Raises Conflict where one of them is not possible."""
    try:
        for event in events:
            stage = stage_after(stage, event)
    except IllegalTransition as error:
        raise Conflict(str(error), rule=Rule.STAGE) from None
    return stage


def advance(
    tx: Tx, alert: AlertRow, *events: LifecycleEvent, known_stage: Stage | None = None, **values: Unpack[AlertChange]
) -> Stage:
    """Moves a locked alert to where events take it, and writes what follows from them: the hour of an end, a new
    version without digest and decisions. `values` are further columns to write.

    `known_stage` is where its acts say it stands, for what is allowed also where its row was spoilt. The act itself is
    recorded by the caller, last of all. Raises Conflict, rule `stage`; then nothing was written.
    """
    stage = next_stage(known_stage or Stage(alert.stage), *events)
    changed: AlertChange = {}
    if events[-1] in ENDS:
        changed["ended_at"] = tx.now_ms
    if events[-1] in REOPENS:
        alerts.void_decisions(tx.connection, alert.id)
        changed |= {"digest": None, "version": alert.version + 1}
    changed |= values
    alerts.change_stage(tx.connection, alert.id, stage, **changed)
    return stage


def restore_stage(connection: Connection, alert: int, sequence: ActSequence) -> None:
    """Writes into the row of an alert what its acts say of it: nothing has happened to the warning, only to the row."""
    submission = sequence.newest.submission
    alerts.change_stage(connection, alert, Stage(sequence.stage), submission=submission)
