"""Escalation: who is not reached on one channel by the deadline is tried on the next.

Set algebra over what SQL knows now: (failed, or silent where silence is evidence) ∩ (takes the next channel) − (already
on it). Running it again adds only latecomers, so a crash in the middle costs nothing. Who chose an order of channels
goes the same steps in that order. Who most likely has nothing goes first, among them the most endangered, and no
more at once than the next channel can take: whose report comes while they wait need not be called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from hub.alert.priority import priority_of
from hub.alert.silence import Cause, Usual, Wait, judge, non_delivery
from hub.audience.plan import Plan, plan_of
from hub.registry.preferences.consent import reachable
from hub.registry.preferences.order import EscalationOrder, escalation_orders
from hub.settings.settings import Settings
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, escalations, listening, reached, receipt_backlogs
from hub.store.delivery.campaigns import Campaign, ShardRequest
from hub.store.delivery.escalations import Escalation, SilenceWait
from hub.store.register import recipients as recipient_store

#: the next channel is given as many people as it can take in this time
HORIZON_S = 60.0
#: how long what is usual on a channel is remembered
REMEMBER_MS = 600_000


@dataclass(frozen=True, slots=True)
class EscalationRound:
    """Some people's next step, and how many of them take it from where and why."""

    cut: ShardRequest
    causes: tuple[Escalation, ...]


@dataclass(frozen=True, slots=True)
class EscalationPlan:
    """What the escalation of one alert wants now, and whether it waits; `waits` and `over` are changes of its waits."""

    climbs: tuple[EscalationRound, ...]
    waits: tuple[SilenceWait, ...]
    over: tuple[str, ...]
    waiting: bool


@dataclass(frozen=True, slots=True)
class _Group:
    """People of one channel who climb for one cause; `chance` that they have not got the message."""

    before: str
    cause: Cause
    people: BitMap
    chance: float


@dataclass(frozen=True, slots=True)
class _Case:
    """One alert as it is looked at now; `found` are its campaigns by channel."""

    row: AlertRow
    plan: Plan
    found: Mapping[str, Campaign]
    now: int


