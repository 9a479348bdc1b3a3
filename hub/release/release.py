"""Release: one transaction signs the order, cuts the shards and changes the stage; then the queue hears of it.

The shard rows are the outbox: a crash after the commit delays sending until the sweep, and loses nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Authorization, Denied, Policy
from approvals.level import Level
from approvals.official import Official, Right
from approvals.order import OrderDecision, ReleaseOrder, sign_order
from channels.driver import Driver, Reach
from channels.message import DeliveryState
from hub.alerts import Alerts
from hub.clock import Clock, from_ms, to_ms
from hub.delivery import AlertView
from hub.errors import Conflict, Forbidden, NotFound
from hub.keys import Keys
from hub.lane import lane_of
from hub.lifecycle import Event, IllegalTransition, Stage, advance
from hub.queue import ShardQueue
from hub.release import follow, frozen
from hub.release.plan import Plan
from hub.release.refusals import as_refusals
from hub.release.targeting import Target, target
from hub.settings import Settings
from hub.store import alerts, audit, campaigns, deliveries
from hub.store import endpoints as endpoint_store
from hub.store import recipients as recipient_store
from hub.store.alerts import AlertRow
from hub.store.campaigns import Cut, Ticket
from hub.store.database import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Releases:
    """The only thing that starts a send."""

    db: Database
    clock: Clock
    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    keys: Keys
    queue: ShardQueue
    alerts: Alerts
    endangered: tuple[str, ...] = ()  # population groups whose shards go first

    async def release(self, official: Official, alert_id: int, digest: str) -> AlertView:
        """Releases what was signed. Raises Conflict, Forbidden, NotFound; then nothing has left and nothing will.

        `digest` is what the caller believes was approved: releasing something else by mistake is refused.
        """
        with as_refusals():
            tickets = await self.db.write(lambda connection: self._release(connection, official, alert_id, digest))
        await self.queue.put(tickets)
        return await self.alerts.get(alert_id)

    def _release(self, connection: Connection, official: Official, alert_id: int, digest: str) -> list[Ticket]:
        row = _locked(connection, alert_id)
        dossier = frozen.load(connection, row)
        authorization = self._authorized(official, dossier, digest)
        now = to_ms(self.clock.now())
        if row.expires_at <= now:
            raise Conflict("the alert is over", rule="X21", place="alert/info/expires")
        _must_be_newest(connection, row)
        earlier = follow.earlier_of(connection, row)
        self._stop_earlier(connection, row, earlier, now)
        coverage = self._coverage(connection, dossier, earlier)
        order = self._order(connection, authorization, dossier, coverage, now)
        tickets = self._cut(connection, dossier, coverage)
        persons = len(coverage.selected.persons) or row.targeted
        alerts.change(connection, alert_id, stage=_advanced(row), released_at=now, targeted=persons)
        campaigns.mark_queued(connection, tickets, now)
        audit.append(
            connection,
            at_ms=now,
            actor=official.name,
            action="release",
            subject=f"alert/{alert_id}",
            detail={"digest": digest, "persons": persons, "order": order, "shards": len(tickets)},
        )
        return tickets

    def _authorized(self, official: Official, dossier: frozen.Dossier, digest: str) -> Authorization:
        """The type is the permission: nothing below runs without an Authorization over the content as it is now."""
        answer = self.policy.may(official, Right.RELEASE, dossier.stakes)
        if isinstance(answer, Denied):
            raise Forbidden(answer.reason, rule=answer.rule)
        if dossier.row.stage != Stage.APPROVED:
            raise Conflict(f"a warning that is {dossier.row.stage} cannot be released", rule="stage")
        actual = dossier.digest()
        if not (digest == dossier.row.digest == actual):
            raise Conflict("what is to be released is not what was signed", rule="SEP-3", place="digest")
        granted = self.policy.authorize(
            dossier.stakes, actual, dossier.authors, dossier.decisions, alert=dossier.row.id
        )
        if not isinstance(granted, Authorization):
            wanted = ", ".join(f"{count} x {step}" for step, count in granted.steps.items())
            raise Conflict(f"still wanted: {wanted}", rule=granted.rule)
        return granted

    def _stop_earlier(self, connection: Connection, row: AlertRow, earlier: list[AlertRow], now: int) -> None:
        """An Update or a Cancel first stops what is still queued of the messages before it."""
        event = Event.CANCEL if row.msg_type == "Cancel" else Event.SUPERSEDE
        for each in earlier:
            stage = Stage(each.stage)
            if each.released_at is None:
                continue  # a draft whose time ran out: nobody holds it
            if stage is Stage.RELEASED or (event is Event.CANCEL and stage in (Stage.SUPERSEDED, Stage.EXPIRED)):
                alerts.change(connection, each.id, stage=advance(stage, event), ended_at=now)
                campaigns.revoke_ready(connection, each.id)
                for campaign in campaigns.find(connection, each.id).values():
                    deliveries.close_campaign(connection, campaign.id, DeliveryState.REVOKED)

    def _coverage(self, connection: Connection, dossier: frozen.Dossier, earlier: list[AlertRow]) -> Coverage:
        """Whom this order may reach. Whoever an earlier order covered is included: some of them may hold it."""
        selected = Target(BitMap(), BitMap(), ())
        if dossier.row.msg_type != "Cancel":
            many = [name for name in dossier.plan.channels if self.drivers[name].reach is Reach.MANY]
            selected = target(connection, dossier.plan.audience, many)
        persons, endpoints = selected.persons.copy(), selected.endpoints.copy()
        for each in earlier:
            order = alerts.find_order(connection, each.id)
            if order is not None:
                persons |= order.audience
                endpoints |= order.endpoints
        return Coverage(selected, persons, endpoints)

    def _order(
        self, connection: Connection, granted: Authorization, dossier: frozen.Dossier, coverage: Coverage, now: int
    ) -> str:
        """Signs and keeps the order; returns its digest for the audit log."""
        row = dossier.row
        sets = (coverage.persons.serialize(), coverage.endpoints.serialize())
        order = ReleaseOrder(
            alert=row.id,
            identifier=row.identifier,
            msg_type=row.msg_type,
            digest=granted.digest,
            rule=granted.rule,
            authorized_by=tuple(decision.official.name for decision in granted.decisions),
            decisions=tuple(OrderDecision.of(decision) for decision in granted.decisions),
            channels=dossier.plan.channels,
            audience_digest=hashlib.sha256(sets[0]).hexdigest(),
            audience_size=len(coverage.persons),
            endpoints_digest=hashlib.sha256(sets[1]).hexdigest(),
            world=row.world,
            level=Level(row.level).word,
            not_before=from_ms(now),
            expires=from_ms(row.expires_at),
            issued_at=from_ms(now),
        )
        jws = sign_order(order, self.keys.order_key, self.keys.order_kid)
        alerts.insert_order(connection, row.id, jws, sets, now)
        return hashlib.sha256(jws.encode()).hexdigest()

    def _cut(self, connection: Connection, dossier: frozen.Dossier, coverage: Coverage) -> list[Ticket]:
        """The first shards of every channel; ladder, latecomers and followers add theirs later."""
        row, plan = dossier.row, dossier.plan
        lane = lane_of(Level(row.level), row.msg_type, row.world)
        size = self.settings.dispatch.shard_size
        tickets: list[Ticket] = []
        for channel in plan.channels:
            bits = self._first(connection, plan, channel, coverage.selected)
            ordered = (bits & self._endangered(connection), bits) if self._is_personal(channel) else (bits,)
            tickets += campaigns.extend(connection, Cut(row.id, channel, lane, ordered, size))
        if row.root is not None:
            tickets += follow.follow(connection, row, plan.channels, lane=lane, shard_size=size)
        return tickets

    def _first(self, connection: Connection, plan: Plan, channel: str, selected: Target) -> BitMap:
        """Whom a channel takes at once: for a ladder's second step only those without the first."""
        if not self._is_personal(channel):
            mine = BitMap(endpoint.id for endpoint in endpoint_store.list_all(connection, channel))
            return selected.endpoints & mine
        bits = selected.persons & recipient_store.channel_bits(connection, channel)
        for before, then in plan.ladder:
            if then == channel:
                bits -= recipient_store.channel_bits(connection, before)
        return bits

    def _endangered(self, connection: Connection) -> BitMap:
        directory = recipient_store.SqlDirectory(connection)
        return BitMap.union(BitMap(), *(directory.group(key) for key in self.endangered))

    def _is_personal(self, channel: str) -> bool:
        return self.drivers[channel].reach is Reach.PERSON


