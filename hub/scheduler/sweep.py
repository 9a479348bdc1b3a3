"""The sweep: once a second, in one process at a time, it heals what crashed and starts what has become due.

Nothing else re-runs anything: leases that were lost, shards nobody queued, the escalation, the latecomers of a Cancel,
alerts whose time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import ActsRefused
from approvals.level import Level
from channels.message import DeliveryState
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.priority import priority_of
from hub.audience.plan import plan_of
from hub.clock import Clock, to_ms
from hub.compose.merged_numbers import Merger
from hub.dispatch.escalation import EscalationPlan, Escalator
from hub.dispatch.queue import ShardQueue
from hub.dispatch.stage_watch import StageWatch
from hub.dossier import chain
from hub.dossier.acts import Acts, NewAct, alert_subject
from hub.dossier.advance import advance
from hub.dossier.verified_order import is_over
from hub.errors import RowUnreadable
from hub.evidence.acts_patrol import ActsPatrol
from hub.evidence.patrol_steps import Steps
from hub.evidence.rows_patrol import RowsPatrol
from hub.settings.settings import Settings
from hub.signoff import deadlines
from hub.store.alerts import alerts, referrals
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, deliveries, escalations, provider_references
from hub.store.delivery.campaigns import READY, ShardJob, ShardRequest
from hub.store.records import alarms, leases
from hub.store.records.log_witness import look_at_end
from hub.store.register import shared
from hub.store.schema import alerts as alerts_table
from hub.store.sql.database import Database, StoreUnavailable
from hub.store.sql.rows import ALARM as UNREADABLE
from hub.store.sql.rows import FAULTS, must_fit
from hub.store.sql.times import SKEW
from hub.store.upgrade.intruders import ALARM as INTRUDER
from hub.store.upgrade.intruders import intruders
from hub.tracking.untold_patrol import UntoldPatrol
from hub.transaction import HUB, Tx

log = structlog.get_logger(__name__)

LEADER_LEASE_MS = 10_000
#: a job that was queued this long ago and did not start is queued again: Redis may have lost it
REQUEUE_MS = 5_000
#: a receipt nobody claimed for this long is an orphan
ORPHAN_MS = 24 * 3600 * 1000
#: latecomers are looked for at every sweep while an alert is this young, and at every SLOW-th sweep afterwards
YOUNG_MS = 120_000
SLOW = 30
#: an alert whose next step waits for reports is looked at each so many sweeps: a busy machine gets no load by waiting
WATCH = 5
#: one more round between two looks for every so many people: a look at a million takes about a second
PEOPLE_PER_ROUND = 100_000


@dataclass(frozen=True, slots=True)
class _Due:
    """What one long look found: the escalation of each alert, and the latecomers of Updates and Cancels, and the rows
    that kept it from looking at an alert.
    """

    looks: Mapping[int, EscalationPlan]
    followers: Sequence[ShardRequest]
    unreadable: Sequence[RowUnreadable]


@dataclass(slots=True)
class Sweep:
    """The maintainer."""

    db: Database
    clock: Clock
    settings: Settings
    queue: ShardQueue
    owner: str
    merger: Merger
    escalation: Escalator
    acts: Acts
    personal: Mapping[str, str] = field(default_factory=dict)  #: as of `chain.FollowUp`
    channels: frozenset[str] | None = None  #: those that are configured; None for whatever a plan names
    _round: int = 0
    _uncompared: BitMap = field(default_factory=BitMap)  #: at the last slow look
    _watched: set[int] = field(default_factory=set)
    _watch: StageWatch = field(init=False)
    _patrol: ActsPatrol = field(init=False)
    _rows_patrol: RowsPatrol = field(init=False)
    _untold_patrol: UntoldPatrol = field(init=False)
    _steps: Steps = field(init=False)

    def __post_init__(self) -> None:
        self._steps = Steps(self.db, self.clock)
        self._watch = StageWatch(self.acts)
        self._patrol = ActsPatrol(self.db, self.acts, self.clock)
        self._rows_patrol = RowsPatrol(self.db, self.clock)
        self._untold_patrol = UntoldPatrol(self.db, self.acts, self.clock)

    async def run(self) -> None:
        """Sweeps until cancelled. A sweep that fails is logged and the next one tries again."""
        while True:
            try:
                await self.sweep()
            except Exception:  # the maintainer must outlive any single fault
                log.exception("sweep_failed")
            await asyncio.sleep(self.settings.dispatch.sweep_s)

    async def sweep(self) -> int:
        """One round; returns how many shards were queued. Does nothing where another process is the maintainer.

        Each of its steps is apart from the others: one that fails is an alarm, and the others are taken.
        """
        self._round += 1
        take = self._steps.take
        if (witness := self.acts.witness) is not None:  # where others lead, too: each machine has a file of its own
            now = to_ms(self.clock.now())
            await take("the look at the end of the audit log", lambda: look_at_end(self.db, witness, now))
        if not await self._leads():
            return 0
        if self._round % SLOW == 1:  # at the start, and from then on as often as the patrol
            await take("the look for intruders", self._alarm_intruders)
        if self._round % SLOW == 0:
            await take("the patrol of acts", self._patrol.look)
            await take("the patrol of rows", self._rows_patrol.look)
            await take("the patrol of the untold", self._untold_patrol.look)
        # The long look at who is due happens outside of any write: sends and receipts go on meanwhile.
        found = await take("the look at who is due", lambda: self.db.read(self._due)) or _Due({}, (), ())
        tickets = await take("the opening of what is due", lambda: self.db.write(partial(self._start, due=found)))
        if tickets is None:  # what can be queued does not wait for what cannot be opened
            tickets = await take("the queueing of shards", lambda: self.db.write(self._due_shards))
        return await self.queue.put(tickets or [])

    async def _leads(self) -> bool:
        """Takes the lead, and mends what is broken: at once, and each work alone where one of them fails."""
        try:
            return await self.db.write(self._lead)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("lead_failed")
        if not await self.db.write(self._take_lead):
            return False
        for name, work in self._works().items():
            await self._steps.take(name, partial(self.db.write, work))
        return True

    def _lead(self, connection: Connection) -> bool:
        if not self._take_lead(connection):
            return False
        for work in self._works().values():
            work(connection)
        return True

    def _take_lead(self, connection: Connection) -> bool:
        now = to_ms(self.clock.now())
        return leases.take(connection, "sweep", self.owner, now, now + LEADER_LEASE_MS)

    def _works(self) -> Mapping[str, Callable[[Connection], object]]:
        """What the leader mends, by what it is called."""
        now = to_ms(self.clock.now())
        ring, settings = self.acts.ring, self.settings.referral
        return {
            "the healing of lost leases": partial(self._heal, now=now),
            "the matching of parked receipts": provider_references.match_parked,
            "the ending of what is over": partial(self._expire, now=now),
            "the look at deadlines": partial(deadlines.mind, settings=settings, keys=ring, now=now),
            "the forgetting of orphaned receipts": partial(self._orphans, now=now),
            "the comparison of addresses": self._compare,
        }

    def _due(self, connection: Connection) -> _Due:
        """The escalation's next steps and the latecomers of every Update and Cancel."""
        now = to_ms(self.clock.now())
        looks: dict[int, EscalationPlan] = {}
        followers: list[ShardRequest] = []
        unreadable: list[RowUnreadable] = []
        for row in alerts.in_stage(connection, Stage.RELEASED):
            try:
                must_fit(alerts_table, row)
                if self._looks_at(row, now):
                    looks[row.id] = self.escalation.look(connection, row, now)
                    followers += self._followers(connection, row)
            except RowUnreadable as error:  # of this alert: every other is looked at all the same
                unreadable.append(error)
            except FAULTS as error:
                unreadable.append(RowUnreadable(f"{alerts_table.name}/{row.id}", type(error).__name__))
        self._watched -= looks.keys()
        self._watched |= {alert for alert, look in looks.items() if look.waiting}
        return _Due(looks, followers, unreadable)

    def _looks_at(self, row: AlertRow, now: int) -> bool:
        """A young alert at every round, an old one seldom; the more people, the longer the look, the rarer."""
        young = now - (row.released_at or now) < YOUNG_MS
        every = (1 if young else WATCH if row.id in self._watched else SLOW) + (row.targeted or 0) // PEOPLE_PER_ROUND
        return self._round % every == 0

    def _followers(self, connection: Connection, row: AlertRow) -> list[ShardRequest]:
        if row.root is None:
            return []
        priority = priority_of(Level(row.level), row.msg_type, row.world)
        how = chain.FollowUp(priority, self.settings.dispatch.shard_size, self.personal)
        named = plan_of(row).channels
        there = [name for name in named if self.channels is None or name in self.channels]
        return chain.cuts(connection, row, there, how)

    def _start(self, connection: Connection, due: _Due) -> list[ShardJob]:
        """Opens what was found due, unless the alert has ended since; and every shard no queue job is known for."""
        now = to_ms(self.clock.now())
        for error in due.unreadable:
            alarms.raise_once(connection, now, UNREADABLE, error.place, str(error))
        for alert, look in due.looks.items():
            for climb in look.climbs:
                if self._open(connection, climb.cut):
                    for made in climb.causes:
                        escalations.add(connection, made)
            for wait in look.waits:
                escalations.keep_wait(connection, wait)
            for channel in look.over:
                escalations.end_wait(connection, alert, channel)
        for cut in due.followers:
            self._open(connection, cut)
        return self._due_shards(connection)

    def _due_shards(self, connection: Connection) -> list[ShardJob]:
        now = to_ms(self.clock.now())
        return campaigns.due(connection, now, now - REQUEUE_MS)

    def _open(self, connection: Connection, cut: ShardRequest) -> bool:
        """False where the alert has ended since, nobody new is in it, or a row of it does not read."""
        try:
            with connection.begin_nested():
                row = alerts.get(connection, cut.alert, lock=True)
                released = row is not None and self._is_released(connection, row)
                follows = row is not None and released and chain.may_follow(connection, row, cut)
                return follows and bool(self.merger.extend(connection, cut))
        except RowUnreadable as error:
            alarms.raise_once(connection, to_ms(self.clock.now()), UNREADABLE, error.place, str(error))
            return False

    async def _alarm_intruders(self) -> None:
        """An alarm for each trigger, rule or policy of the database that this version does not know."""
        now = to_ms(self.clock.now())
        for each in await self.db.read(intruders):
            told = partial(alarms.raise_once, now=now, kind=INTRUDER, subject="audit", detail=str(each))
            await self.db.write(told)

    def _is_released(self, connection: Connection, row: AlertRow) -> bool:
        """By its acts, whatever the row says; where those do not hold the patrol tells of it."""
        try:
            return self._watch.is_released(connection, row.id)
        except ActsRefused:
            return False

    def _heal(self, connection: Connection, now: int) -> None:
        """A lost lease: what was on the wire becomes unknown; the rest of the shard may go on at once."""
        reconcile = now + int(self.settings.dispatch.reconcile_after_s * 1000)
        longest = int(self.settings.dispatch.lease_s * 1000) + SKEW
        for lease in campaigns.lost_leases(connection, now, longest):
            unknown = deliveries.give_up_inflight(
                connection, lease.campaign, lease.recipients, lease.generation, reconcile
            )
            campaigns.give_back(connection, lease, READY, now)
            log.warning("lease_lost", shard=lease.shard, generation=lease.generation, unknown=len(unknown))

    def _expire(self, connection: Connection, now: int) -> None:
        for row in alerts.overdue(connection, now):
            if not is_over(connection, self.acts, row, now):
                continue  # an end that is sealed stays, whatever is put right in the row later
            stage = advance(Tx(connection, now, HUB), row, LifecycleEvent.EXPIRE)
            new = NewAct(LifecycleEvent.EXPIRE, stage, HUB, now, stops=True)
            referrals.close_all(connection, row.id, referrals.RETURNED, f"the draft is {stage}", now)
            campaigns.revoke_ready(connection, row.id)
            for campaign in campaigns.numbers(connection, row.id).values():
                deliveries.close_campaign(connection, campaign, DeliveryState.EXPIRED)
            self.acts.record(connection, alert_subject(row.id), new)

    def _compare(self, connection: Connection) -> None:
        """Whose addresses an import that broke off left uncompared. One that goes on is left alone: its end does it."""
        if self._round % SLOW:
            return
        waiting = shared.awaiting_comparison(connection)
        if waiting and waiting == self._uncompared:
            shared.compare(connection, self.merger.vault)
        self._uncompared = waiting

    def _orphans(self, connection: Connection, now: int) -> None:
        if self._round % SLOW:
            return
        orphans = provider_references.forget_parked(connection, now - ORPHAN_MS)
        if orphans:
            alarms.raise_alarm(connection, now, "orphan-receipts", "receipts", f"{orphans} receipts matched nothing")
