"""Matters that wait for somebody, and the calls about them, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, insert, not_, or_, select, update

from channels.message import DeliveryState
from hub.store.schema import alarms, alerts, calls, countersignatures, decisions, matters, officials
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import misfit, misfits
from hub.store.sql.times import is_time

LEVELS = range(1, 5)  #: blue to red, as `approvals.level` numbers them


@dataclass(frozen=True, slots=True)
class UnreadableMatter:
    """A row that this hub did not write so: SQLite keeps a word in a column of numbers. `reason` names the column."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class NewMatter:
    """Something that waits. `subject` is as in the audit log; `occasion` tells one waiting from the next."""

    kind: str
    subject: str
    occasion: str
    unit: str
    level: int


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter as kept. Times in ms."""

    id: int
    kind: str
    subject: str
    occasion: str
    unit: str
    level: int
    opened_at: int
    step: int
    step_at: int
    next_at: int
    exhausted_at: int | None
    closed_at: int | None
    closed_reason: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.kind, self.subject, self.occasion


class MatterChange(TypedDict, total=False):
    """What changes of a matter while it is open, or when it opens again. Times in ms."""

    opened_at: int
    step: int
    step_at: int
    next_at: int
    exhausted_at: int | None
    closed_at: int | None
    closed_reason: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call, with the official's name and unit and what it was about. Times in ms."""

    id: int
    matter: int
    official: int
    name: str
    channel: str
    attempt: int
    at: int
    state: int
    detail: str
    acknowledged_at: int | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """A warning that waits for decisions or its release, in brief; `decided` counts the words that stand."""

    alert: int
    unit: str
    level: int
    stage: str
    submission: int
    digest: str
    decided: int


@dataclass(frozen=True, slots=True)
class Brief:
    """Of a warning as little as is needed to call about it."""

    unit: str
    level: int
    world: str


@dataclass(frozen=True, slots=True)
class RecentAlarm:
    """An alarm, raised last at `at` (ms)."""

    kind: str
    subject: str
    at: int


def briefs(connection: Connection, among: Iterable[int], world: str) -> Mapping[int, Brief]:
    """By alert; of this world only where one is named. The level is 0, which is none, where the row does not read."""
    columns = (alerts.c.id, alerts.c.unit, alerts.c.level, alerts.c.world)
    query = select(*columns).where(alerts.c.id.in_({each for each in among if isinstance(each, int)}))
    rows = connection.execute(query if not world else query.where(alerts.c.world == world))
    return {row.id: _brief(row) for row in rows}


def stages(connection: Connection, among: Iterable[int]) -> dict[int, str]:
    """The stage of each of these alerts, as its row has it."""
    query = select(alerts.c.id, alerts.c.stage).where(alerts.c.id.in_(list(among)))
    return {row.id: row.stage for row in connection.execute(query)}


def _brief(row: Any) -> Brief:
    return Brief("", 0, "") if misfit(alerts, row) else Brief(row.unit, row.level, row.world)


def owing(connection: Connection, since: int) -> Sequence[int]:
    """Alerts whose countersignature nobody has given yet, where it fell due later than that or will."""
    unmet = and_(countersignatures.c.met_at.is_(None), countersignatures.c.due_at > since)
    open_ones = select(countersignatures.c.alert).where(unmet)
    found = connection.execute(open_ones.order_by(countersignatures.c.alert)).scalars()
    return [number for number in found if isinstance(number, int)]


def newest_alarms(connection: Connection, most: int, but: Iterable[str]) -> Sequence[RecentAlarm]:
    """The newest alarms, each kind and subject once; `but` are kinds left out. Their times may not read."""
    newest = select(alarms).where(alarms.c.kind.not_in(list(but))).order_by(alarms.c.id.desc()).limit(most)
    rows = [row for row in connection.execute(newest) if isinstance(row.kind, str) and isinstance(row.subject, str)]
    last = {(row.kind, row.subject): row.at for row in reversed(rows)}
    return [RecentAlarm(kind, subject, at) for (kind, subject), at in last.items()]


def _is_outrun() -> ColumnElement[bool]:
    """Whether another message of an alert's chain was released that is newer, or ends it."""
    other = alerts.alias("other")
    chain = or_(other.c.root == alerts.c.root, other.c.id == alerts.c.root)
    newer = or_(other.c.id > alerts.c.id, other.c.msg_type == "Cancel")
    return exists().where(chain, newer, other.c.id != alerts.c.id, other.c.released_at.is_not(None))