@dataclass(frozen=True, slots=True)
class Coverage:
    """`selected` is sent to now; `persons` and `endpoints` are all the order allows, with the chain's earlier ones."""

    selected: Target
    persons: BitMap
    endpoints: BitMap


def _locked(connection: Connection, alert_id: int) -> AlertRow:
    """The alert, locked after the first of its chain: two messages of one chain are released one after the other."""
    row = alerts.get(connection, alert_id)
    if row is not None and row.root is not None:
        alerts.get(connection, row.root, lock=True)
    row = alerts.get(connection, alert_id, lock=True)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
    return row


def _must_be_newest(connection: Connection, row: AlertRow) -> None:
    """A message drafted before another of its chain was released knows nothing of it, and must be drafted anew."""
    released = [each for each in alerts.chain(connection, row.root or row.id) if each.released_at is not None]
    for each in released:
        if each.msg_type == "Cancel":
            raise Conflict(f"alert {each.id} has cancelled this chain", rule="chain", place="alert/references")
        if each.id > row.id:
            raise Conflict(
                f"alert {each.id} was released meanwhile: draft anew", rule="chain", place="alert/references"
            )


def _advanced(row: AlertRow) -> Stage:
    try:
        return advance(Stage(row.stage), Event.RELEASE)
    except IllegalTransition as error:
        raise Conflict(str(error), rule="stage") from None
