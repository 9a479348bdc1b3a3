"""The table of what officials are called about: each kind says what waits, and who can act on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from approvals.level import Level
from approvals.official import Official
from hub.access.administration.requests import Administration
from hub.access.permissions import Permission, holds
from hub.alert.lifecycle import Stage
from hub.callout.matter import (
    ALARM,
    COUNTERSIGNATURE,
    DECISION,
    DUTY,
    REFERRAL,
    REQUEST,
    WITHOUT_LEVEL,
    May,
    Unknowable,
    Waiting,
    alert_of,
    page_of,
)
from hub.dossier import frozen
from hub.dossier.acts import Acts
from hub.dossier.competent_officials import RELEASE, Judgement, Seat
from hub.signoff.countersign import Countersigning
from hub.signoff.duties import Duties, meets
from hub.signoff.referral import in_inbox
from hub.store.access import admin_requests, officials
from hub.store.access.admin_requests import RequestRow, State
from hub.store.alerts import calls
from hub.store.alerts import referrals as referral_store
from hub.store.alerts.calls import LEVELS, NewMatter, Undecided
from hub.store.alerts.duties import DutyRow
from hub.store.alerts.referrals import ReferralRow
from hub.store.schema import duties, referrals
from hub.store.sql.rows import must_fit
from hub.store.sql.times import is_time

log = structlog.get_logger(__name__)

R = TypeVar("R")  #: a row

FRESH_MS = 3_600_000  #: an older alarm is history: nobody is fetched out of bed for it
OF = " of "  #: between the submission and the issuer in an occasion
#: a warning that was lifted, replaced by an Update or has run out
ENDED = frozenset({Stage.CANCELLED, Stage.SUPERSEDED, Stage.EXPIRED})
STALE_MS = 48 * 3_600_000  #: what is older was given up: a roster that is new does not begin with last year's duties
MOST_ALARMS = 20  #: of the newest; a storm of alarms is one of them
SPREAD_MS = 1_000  #: how far the looks at two warnings that follow each other lie apart
RECHECK_MS = 60_000  #: how long a warning's next step is taken as it was found: officials leave, papers end


@dataclass(slots=True)
class DecisionKind:
    """Warnings that wait for a review, a signature or their release. The next step alone is called for, of each issuer
    where several issue the warning.
    """

    judgement: Judgement
    world: str
    name: str = DECISION
    _found: dict[int, tuple[tuple[Undecided, int], dict[Seat, int]]] = field(default_factory=dict)

    def waiting(self, connection: Connection, now: int) -> Iterator[Waiting | Unknowable]:
        rows = calls.list_undecided(connection, (Stage.SUBMITTED, Stage.APPROVED), self.world)
        still = {row.alert for row in rows}
        self._found = {alert: found for alert, found in self._found.items() if alert in still}
        for row in rows:
            subject = f"alert/{row.alert}"
            try:
                steps = self._next_steps(connection, row, now)
            except Exception as error:  # one warning that does not read keeps nobody from being called about the others
                log.exception("waiting_not_known", subject=subject)
                yield _unknowable(self.name, subject, error)
                continue
            for seat, count in steps.items():
                occasion = f"{seat.step} {row.submission}" + (f"{OF}{seat.issuer}" if seat.issuer else "")
                unit = seat.issuer or row.unit
                yield Waiting(NewMatter(self.name, subject, occasion, unit, row.level), page_of(subject), count)

    def may_act(self, connection: Connection, waiting: Waiting) -> May:
        dossier = frozen.of(connection, alert_of(waiting.new.subject))
        step, _, issuer = waiting.new.occasion.partition(OF)
        return self.judgement.may_take(connection, dossier, Seat(step.partition(" ")[0], issuer))

    def _next_steps(self, connection: Connection, row: Undecided, now: int) -> dict[Seat, int]:
        """The first step that lacks somebody, of each issuer, and how many; looked at anew when anything was said."""
        # each by a second of its own: a region's storm does not look at hundreds of papers in one round
        key, known = (row, (now + row.alert * SPREAD_MS) // RECHECK_MS), self._found.get(row.alert)
        if known is not None and known[0] == key:
            return known[1]
        steps = self.judgement.steps(connection, frozen.of(connection, row.alert))
        found: dict[Seat, int] = {}
        for seat, count in steps.items():
            if seat.step != RELEASE and seat.issuer not in {each.issuer for each in found}:
                found[seat] = count
        if not found and steps and row.stage == Stage.APPROVED:
            found = {Seat(RELEASE): 1}
        self._found[row.alert] = key, found
        return found


@dataclass(frozen=True, slots=True)
class ReferralKind:
    """Drafts in the inbox of a unit."""

    world: str
    name: str = REFERRAL

    def waiting(self, connection: Connection, _now: int) -> Iterator[Waiting | Unknowable]:
        rows = referral_store.list_referrals(connection, referral_store.OPEN)
        brief = calls.briefs(connection, [row.alert for row in rows], self.world)

        def judge(row: ReferralRow) -> Waiting:
            must_fit(referrals, row)
            subject, level = f"alert/{row.alert}", brief[row.alert].level
            return Waiting(NewMatter(self.name, subject, str(row.id), row.to_unit, level), page_of(subject))

        here = [row for row in rows if row.alert in brief]
        return _each_alone(self.name, here, lambda row: f"alert/{row.alert}", judge)

    def may_act(self, _connection: Connection, waiting: Waiting) -> May:
        return lambda official: in_inbox(official, waiting.new.unit)


@dataclass(frozen=True, slots=True)
class CountersignatureKind:
    """What a shortened flow still owes."""

    countersigning: Countersigning
    world: str
    name: str = COUNTERSIGNATURE

    def waiting(self, connection: Connection, now: int) -> Iterator[Waiting]:
        owing = calls.owing(connection, now - STALE_MS)
        for alert, brief in calls.briefs(connection, owing, self.world).items():
            subject = f"alert/{alert}"
            yield Waiting(NewMatter(self.name, subject, "owed", brief.unit, brief.level), page_of(subject))

    def may_act(self, connection: Connection, waiting: Waiting) -> May:
        alert = alert_of(waiting.new.subject)
        return lambda official: self.countersigning.may_give(connection, official, alert)


@dataclass(frozen=True, slots=True)
class DutyKind:
    """Duties of a release (突发事件应对法 2024 art. 64) whose time is over. About those of a warning that has ended
    nobody is called any more: they stay listed as overdue.
    """

    duties: Duties
    acts: Acts
    world: str
    name: str = DUTY

    def waiting(self, connection: Connection, now: int) -> Iterator[Waiting | Unknowable]:
        rows = self.duties.list_open(connection)
        brief = calls.briefs(connection, [row.alert for row in rows], self.world)
        stages = self.acts.stages_to_show(connection, calls.stages(connection, brief))

        def judge(row: DutyRow) -> Waiting | None:
            must_fit(duties, row)
            if (
                row.opened_at <= now - STALE_MS
                or stages.get(row.alert) in ENDED
                or not self.duties.is_overdue(row, now)
            ):
                return None
            new = NewMatter(self.name, f"alert/{row.alert}", f"{row.kind} {row.id}", row.unit, row.level)
            return Waiting(new, page_of(new.subject))

        here = [row for row in rows if row.alert in brief]
        return _each_alone(self.name, here, lambda row: f"alert/{row.alert}", judge)

    def may_act(self, _connection: Connection, waiting: Waiting) -> May:
        return lambda official: meets(official, waiting.new.unit)


@dataclass(frozen=True, slots=True)
class RequestKind:
    """Acts of administration that wait for a second administrator."""

    administration: Administration
    name: str = REQUEST

    def waiting(self, connection: Connection, now: int) -> Iterator[Waiting | Unknowable]:
        def judge(row: RequestRow) -> Waiting | None:
            request = admin_requests.read(row)
            asker = officials.by_id(connection, request.requested_by)
            if request.expires_at <= now or asker is None:
                return None
            subject = f"request/{request.id}"
            new = NewMatter(self.name, subject, request.kind, asker.official.unit, int(Level.YELLOW))
            return Waiting(new, page_of(subject))

        pending = admin_requests.rows(connection, State.PENDING)
        return _each_alone(self.name, pending, lambda row: f"request/{row.id}", judge)

    def may_act(self, connection: Connection, waiting: Waiting) -> May:
        number = int(waiting.new.subject.partition("/")[2])
        return lambda official: self.administration.may_approve(connection, official, number)


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """Alarms of the last hour: those about a warning are its unit's, the others whoever watches over the hub."""

    quiet: frozenset[str]
    world: str
    name: str = ALARM

    def waiting(self, connection: Connection, now: int) -> Iterator[Waiting | Unknowable]:
        newest = calls.newest_alarms(connection, MOST_ALARMS, self.quiet)
        yield from (Unknowable(self.name, each.subject, "its time") for each in newest if not is_time(each.at))
        fresh = [each for each in newest if is_time(each.at) and each.at > now - FRESH_MS]
        # What was begun goes on until somebody says that they have seen to it, however old the alarm is by then.
        begun = [each for each in calls.open_matters(connection) if each.kind == self.name]
        known = {(each.occasion, each.subject): 0 for each in begun} | {(e.kind, e.subject): e.at for e in fresh}
        brief = calls.briefs(connection, [alert_of(subject) for _, subject in known], "")
        for (kind, subject), at in known.items():
            about = brief.get(alert_of(subject))
            if about is not None and about.world != self.world:
                continue
            unit, level = (about.unit, about.level) if about is not None else ("", int(WITHOUT_LEVEL))
            yield Waiting(NewMatter(self.name, subject, kind, unit, level), page_of(subject), since=at)

    def may_act(self, _connection: Connection, waiting: Waiting) -> May:
        unit = waiting.new.unit

        def may(official: Official) -> bool:
            if holds(official, Permission.HUB_ALARM_ACT):
                return True
            if not unit:
                return holds(official, Permission.HUB_ALARM_WATCH)
            return official.unit == unit and holds(official, Permission.UNIT_ALARM_WATCH)

        return may


