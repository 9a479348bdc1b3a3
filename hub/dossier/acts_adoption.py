"""What was on record before acts were sealed gets its first act at the first start afterwards, and never later.

The rows are believed once, as they stood when the hub was brought to this version. From the first act of anybody on, a
warning without acts is one whose acts somebody deleted.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, Engine

from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.dossier.acts import Acts, NewAct, alert_subject
from hub.dossier.advance import advance
from hub.store.alerts import acts as store
from hub.store.alerts import alerts
from hub.store.alerts import standing as papers
from hub.store.records import audit
from hub.transaction import HUB, Tx

log = structlog.get_logger(__name__)

ACTION = "adopt-record"  #: of the act, and of its entry in the audit log
OPEN = (Stage.SUBMITTED, Stage.APPROVED)


def adopt_records(engine: Engine, acts: Acts, now: int) -> int:
    """Seals a first act for every warning and paper without one; returns for how many. `now` in ms.

    A start that was cut off half-way goes on at the next. Does nothing once anything else has been recorded. Raises
    OSError, ValueError where the new end of the log cannot be noted.
    """
    with engine.connect() as connection:
        if not _may_adopt(connection):
            return 0
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        audit.hold(connection)  # of two processes that start, the second sees what the first has done
        kept = acts.witness is None or not acts.witness.broken(connection)
        adopted = _adopt(connection, acts, now) if kept and _may_adopt(connection) else 0
    if adopted:
        if acts.witness is not None:
            with engine.connect() as connection:
                acts.witness.observe(connection)
        log.info("records_adopted", count=adopted)
    return adopted


def _may_adopt(connection: Connection) -> bool:
    return bool(_alerts(connection) or _papers(connection)) and not audit.names_act(connection, ACTION)


def _adopt(connection: Connection, acts: Acts, now: int) -> int:
    found, lent = _alerts(connection), _papers(connection)
    for alert in found:
        stage = _stage(Tx(connection, now, HUB), alert)
        acts.record(connection, alert_subject(alert), NewAct(ACTION, stage, HUB, now, stops=True))
    for paper in lent:
        row = papers.get(connection, paper)
        if row is not None:
            subject = f"{row.kind}/{row.id}"
            acts.record(connection, subject, NewAct(ACTION, row.state, HUB, now, stops=True))
    return len(found) + len(lent)


def _stage(tx: Tx, alert: int) -> Stage:
    """Where a warning goes on. What waits for decisions is a draft again: its digest does not say which submission."""
    row = alerts.get(tx.connection, alert, lock=True)
    stage = Stage(row.stage) if row is not None else Stage.DRAFT
    if row is None or stage not in OPEN:
        return stage
    return advance(tx, row, LifecycleEvent.RETURN)


def _alerts(connection: Connection) -> list[int]:
    sealed = store.subjects(connection)
    return [number for number in alerts.all_ids(connection) if alert_subject(number) not in sealed]


def _papers(connection: Connection) -> list[int]:
    sealed = store.subjects(connection)
    every = (row for kind in papers.KINDS for row in papers.everything(connection, kind))
    return [row.id for row in every if f"{row.kind}/{row.id}" not in sealed]
