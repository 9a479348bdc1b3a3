"""Release: one transaction signs the order, cuts the shards and changes the stage; then the queue hears of it.

The shard rows are the outbox: a crash after the commit delays sending until the sweep, and loses nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from approvals.acts import RELEASE, ActSequence, ActsRefused, hash_of
from approvals.answer import Denied
from approvals.authority import Authorization, Missing, Policy
from approvals.level import Level
from approvals.official import Official, Right
from approvals.order import OrderDecision, ReleaseOrder, digest_of_parts, sign_order
from approvals.seal import SealRefused, must_be_sealed
from channels.message import DeliveryState
from hub.alert.lifecycle import LifecycleEvent, Stage
from hub.alert.views import AlertView
from hub.clock import from_ms, to_ms
from hub.crypto.keys import Keys
from hub.dispatch.queue import ShardQueue
from hub.dossier import chain, frozen
from hub.dossier.acts import Acts, NewAct, alert_subject, write_act
from hub.dossier.advance import advance
from hub.dossier.delegation import Lending
from hub.dossier.refusals import as_refusals, forbidden_here
from hub.dossier.relay import must_be_unaltered
from hub.dossier.signature_progress import answer_of, must_hold
from hub.errors import Conflict, Forbidden
from hub.release.cut import Coverage, ShardPlanner
from hub.rules.rule import Rule, rule_named
from hub.store.alerts import alerts, countersignatures, duties
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.campaigns import ShardJob
from hub.store.records import alarms
from hub.tracking.alerts import Alerts
from hub.transaction import Transactions, Tx

#: what is done before a message can be released, by its stage
_WAYS_ON: Mapping[str, str] = {
    Stage.DRAFT: "submit it, and have it decided on",
    Stage.REFERRED: "whoever it was referred to adopts it first",
    Stage.RELEASED: "it is released already",
}


@dataclass(frozen=True, slots=True)
class Releases:
    """The only thing that starts a send."""

    transactions: Transactions
    policy: Policy
    keys: Keys
    queue: ShardQueue
    alerts: Alerts
    cutter: ShardPlanner
    lending: Lending
    acts: Acts

    async def release(self, official: Official, alert_id: int, digest: str) -> AlertView:
        """Releases what was signed. Raises Conflict, Forbidden, NotFound; then nothing has left and nothing will.

        `digest` is what the caller believes was approved: releasing something else by mistake is refused.
        """
        try:
            with as_refusals():
                tickets = await write_act(
                    self.transactions, official.name, alert_id, lambda tx: self._release(tx, official, alert_id, digest)
                )
        except SealRefused as error:
            await self.transactions.write(official.name, partial(self._alarm, alert_id=alert_id, error=error))
            text = "a decision in the record was not taken through this hub"
            raise Conflict(text, rule=Rule.SEAL, place="decisions") from None
        except Forbidden:
            await self.transactions.write(official.name, lambda tx: self.lending.alarm(tx.connection, official.unit))
            raise
        await self.queue.put(tickets)
        return await self.alerts.get(alert_id)

    def _release(self, tx: Tx, official: Official, alert_id: int, digest: str) -> list[ShardJob]:
        row = _lock_alert(tx, alert_id)
        restaked = frozen.with_current_regions(tx.connection, frozen.load(tx.connection, row))
        dossier = self.lending.is_upheld(tx.connection, restaked, lock=True)
        able = self.lending.with_lent_powers(tx.connection, official, dossier.stakes, lock=True)
        authorization = self._authorize(tx.connection, able, dossier, digest)
        self.lending.must_hold(tx.connection, dossier)
        return self.release_on(tx, authorization, dossier)

    def release_on(
        self, tx: Tx, authorization: Authorization, dossier: frozen.Dossier, coverage: Coverage | None = None
    ) -> list[ShardJob]:
        """Signs the order and cuts the shards in the caller's transaction; put the tickets once that is committed.

        The type is the permission: nothing here runs without an Authorization, and it must be over just this content.
        `coverage` is whom it may reach, where that was looked at before. Raises Conflict.
        """
        row, connection, now = dossier.row, tx.connection, tx.now_ms
        if not (authorization.alert == row.id and authorization.digest == row.digest == dossier.digest()):
            raise Conflict("what is to be released is not what was authorized", rule=Rule.SEP_3, place="digest")
        if row.expires_at <= now:
            text = "the period of the alert is over: return it, and give it another end (expires)"
            raise Conflict(text, rule=Rule.X21, place="alert/info/expires")
        _must_be_newest(connection, row)
        must_be_unaltered(connection, dossier, self.cutter.orders, now)
        earlier = chain.earlier_of(connection, row)
        ended = self._stop_earlier(tx, row, earlier) + self._stop_relays(tx, row, earlier)
        coverage = coverage or self.cutter.coverage(connection, dossier, earlier, now)
        head = self.acts.must_agree(connection, row).head
        order = self._order(connection, authorization, dossier, coverage, _Ordering(tx.actor, now, head))
        leaves = _leaves(dossier, now)
        # What leaves at once has no hour: the clock of a worker may be behind ours.
        tickets = self.cutter.cut(connection, dossier, coverage, leaves if leaves > now else 0)
        persons = len(coverage.told) or row.targeted
        # Who holds an Authorization over a warning that was only submitted has all that approving asks for.
        events = (LifecycleEvent.APPROVE,) if row.stage == Stage.SUBMITTED else ()
        stage = advance(tx, row, *events, LifecycleEvent.RELEASE, released_at=leaves, targeted=persons)
        if leaves > now:
            tickets = []  # the sweep queues them at their hour
        campaigns.mark_queued(connection, tickets, now)
        if authorization.countersign_within is not None:
            countersignatures.owe(connection, row.id, authorization.rule, authorization.countersign_within, now)
        detail: dict[str, Any] = {"digest": row.digest, "persons": persons, "order": order, "shards": len(tickets)}
        if leaves > now:
            detail |= {"not_before": from_ms(leaves).isoformat()}
        detail |= {"rule": authorization.ground}
        if coverage.overridden:
            detail |= {"override": self.policy.override.source, "overridden": len(coverage.overridden)}
        # Who was cut into shards is counted where the log keeps it: the patrol of the untold compares.
        detail |= {"covered": {name: len(each.covered) for name, each in campaigns.find(connection, row.id).items()}}
        self._record_ends(tx, row, ended)
        new = NewAct(RELEASE, stage, tx.actor, now, digest=authorization.digest, evidence=order, detail=detail)
        self.acts.record(connection, alert_subject(row.id), new)
        if row.msg_type != "Cancel" and row.relays is None:  # 突发事件应对法 (2024) art. 64: of who issues a warning
            garrison = self.policy.garrison.holds(self.policy.with_known_event(dossier.stakes))
            duties.open_all(connection, row.id, leaves, garrison=garrison)
        self.lending.record(connection, authorization, tx.actor, now)
        return tickets

    def _authorize(
        self, connection: Connection, official: Official, dossier: frozen.Dossier, digest: str
    ) -> Authorization:
        """The authorization over the content as it is now, by the policy as it is now."""
        answer = self.policy.may(official, Right.RELEASE, dossier.stakes, dossier.row.path)
        if isinstance(answer, Denied):
            raise forbidden_here(connection, answer)
        must_be_sealed(dossier.row.id, dossier.decisions, self.keys.order_public)
        sequence = self.acts.must_agree(connection, dossier.row)
        if sequence.stage != Stage.APPROVED:
            text = f"a warning that is {sequence.stage} cannot be released"
            raise Conflict(text, rule=Rule.STAGE, remedy=self._way_on(dossier, sequence.stage))
        actual = dossier.digest()
        if not (digest == dossier.row.digest == actual):
            raise Conflict("what is to be released is not what was signed", rule=Rule.SEP_3, place="digest")
        _must_be_acts(sequence, dossier)
        must_hold(self.policy, dossier)
        granted = answer_of(self.policy, dossier)
        if not isinstance(granted, Authorization):
            raise Conflict(f"still wanted: {granted.in_words}", rule=rule_named(granted.rule))
        papers = {answer.grant, dossier.row.delegation or 0} - {0}
        return replace(granted, delegations=granted.delegations | papers)

    def _way_on(self, dossier: frozen.Dossier, stage: str) -> str:
        """What has to be done before a warning of this stage can be released."""
        if stage == Stage.SUBMITTED:
            granted = answer_of(self.policy, dossier)
            return f"still wanted: {granted.in_words}" if isinstance(granted, Missing) else "it must be decided on"
        return _WAYS_ON.get(stage, "draft it anew where it is still wanted")

    def _alarm(self, tx: Tx, *, alert_id: int, error: SealRefused) -> None:
        """In a transaction of its own: that of the release has been undone."""
        detail = f"official {error.official}: {error.rule}"
        alarms.raise_once(tx.connection, tx.now_ms, "forged-decision", f"alert/{alert_id}", detail)

    def _order(
        self,
        connection: Connection,
        granted: Authorization,
        dossier: frozen.Dossier,
        coverage: Coverage,
        ordering: _Ordering,
    ) -> str:
        """Signs and keeps the order; returns its hash for the act and the audit log."""
        row, now = dossier.row, ordering.at
        sets = coverage.sets()
        order = ReleaseOrder(
            alert=row.id,
            identifier=row.identifier,
            msg_type=row.msg_type,
            digest=granted.digest,
            rule=granted.ground,
            authorized_by=tuple(decision.official.name for decision in granted.decisions),
            decisions=tuple(
                OrderDecision.of(each, granted.parties.get(each.official.id, ())) for each in granted.decisions
            ),
            channels=dossier.plan.channels,
            audience_digest=hashlib.sha256(sets.audience).hexdigest(),
            audience_size=len(coverage.persons),
            endpoints_digest=hashlib.sha256(sets.endpoints).hexdigest(),
            world=row.world,
            level=Level(row.level).word,
            not_before=from_ms(_leaves(dossier, now)),
            expires=from_ms(row.expires_at),
            issued_at=from_ms(now),
            released_by=ordering.actor,
            parts_digest=digest_of_parts(sets.parts),
            act=ordering.act,
        )
        jws = sign_order(order, *self.keys.order.current)
        alerts.insert_order(connection, row.id, jws, sets, now)
        return hash_of(jws)

    def _stop_earlier(self, tx: Tx, row: AlertRow, earlier: list[AlertRow]) -> list[tuple[int, LifecycleEvent, Stage]]:
        """An Update or a Cancel first stops what is still queued of the messages before it; returns what it ended."""
        event = LifecycleEvent.CANCEL if row.msg_type == "Cancel" else LifecycleEvent.SUPERSEDE
        ended: list[tuple[int, LifecycleEvent, Stage]] = []
        for each in earlier:
            stage = self.acts.stage_of(tx.connection, each)
            if each.released_at is None:
                continue  # a draft whose time ran out: nobody holds it
            if stage is Stage.RELEASED or (
                event is LifecycleEvent.CANCEL and stage in (Stage.SUPERSEDED, Stage.EXPIRED)
            ):
                after = advance(tx, each, event, known_stage=stage)
                ended.append((each.id, event, after))
                # The guard is the look of each worker at the acts, before it begins a shard. This takes off the queue
                # at once what would be turned away there, so that the report counts nobody as still to be told.
                campaigns.revoke_ready(tx.connection, each.id)
                for campaign in campaigns.numbers(tx.connection, each.id).values():
                    deliveries.close_campaign(tx.connection, campaign, DeliveryState.REVOKED)
        return ended

    def _stop_relays(self, tx: Tx, row: AlertRow, earlier: list[AlertRow]) -> list[tuple[int, LifecycleEvent, Stage]]:
        """What others passed on of the messages before it is stopped alike; they are told it is theirs to relay."""
        ended: list[tuple[int, LifecycleEvent, Stage]] = []
        for relay in alerts.relays_of(tx.connection, [each.id for each in earlier]):
            if relay.stage == Stage.RELEASED:
                ended += self._stop_earlier(tx, row, [relay])
                detail = f"alert {row.id} replaces what it passes on: relay that"
                alarms.raise_alarm(tx.connection, tx.now_ms, "relay-outdated", f"alert/{relay.id}", detail)
        return ended

    def _record_ends(
        self,
        tx: Tx,
        row: AlertRow,
        ended: list[tuple[int, LifecycleEvent, Stage]],
    ) -> None:
        """The end of an earlier message is an act of that message: its row turned back revives nothing."""
        for alert, event, stage in ended:
            new = NewAct(event, stage, tx.actor, tx.now_ms, stops=True, detail={"by": row.id})
            self.acts.record(tx.connection, alert_subject(alert), new)


@dataclass(frozen=True, slots=True)
class _Ordering:
    """Whose order it is, when in ms, and the hash of the newest act it rests on."""

    actor: str
    at: int
    act: str


def _must_be_acts(sequence: ActSequence, dossier: frozen.Dossier) -> None:
    """Raises Conflict unless every decision that stands is an act since the submission whose digest the row names."""
    try:
        sequence.must_be_sealed()
    except ActsRefused as error:
        raise Conflict(f"{error}: return it and submit it anew", rule=Rule.ACTS) from None
    if strange := [each for each in dossier.decisions if hash_of(each.seal) not in sequence.evidence]:
        text = f"the {strange[0].step} of {strange[0].official.name} is no act of this submission"
        raise Conflict(text, rule=Rule.ACTS, place="decisions")
    if sequence.newest.digest != dossier.row.digest:
        raise Conflict("what is to be released is not what was decided on last", rule=Rule.SEP_3, place="digest")


def _lock_alert(tx: Tx, alert_id: int) -> AlertRow:
    """The alert, locked after the first of its chain: two messages of one chain are released one after the other."""
    if (root := tx.alert(alert_id).root) is not None:
        alerts.get(tx.connection, root, lock=True)
    return tx.alert(alert_id, lock=True)


def _leaves(dossier: frozen.Dossier, now: int) -> int:
    """When (ms) the first of it may leave: at once, or at the hour its author named."""
    held = dossier.plan.not_before
    return now if held is None else max(now, to_ms(held))


def _must_be_newest(connection: Connection, row: AlertRow) -> None:
    """A message drafted before another of its chain was released knows nothing of it, and must be drafted anew."""
    released = [each for each in alerts.chain(connection, row.root or row.id) if each.released_at is not None]
    for each in released:
        if each.msg_type == "Cancel":
            raise Conflict(f"alert {each.id} has cancelled this chain", rule=Rule.CHAIN, place="alert/references")
        if each.id > row.id:
            raise Conflict(
                f"alert {each.id} was released meanwhile: draft anew", rule=Rule.CHAIN, place="alert/references"
            )
