"""The patrol: compares what the rows of warnings and papers say with their acts, and puts the rows right; and the order
of a warning that is released with the act that made it.

A row that somebody changed by hand lets nothing go on, since whatever lets a warning go on asks its acts. But a page
that shows a rejected warning as approved misleads, and somebody did it: so it is an alarm. Rows among the acts that are
none of the hub's are set aside. Each warning and paper is looked at apart: one of which anything does not read keeps
none of the others from being put right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from approvals.acts import ActSequence, ActsRefused
from hub.alert.lifecycle import Stage
from hub.clock import Clock, to_ms
from hub.dossier.acts import ALARM, Acts, alert_subject, difference, set_rows_aside
from hub.dossier.acts_adoption import ACTION as ADOPTED
from hub.dossier.advance import restore_stage
from hub.dossier.verified_order import dispute_over, ordered_end
from hub.errors import RowUnreadable
from hub.evidence.patrol_steps import Steps
from hub.store.alerts import alerts
from hub.store.alerts import standing as papers
from hub.store.alerts.acts import Stored
from hub.store.alerts.alert_row import AlertHead, AlertRow
from hub.store.records import alarms
from hub.store.sql.database import Database
from hub.store.sql.rows import FAULTS
from hub.store.sql.times import is_time

R = TypeVar("R", AlertHead, papers.StandingRow)

NEWEST = 500  #: so many of the newest warnings are compared besides those that are under way


@dataclass(frozen=True, slots=True)
class ActsPatrol:
    """Looks in a read; only what differs is looked at again in a write, with its row held."""

    db: Database
    acts: Acts
    clock: Clock
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", Steps(self.db, self.clock))

    async def look(self) -> None:
        """One round over what is under way and what is new."""
        await self._steps.take("the look for strange acts", self._clear)
        warnings, found = await self.db.read(self._suspects)
        for alert in warnings:
            mend = partial(self.db.write, partial(self._mend_alert, alert=alert))
            await self._steps.take(f"the comparison of {alert_subject(alert)} with its acts", mend)
        for paper in found:
            mend = partial(self.db.write, partial(self._mend_paper, paper=paper))
            await self._steps.take(f"the comparison of paper {paper} with its acts", mend)

    async def _clear(self) -> None:
        if await self.db.read(self._strangers):
            await self.db.write(self._set_aside)

    def _strangers(self, connection: Connection) -> list[Stored]:
        subjects = [alert_subject(row.id) for row in alerts.under_way(connection, NEWEST)]
        papers_ = [f"{row.kind}/{row.id}" for kind in papers.KINDS for row in papers.everything(connection, kind)]
        return self.acts.strangers(connection, subjects + papers_)

    def _set_aside(self, connection: Connection) -> None:
        """Looks once more: in the meantime the log may have come to name a row that was added."""
        set_rows_aside(connection, self._strangers(connection), to_ms(self.clock.now()))

    def _suspects(self, connection: Connection) -> tuple[list[int], list[int]]:
        warnings = alerts.under_way(connection, NEWEST)
        found = [row for kind in papers.KINDS for row in papers.everything(connection, kind)]
        return (
            _wrong(warnings, partial(self._wrong_alert, connection)),
            _wrong(found, partial(self._wrong_paper, connection)),
        )

    def _mend_alert(self, connection: Connection, alert: int) -> None:
        row = alerts.look_up(connection, alert, lock=True)  # its stage and submission are put right, whatever they are
        if row is None:
            return
        if wrong := self._wrong_alert(connection, row):
            alarms.raise_once(connection, to_ms(self.clock.now()), ALARM, alert_subject(alert), wrong)
        if (sequence := self._read(connection, alert_subject(alert))) is not None:
            restore_stage(connection, alert, sequence)
            self._mend_end(connection, row)

    def _mend_end(self, connection: Connection, row: AlertRow) -> None:
        """An end that somebody wrote into the row would hide a warning that holds: it is the one that was ordered."""
        end = ordered_end(connection, self.acts, row)
        if end is not None and is_time(row.expires_at) and row.expires_at != end:
            alerts.change(connection, row.id, expires_at=end)

    def _mend_paper(self, connection: Connection, paper: int) -> None:
        row = papers.get(connection, paper, lock=True)
        if row is None:
            return
        subject = f"{row.kind}/{row.id}"
        if wrong := self._wrong_paper(connection, row):
            alarms.raise_once(connection, to_ms(self.clock.now()), ALARM, subject, wrong)
        if (sequence := self._read(connection, subject)) is not None:
            papers.change(connection, paper, state=sequence.stage)

    def _wrong_alert(self, connection: Connection, row: AlertHead) -> str:
        try:
            sequence = self.acts.read(connection, alert_subject(row.id))
        except ActsRefused as error:
            return str(error)
        if said := difference(row, sequence):
            return said
        if sequence.stage != Stage.RELEASED or sequence.newest.action == ADOPTED:  # whose release is no act
            return ""
        return dispute_over(connection, self.acts, row, sequence)

    def _wrong_paper(self, connection: Connection, row: papers.StandingRow) -> str:
        try:
            sequence = self.acts.read(connection, f"{row.kind}/{row.id}")
        except ActsRefused as error:
            return str(error)
        return f"state {row.state}, by the acts {sequence.stage}" if row.state != sequence.stage else ""

    def _read(self, connection: Connection, subject: str) -> ActSequence | None:
        try:
            return self.acts.read(connection, subject)
        except ActsRefused:
            return None


def _wrong(rows: Iterable[R], why: Callable[[R], str]) -> list[int]:
    """The numbers of the rows with which something is wrong, or of which something does not read."""
    return [row.id for row in rows if _is_wrong(row, why)]


def _is_wrong(row: R, why: Callable[[R], str]) -> bool:
    try:
        return bool(why(row))
    except (RowUnreadable, *FAULTS):
        return True