@dataclass(slots=True)
class Escalator:
    """Finds who is due. `per_second` is what each channel can take, 0 or absent for no such limit; `columns` the column
    of the register that holds the addresses of each.
    """

    settings: Settings
    per_second: Mapping[str, float] = field(default_factory=dict)
    endangered: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    _usual: dict[str, tuple[int, Usual]] = field(default_factory=dict)

    def look(self, connection: Connection, row: AlertRow, now: int) -> EscalationPlan:
        """Who is due for the next step now. Reads only: at a million people this is long, and needs no lock."""
        case = _Case(row, plan_of(row), campaigns.find(connection, row.id), now)
        rungs = escalation_orders(connection, case.plan.escalation, self.columns, override=case.plan.override)
        steps = list(dict.fromkeys(step for each in rungs for step in each.steps))
        groups: dict[str, list[_Group]] = {}
        waits: dict[str, SilenceWait] = {}
        for before in dict.fromkeys(before for before, _ in steps if before in case.found):
            groups[before], wait = self._find_unreached(connection, case, before)
            if wait is not None:
                waits[before] = wait
        climbs: list[EscalationRound] = []
        for then in dict.fromkeys(then for _, then in steps):
            below = [before for before, onto in steps if onto == then]
            climbing = [_on(rungs, then, group) for before in below for group in groups.get(before, ())]
            climbs += self._climb(connection, case, then, [group for group in climbing if group.people])
        known = escalations.waits(connection, row.id)
        changed = (wait for wait in waits.values() if _differs(wait, known.get(wait.channel)))
        return EscalationPlan(tuple(climbs), tuple(changed), tuple(known.keys() - waits.keys()), bool(waits))

    def _find_unreached(
        self, connection: Connection, case: _Case, channel: str
    ) -> tuple[list[_Group], SilenceWait | None]:
        """Whom a channel has not reached, by cause, and what is waited for before silence counts."""
        now, campaign = case.now, case.found[channel].id
        usual = self._usually(connection, channel, now)
        limit = limit_ms(case.row, self.settings)
        patience = min(limit, max(patience_ms(case.row, self.settings), usual.delay_ms))
        failed, unsent, silent = reached.find_unreached(connection, campaign, now - patience)
        reason = self._deaf(connection, campaign, usual, patience, now) if silent else None
        overdue = reached.find_unreached(connection, campaign, now - limit)[2] if reason else BitMap()
        by_cause = {Cause.FAILED: failed, Cause.UNSENT: unsent}
        by_cause |= {Cause.LIMIT: overdue} if reason else {Cause.SILENCE: silent}
        groups = [_Group(channel, cause, who, non_delivery(cause, usual)) for cause, who in by_cause.items() if who]
        waiting = len(silent - overdue)
        if reason is None or not waiting:
            return groups, None
        until = (case.row.released_at or now) + limit
        return groups, SilenceWait(case.row.id, channel, reason, waiting, now, until)

    @staticmethod
    def _deaf(connection: Connection, campaign: int, usual: Usual, patience: int, now: int) -> Wait | None:
        """Why silence on this channel is no evidence now. Late is what takes more than half of the patience."""
        since = now - patience
        reports = listening.reports(connection, campaign, since, max(patience // 2, usual.delay_ms), since)
        return judge(reports, usual, backlog=receipt_backlogs.behind_ms(connection, now) > 0)

    def _climb(self, connection: Connection, case: _Case, then: str, groups: Sequence[_Group]) -> list[EscalationRound]:
        """One climb or none: who most likely has nothing first, among them the most endangered."""
        due = BitMap.union(BitMap(), *(group.people for group in groups))
        room = self._room(connection, case.row, then)
        if not due or room == 0:
            return []
        level, onto = Level(case.row.level), case.found.get(then)
        onwards = {then: self.columns.get(then, then)}
        fresh = reachable(connection, due, onwards, level, override=case.plan.override).channels[then]
        # That nobody is told twice is `campaigns.extend`'s to see to, under its lock. Here those who are on the channel
        # are left out so that they take nobody's room and are not counted as climbing.
        fresh -= onto.covered if onto is not None else BitMap()
        endangered = self._endangered_persons(connection) if fresh else BitMap()
        parts: list[BitMap] = []
        causes: list[Escalation] = []
        for group in sorted(groups, key=lambda each: -each.chance):
            mine, before = group.people & fresh, sum(map(len, parts))
            fresh -= mine
            for part in (mine & endangered, mine - endangered):
                parts.append(part if room is None else part[: max(0, room - sum(map(len, parts)))])
            if people := sum(map(len, parts)) - before:
                causes.append(Escalation(case.row.id, group.before, then, group.cause, people, case.now, case.now))
        priority = priority_of(level, case.row.msg_type, case.row.world)
        size, begin = self.settings.dispatch.shard_size, case.row.released_at or 0
        cut = ShardRequest(case.row.id, then, priority, tuple(parts), size, begin)
        return [EscalationRound(cut, tuple(causes))] if causes else []

    def _room(self, connection: Connection, row: AlertRow, then: str) -> int | None:
        """How many more people the next channel can be given now; None for no limit."""
        rate = self.per_second.get(then, 0.0)
        if rate <= 0:
            return None
        queued, _ = campaigns.open_counts(connection, row.id).get(then, (0, 0))
        return max(0, int(rate * HORIZON_S) - queued)

    def _endangered_persons(self, connection: Connection) -> BitMap:
        directory = recipient_store.SqlDirectory(connection)
        return BitMap.union(BitMap(), *(directory.group(key) for key in self.endangered))

    def _usually(self, connection: Connection, channel: str, now: int) -> Usual:
        at, known = self._usual.get(channel, (None, Usual()))
        if at is None or not 0 <= now - at < REMEMBER_MS:
            known = listening.usual(connection, channel, now)
            self._usual[channel] = (now, known)
        return known


def _on(rungs: Sequence[EscalationOrder], then: str, group: _Group) -> _Group:
    """Those of a group who have this step."""
    step = (group.before, then)
    return replace(group, people=BitMap.union(BitMap(), *(r.of(group.people) for r in rungs if step in r.steps)))


def _differs(wait: SilenceWait, known: SilenceWait | None) -> bool:
    return known is None or (known.reason, known.until) != (wait.reason, wait.until)


def patience_ms(row: AlertRow, settings: Settings) -> int:
    """How long a channel may be silent: `after_s`, but never more than `share` of the alert's whole time in force."""
    return int(min(settings.escalation.after_s * 1000, settings.escalation.share * _whole_ms(row)))


def limit_ms(row: AlertRow, settings: Settings) -> int:
    """How long silence is waited out at most, whatever its reason: by level, and half of the time in force at most."""
    limit = settings.escalation.limit_minutes.of(Level(row.level).word) * 60_000
    return max(patience_ms(row, settings), int(min(limit, _whole_ms(row) / 2)))


def _whole_ms(row: AlertRow) -> int:
    released_at: int = row.expires_at if row.released_at is None else row.released_at
    return max(0, int(row.expires_at) - released_at)