def _each_alone(
    kind: str, rows: Iterable[R], subject_of: Callable[[R], str], judge: Callable[[R], Waiting | None]
) -> Iterator[Waiting | Unknowable]:
    """What waits of these rows; one that does not read keeps nobody from being called about the others."""
    for row in rows:
        try:
            found = judge(row)
        except Exception as error:  # whatever it is of this row
            log.exception("waiting_not_known", subject=subject_of(row))
            yield _unknowable(kind, subject_of(row), error)
        else:
            if found is not None:
                yield found


WaitingKinds = DecisionKind | ReferralKind | CountersignatureKind | DutyKind | RequestKind | AlarmKind


def kinds_of(
    judgement: Judgement,
    countersigning: Countersigning,
    duties: Duties,
    administration: Administration,
    quiet: AbstractSet[str],
    world: str,
) -> tuple[WaitingKinds, ...]:
    """Everything that officials on duty are called about; `quiet` are the alarms that they are not."""
    return (
        DecisionKind(judgement, world),
        ReferralKind(world),
        CountersignatureKind(countersigning, world),
        DutyKind(duties, judgement.lending.acts, world),
        RequestKind(administration),
        AlarmKind(frozenset(quiet), world),
    )


def everything(
    kinds: Iterable[WaitingKinds], connection: Connection, now: int
) -> tuple[list[Waiting], list[Unknowable]]:
    """All that waits at this moment, of every kind, and of what that cannot be said."""
    found: list[Waiting | Unknowable] = []
    for kind in kinds:
        try:
            found += kind.waiting(connection, now)
        except Exception as error:  # one kind that fails keeps nobody from being called about the others
            log.exception("waiting_not_known", kind=kind.name)
            found.append(_unknowable(kind.name, "", error))
    known = [each for each in found if isinstance(each, Waiting)]
    read = [each for each in known if each.new.level in LEVELS]
    bad = [Unknowable(each.new.kind, each.new.subject, "its level") for each in known if each.new.level not in LEVELS]
    return read, [*bad, *(each for each in found if isinstance(each, Unknowable))]


def _unknowable(kind: str, subject: str, error: Exception) -> Unknowable:
    """The fault by its type alone: its text may tell of what is in the row. Raises what SQL itself failed by."""
    if isinstance(error, SQLAlchemyError):
        raise error
    return Unknowable(kind, subject, type(error).__name__)