def list_undecided(connection: Connection, stages: Iterable[str], world: str) -> Sequence[Undecided]:
    """Those of this world in these stages: an exercise never calls by the live hub, nor the reverse.

    What was drafted before another message of its chain was released, or a Cancel ended that, can be released no more
    (hub.release.release): it waits for nobody.
    """
    standing = and_(decisions.c.alert == alerts.c.id, decisions.c.void.is_(False))
    count = select(func.count()).select_from(decisions).where(standing).scalar_subquery()
    columns = (alerts.c.id, alerts.c.unit, alerts.c.level, alerts.c.stage, alerts.c.submission, alerts.c.digest, count)
    here = and_(alerts.c.stage.in_(list(stages)), alerts.c.world == world, not_(_is_outrun()))
    rows = connection.execute(select(*columns).where(here).order_by(alerts.c.id))
    return [Undecided(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6]) for row in rows]


def open_matters(connection: Connection, *, lock: bool = False) -> Sequence[Matter]:
    """Every matter that still waits, oldest first; those that do not read are `unreadable`."""
    query = select(matters).where(matters.c.closed_at.is_(None)).order_by(matters.c.id)
    return _readable(connection.execute(query.with_for_update() if lock else query))


def unreadable(connection: Connection) -> Sequence[UnreadableMatter]:
    """The rows of matters that still wait and do not read."""
    found = map(_matter, connection.execute(select(matters).where(matters.c.closed_at.is_(None))))
    return [each for each in found if isinstance(each, UnreadableMatter)]


