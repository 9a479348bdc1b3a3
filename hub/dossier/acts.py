"""The acts of warnings and papers: recorded with their entry in the audit log, and read as what alone says the stage.

A column of a row is what somebody wrote last; an act is what this hub sealed. Whatever lets a warning go on asks here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import Connection

from approvals.acts import (
    NAMED,
    Act,
    ActSequence,
    ActsRefused,
    act_named_in,
    hash_of,
    is_sealed,
    must_be_named,
    read_act,
    read_sequence,
    seal_act,
)
from approvals.audit import GENESIS, AuditEntry, storable
from approvals.signed import signer_of
from hub.alert.lifecycle import Stage
from hub.crypto.signing_keys import KeyRing
from hub.errors import Conflict, RecordLost
from hub.rules.cited_rule import RuleName
from hub.rules.rule import Rule
from hub.store.alerts import acts as store
from hub.store.alerts.alert_row import AlertHead
from hub.store.records import alarms, audit
from hub.store.records.log_witness import LogWitness
from hub.store.upgrade.intruders import ALARM as INTRUDER
from hub.store.upgrade.intruders import intruders
from hub.transaction import HUB, Transactions, Tx

T = TypeVar("T")

ALARM = "acts-differ"  #: of the alarm
STRANGER = "acts-strange"  #: of the alarm where rows of acts are none of the hub's
MOST = 2**31 - 1  #: the highest number a row can have
LOST = "record-lost"  #: of the alarm where the database did not keep an act
ALARMS: Mapping[RuleName, str] = MappingProxyType(
    {Rule.ACTS: ALARM, Rule.INTRUDER: INTRUDER}
)  #: by the rule of the refusal


@dataclass(frozen=True, slots=True)
class NewAct:
    """What is to be recorded. `submits` counts one more submission. `stops` is a no: it is taken whatever the acts
    before it look like, so that nobody prevents a no by spoiling them. `detail` goes into the audit log.
    """

    action: str
    stage: str
    actor: str
    at: int
    digest: str = ""
    evidence: str = ""
    submits: bool = False
    stops: bool = False
    detail: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Acts:
    """Seals acts with the order key, as decisions are. `witness` remembers how far the audit log has been seen."""

    ring: KeyRing
    witness: LogWitness | None = None

    def record(self, connection: Connection, subject: str, new: NewAct) -> Act:
        """Adds the next act and its entry in the audit log, in the caller's transaction, which holds the subject's row.

        Raises Conflict where the acts before it do not hold, or the database has a trigger that is not ours, unless the
        new one stops or is the first. Append last: on PostgreSQL the
        end of the log is held until the transaction ends.
        """
        rows = self.rows(connection, subject)
        if rows and not new.stops:
            self.must_hold(connection, subject)
            _must_be_alone(connection)
        number, previous = (min(rows[-1][0] + 1, MOST), hash_of(rows[-1][1])) if rows else (1, GENESIS)
        if (occupant := store.occupant(connection, subject, number)) is not None:
            set_rows_aside(connection, [occupant], new.at)
        audit.hold(connection)
        last = audit.last(connection)
        act = Act(
            subject=subject,
            number=number,
            action=storable(new.action),
            stage=new.stage,
            submission=_submission(rows) + new.submits,
            digest=new.digest,
            evidence=new.evidence,
            actor=storable(new.actor),
            at=new.at,
            previous=previous,
            entry=last.seq + 1 if last is not None else 1,
            link=last.hash if last is not None else GENESIS,
        )
        jws = seal_act(act, *self.ring.current)
        store.append(connection, subject, act.number, act.entry, jws)
        detail = {**new.detail, NAMED: _name_of(jws)}
        audit.append(connection, at_ms=new.at, actor=new.actor, action=new.action, subject=subject, detail=detail)
        return act

    def read(self, connection: Connection, subject: str) -> ActSequence:
        """The acts of a subject, sealed, gapless and whole as the audit log knows them. Raises ActsRefused."""
        rows = self.rows(connection, subject)
        self.must_be_witnessed(connection, subject)
        try:
            sequence = read_sequence(subject, rows, self.ring)
            latest = self._latest(connection, sequence.newest.entry)
            seq, named = self._must_be_named(connection, sequence, latest)
            _must_be_on_record(connection, subject, seq, named)
        except ActsRefused:
            if self.rows(connection, subject) == rows:
                raise
            return self.read(connection, subject)  # PostgreSQL: one was added between the two looks
        return sequence

    def _must_be_named(self, connection: Connection, sequence: ActSequence, latest: Act | None) -> tuple[int, object]:
        """As `must_be_named`, by the log as far as its chain goes: rows behind its end are no entries."""
        start = sequence.newest.entry
        try:
            return must_be_named(sequence, audit.entries(connection, start), latest)
        except ActsRefused:
            end = self._end(connection)
            if end is None:
                raise
        return must_be_named(sequence, audit.entries(connection, start, end.seq - start + 1), latest)

    def _end(self, connection: Connection) -> AuditEntry | None:
        """Where the log ends, if rows stand behind that; None, too, where it is not the one that was seen."""
        try:
            found = audit.end_after(connection, self.witness.head) if self.witness is not None else None
        except (OSError, ValueError):
            return None
        return found.entry if found is not None and found.strange else None

    def stages_to_show(self, connection: Connection, said: Mapping[int, str]) -> dict[int, Stage]:
        """Where alerts stand by the newest sealed act of each, for what is shown: a draft where none is sealed.

        Neither is the sequence read nor the log: that an act was cut off is for the patrol to see, and frees nothing.
        What a revoked key sealed proves nothing either way: it is shown as its row has it, which is what `said` tells.
        """
        newest = store.newest_of(connection, [alert_subject(alert) for alert in said])
        return {
            alert: self._stage_to_show(connection, alert, stage, newest.get(alert_subject(alert), ""))
            for alert, stage in said.items()
        }

    def _stage_to_show(self, connection: Connection, alert: int, said: str, jws: str) -> Stage:
        if is_sealed(jws, self.ring):
            return Stage(read_act(jws).stage)
        if signer_of(jws) in self.ring.revoked_kids:
            return Stage(said)
        behind = self.rows(connection, alert_subject(alert))  # what stands before a row that is no act of the hub
        sealed = behind and is_sealed(behind[-1][1], self.ring)
        return Stage(read_act(behind[-1][1]).stage) if sealed else Stage.DRAFT

    def rows(self, connection: Connection, subject: str) -> Sequence[tuple[int, str]]:
        """(number, JWS) of every act of a subject, in order, without what somebody else put behind them.

        Nobody gains by that: it is as if he had not put it there. What the hub wrote is named by the log, and missed.
        """
        rows = list(store.sequence(connection, subject))
        while rows and not self._is_own(connection, rows[-1][1]):
            rows.pop()
        return rows

    def strangers(self, connection: Connection, subjects: Sequence[str]) -> list[store.Stored]:
        """Rows that are no act of this hub: among the newest of all, and among those of these subjects."""
        found = store.suspects(connection, subjects)
        return [row for row in found if not (store.is_in_place(row) and self._is_own(connection, row.jws))]

    def _is_own(self, connection: Connection, jws: str) -> bool:
        """Whether this hub made an act: it is sealed, if by a key revoked since, or the log names it where it says."""
        if is_sealed(jws, self.ring) or signer_of(jws) in self.ring.revoked_kids:
            return True
        act = read_act(jws)
        entry = audit.at(connection, act.entry)
        return entry is not None and act_named_in(entry) == _name_of(jws)

    def stage_at(self, connection: Connection, alert: int, moment: int) -> Stage | None:
        """Where an alert stood at a moment (ms) by its acts alone, without the log; None where they do not hold."""
        subject = alert_subject(alert)
        try:
            acts = read_sequence(subject, self.rows(connection, subject), self.ring).acts
        except ActsRefused:
            return None
        return next((Stage(act.stage) for act in reversed(acts) if act.at <= moment), None)

    def stage_of(self, connection: Connection, row: AlertHead) -> Stage:
        """Where a locked alert stands, for whoever stops it: by its acts, by its row only where those do not hold."""
        try:
            return Stage(self.read(connection, alert_subject(row.id)).stage)
        except ActsRefused:
            return Stage(row.stage)

    def must_hold(self, connection: Connection, subject: str) -> ActSequence:
        """`read`, for officials. Raises Conflict."""
        try:
            return self.read(connection, subject)
        except ActsRefused as error:
            raise Conflict(f"the acts on record are not those that were sealed: {error}", rule=Rule.ACTS) from None

    def must_agree(self, connection: Connection, row: AlertHead) -> ActSequence:
        """The acts of a locked alert, whose row says what they say. Raises Conflict."""
        sequence = self.must_hold(connection, alert_subject(row.id))
        if said := difference(row, sequence):
            raise Conflict(f"the row of the warning was changed by hand: {said}", rule=Rule.ACTS, place="stage")
        return sequence

    def must_be_witnessed(self, connection: Connection, subject: str) -> None:
        """Raises ActsRefused where the log was cut off. Asked in writes alone: a read may have begun before the end was
        seen, and whatever goes on is written.
        """
        if self.witness is None or not connection.get_execution_options().get("writes"):
            return
        if broken := self.witness.broken(connection):
            raise ActsRefused(subject, 0, broken)

    def _latest(self, connection: Connection, entry: int) -> Act | None:
        """The act that was sealed last, of whatever subject, if later than an entry; what no key in force sealed says
        nothing, and is for the patrol.
        """
        later = (read_act(jws) for jws in store.after(connection, entry) if is_sealed(jws, self.ring))
        return next(later, None)


async def write_act(transactions: Transactions, actor: str, alert: int, work: Callable[[Tx], T]) -> T:
    """Runs an act on an alert in one transaction, with alarms as `acts_alarmed` raises them."""
    async with acts_alarmed(transactions, alert):
        return await transactions.write(actor, work)


@asynccontextmanager
async def acts_alarmed(transactions: Transactions, alert: int) -> AsyncIterator[None]:
    """Raises an alarm where an act on an alert is refused because the acts before it do not hold, or the database did
    not keep it; the refusal goes on.
    """
    try:
        yield
    except Conflict as error:
        if error.rule in ALARMS:
            await _alarm(transactions, ALARMS[error.rule], alert, str(error))
        raise
    except RecordLost as error:
        with suppress(RecordLost):  # a database that keeps no entry at all keeps no alarm: it is in the hub's own log
            await _alarm(transactions, LOST, alert, str(error))
        raise


async def _alarm(transactions: Transactions, kind: str, alert: int, text: str) -> None:
    """In a transaction of its own: that of the act has been undone."""
    subject = alert_subject(alert)
    await transactions.write(HUB, lambda tx: alarms.raise_once(tx.connection, tx.now_ms, kind, subject, text))


def _must_be_alone(connection: Connection) -> None:
    """Raises Conflict while something stands in the database that can change what is written."""
    if found := intruders(connection):
        names = ", ".join(each.place for each in found)
        text = (
            f"the database has what this version does not know and what can change a record: {names}; have it removed"
        )
        raise Conflict(text, rule=Rule.INTRUDER)


def alert_subject(alert: int) -> str:
    """What an alert is called among the acts and in the audit log."""
    return f"alert/{alert}"


def _must_be_on_record(connection: Connection, subject: str, entry: int, named: object) -> None:
    """Raises ActsRefused where the act that the audit log names last is gone: who cut it off may have cut off more."""
    if all(named != _name_of(jws) for jws in store.acts_of_entry(connection, entry)):
        raise ActsRefused(subject, 0, f"audit entry {entry} names an act that is not on record")


def _name_of(jws: str) -> dict[str, object]:
    """What an entry of the audit log says of the act it belongs to."""
    return {"number": read_act(jws).number, "hash": hash_of(jws)}


def set_rows_aside(connection: Connection, rows: Sequence[store.Stored], now: int) -> None:
    """Takes rows that are no act of this hub out of the way, with an alarm; `now` in ms."""
    for row in rows:
        store.set_aside(connection, row)
    if rows:
        first = rows[0]
        place = f"the first said to be of {str(first.subject)[:64]}, number {first.number}, entry {first.entry}"
        text = f"{len(rows)} rows of acts that this hub did not write were set aside as {store.ASIDE}…, {place}"
        alarms.raise_once(connection, now, STRANGER, "acts", text)


def difference(row: AlertHead, sequence: ActSequence) -> str:
    """What the row of an alert says that its acts do not; empty where they agree."""
    said = {"stage": row.stage, "submission": row.submission}
    acted = {"stage": sequence.stage, "submission": sequence.newest.submission}
    return ", ".join(f"{name} {said[name]}, by the acts {acted[name]}" for name in said if said[name] != acted[name])


def _submission(rows: Sequence[tuple[int, str]]) -> int:
    try:
        return read_act(rows[-1][1]).submission if rows else 0
    except ActsRefused:
        return 0