def get(connection: Connection, number: int, *, lock: bool = False) -> Matter | UnreadableMatter | None:
    query = select(matters).where(matters.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _matter(row)


def list_matters(connection: Connection, subject: str | None, *, only_open: bool, most: int = 200) -> Sequence[Matter]:
    """The newest first."""
    query = select(matters).order_by(matters.c.id.desc()).limit(most)
    if subject is not None:
        query = query.where(matters.c.subject == subject)
    if only_open:
        query = query.where(matters.c.closed_at.is_(None))
    return _readable(connection.execute(query))


def find_matter(connection: Connection, new: NewMatter) -> Matter | UnreadableMatter | None:
    """The matter of this kind, subject and occasion, open or closed."""
    same = and_(matters.c.kind == new.kind, matters.c.subject == new.subject, matters.c.occasion == new.occasion)
    row = connection.execute(select(matters).where(same)).one_or_none()
    return None if row is None else _matter(row)


def open_matter(connection: Connection, new: NewMatter, now: int) -> None:
    """Keeps a matter that has begun to wait; it is due at once."""
    lock_for_numbering(connection, "matters")
    values = {name: getattr(new, name) for name in new.__dataclass_fields__}
    add_row(connection, matters, insert(matters).values(**values, opened_at=now, step=0, step_at=now, next_at=now))


def close(connection: Connection, number: int, reason: str, now: int) -> None:
    """Nobody is called about it any more."""
    mine = and_(matters.c.id == number, matters.c.closed_at.is_(None))
    connection.execute(update(matters).where(mine).values(closed_at=now, closed_reason=reason))


def open_again(connection: Connection, number: int, now: int) -> None:
    """A matter that was closed waits once more: the calling begins anew, and the calls made stay as they were."""
    begun: MatterChange = {"opened_at": now, "step": 0, "step_at": now, "next_at": now}
    begun |= {"closed_at": None, "closed_reason": "", "exhausted_at": None}
    change(connection, number, **begun)


def change(connection: Connection, number: int, **values: Unpack[MatterChange]) -> None:
    connection.execute(update(matters).where(matters.c.id == number).values(**values))


def calls_about(connection: Connection, matter: int) -> Sequence[CallRow]:
    """The calls about a matter, oldest first; those that do not read are left out."""
    return _calls(connection, calls.c.matter == matter)


def calls_by_matter(connection: Connection, among: Collection[int]) -> Mapping[int, Sequence[CallRow]]:
    """By matter the calls about it, as `calls_about` has them."""
    found: dict[int, list[CallRow]] = {}
    for call in _calls(connection, calls.c.matter.in_(among)) if among else ():
        found.setdefault(call.matter, []).append(call)
    return found


def counted_rows(connection: Connection, matter: int, to: tuple[int, str] | None = None) -> int:
    """How many calls about a matter are kept, whether they read or not; those to one official over one channel alone
    where they are named.
    """
    query = select(func.count()).select_from(calls).join(officials, officials.c.id == calls.c.official)
    if to is not None:
        query = query.where(calls.c.official == to[0], calls.c.channel == to[1])
    return int(connection.execute(query.where(calls.c.matter == matter)).scalar_one())


def of_subject(connection: Connection, subject: str) -> Sequence[tuple[CallRow, Matter]]:
    """Every call about a subject with its matter, oldest first."""
    found = {each.id: each for each in list_matters(connection, subject, only_open=False)}
    rows = _calls(connection, calls.c.matter.in_(list(found))) if found else ()
    return [(row, found[row.matter]) for row in rows]


def recent(connection: Connection, since: int) -> dict[tuple[int, str], list[int]]:
    """(official, channel) to the times of their calls since then, whatever they were about."""
    found: dict[tuple[int, str], list[int]] = {}
    columns = (calls.c.official, calls.c.channel, calls.c.at)
    for official, channel, at in connection.execute(select(*columns).where(calls.c.at > since).order_by(calls.c.at)):
        if isinstance(at, int):
            found.setdefault((official, channel), []).append(at)
    return found


def intend(connection: Connection, matter: int, official: int, channel: str, attempt: int, now: int) -> int:
    """Makes the intent of one call durable, in the caller's transaction, before anything leaves; its id."""
    lock_for_numbering(connection, "calls")
    values = {"matter": matter, "official": official, "channel": channel, "attempt": attempt}
    row = insert(calls).values(**values, at=now, state=int(DeliveryState.INFLIGHT), detail="")
    return add_row(connection, calls, row)


def give_up(connection: Connection, before: int) -> int:
    """Intents older than this whose outcome nobody wrote: their process is gone, and they may have been made."""
    lost = and_(calls.c.state == int(DeliveryState.INFLIGHT), calls.c.at <= before)
    values = {"state": int(DeliveryState.UNKNOWN), "detail": "its outcome was lost"}
    return connection.execute(update(calls).where(lost).values(**values)).rowcount


def report(connection: Connection, number: int, state: int, detail: str) -> CallRow | None:
    """Raises the state of a call: reports come in any order. The call, None where there is none."""
    found = _calls(connection, calls.c.id == number)
    if not found:
        return None
    lower = and_(calls.c.id == number, calls.c.state < state)
    connection.execute(update(calls).where(lower).values(state=state, detail=detail[:200]))
    return found[0]


def open_to(connection: Connection, among: Iterable[int]) -> Sequence[CallRow]:
    """Calls to these officials about matters that still wait and that they have not acknowledged, oldest first."""
    waiting = select(matters.c.id).where(matters.c.closed_at.is_(None))
    theirs = and_(calls.c.official.in_(list(among)), calls.c.matter.in_(waiting), calls.c.acknowledged_at.is_(None))
    return _calls(connection, theirs)


def acknowledge(connection: Connection, matter: int, official: int, by: str, now: int) -> bool:
    """Notes that an official has heard of a matter; whether that is news."""
    theirs = and_(calls.c.matter == matter, calls.c.official == official, calls.c.acknowledged_at.is_(None))
    values = {"acknowledged_at": now, "acknowledged_by": by}
    return connection.execute(update(calls).where(theirs).values(**values)).rowcount > 0


def count_matters_and_calls(connection: Connection) -> tuple[Mapping[str, int], Mapping[tuple[str, int], int]]:
    """Open matters by kind, and calls by (channel, state); a call in a state that is none is not counted."""
    waiting = select(matters.c.kind, func.count()).where(matters.c.closed_at.is_(None)).group_by(matters.c.kind)
    every = select(calls.c.channel, calls.c.state, func.count()).group_by(calls.c.channel, calls.c.state)
    by_state = {(channel, state): count for channel, state, count in connection.execute(every) if _is_state(state)}
    by_kind = {kind: int(count) for kind, count in connection.execute(waiting)}
    return by_kind, by_state


def _calls(connection: Connection, where: ColumnElement[bool]) -> list[CallRow]:
    named = select(calls, officials.c.name).join(officials, officials.c.id == calls.c.official)
    rows = connection.execute(named.where(where).order_by(calls.c.id))
    return [_call(row) for row in rows if _is_call(row)]


def _call(row: Row[Any]) -> CallRow:
    said = (row.id, row.matter, row.official, row.name, row.channel, row.attempt, row.at, row.state, row.detail)
    return CallRow(*said, row.acknowledged_at, row.acknowledged_by)


def _is_call(row: Row[Any]) -> bool:
    times = all(map(is_time, (row.at, row.acknowledged_at or 0)))
    return times and misfit(calls, row) is None and _is_state(row.state)


def _is_state(value: object) -> bool:
    return value in DeliveryState.__members__.values()


def _readable(rows: Iterable[Row[Any]]) -> list[Matter]:
    return [each for each in map(_matter, rows) if isinstance(each, Matter)]


def _matter(row: Any) -> Matter | UnreadableMatter:
    times = ("opened_at", "step_at", "next_at", "exhausted_at", "closed_at")
    bad = [name for name in times if not is_time(getattr(row, name) or 0)]
    if row.level not in LEVELS:
        bad.append("level")
    if not (isinstance(row.step, int) and row.step >= 0):
        bad.append("step")
    bad += [name for name in misfits(matters, row) if name not in bad]
    return UnreadableMatter(row.id, f"its {', '.join(bad)}") if bad else Matter(*row)
