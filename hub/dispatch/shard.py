"""One shard: leased, its order verified, its intents committed chunk by chunk, sent, settled, given back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import ActsRefused
from approvals.level import Level
from approvals.signed import signer_of
from channels.driver import Driver, Reach
from channels.message import DeliveryState, FailureReason, Form, Message
from hub.alert.lifecycle import Stage
from hub.alert.priority import urgency
from hub.audience.sections import WHOLE
from hub.clock import Clock, from_ms, to_ms
from hub.compose.compose import form_for
from hub.compose.merged_numbers import Merger
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.vault import Vault
from hub.dispatch import verify
from hub.dispatch.bearers import Bearers
from hub.dispatch.contacts import Contacts, DeliveryAddress
from hub.dispatch.destinations import Destinations
from hub.dispatch.outcomes import OutcomeLog, OutcomeWriter
from hub.dispatch.retry import DeliveryAttempt
from hub.dispatch.shard_sender import OutboundMessage, ShardSender
from hub.dispatch.stage_watch import StageWatch
from hub.dispatch.verify import UNREADABLE_MS, DriverMissing, ShardPutOff, ShardRefused, VerifiedShardOrder
from hub.dossier.acts import Acts
from hub.dossier.verified_order import is_over
from hub.errors import RowUnreadable
from hub.settings.settings import Settings
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.campaigns import DONE, READY, REVOKED, Lease, ShardJob
from hub.store.delivery.deliveries import SendableIntents, Settlement
from hub.store.records import alarms
from hub.store.register import recipients
from hub.store.sql.database import Database, StoreUnavailable
from hub.store.sql.rows import ALARM as UNREADABLE
from hub.store.sql.times import is_time

log = structlog.get_logger(__name__)

#: how often a shard under way looks whether its alert is still to be sent, and prolongs its lease
WATCH_S = 0.5
#: verified orders kept in memory; beyond that they are verified anew
WARRANTS_KEPT = 64
#: how long a shard waits that would overtake an earlier message of its chain
OVERTAKE_MS = 200
#: how long a shard waits whose channel this process does not serve
NO_DRIVER_MS = 60_000


@dataclass(slots=True)
class Dispatcher:
    """Sends shards. One per worker process."""

    db: Database
    clock: Clock
    settings: Settings
    drivers: Mapping[str, Driver]
    order_keys: Mapping[str, Ed25519PublicKey]
    acts: Acts
    vault: Vault
    destinations: Destinations
    ids: DeliveryIds
    owner: str
    merger: Merger
    _warrants: dict[int, VerifiedShardOrder] = field(default_factory=dict)
    _watch: StageWatch = field(init=False)

    def __post_init__(self) -> None:
        self._watch = StageWatch(self.acts)

    async def dispatch(self, ticket: ShardJob) -> None:
        """Runs one job of the queue. A job that is stale, repeated or forged sends nothing."""
        try:
            lease = await self.db.write(lambda connection: self._take(connection, ticket))
        except RowUnreadable as error:
            await self._set_aside(ticket, error)
            return
        if lease is None:
            return
        try:
            held = await self._warrant(lease)
        except ShardRefused as error:
            await self._refuse(lease, error.rule)
            return
        except ShardPutOff as error:
            await self._put_off(lease, error)
            return
        except DriverMissing:
            await self._postpone(lease)
            return
        run = _Run(self, lease, held)
        watch = asyncio.create_task(run.watch())
        try:
            waits_until = await run.send_all()
        finally:
            watch.cancel()
        await self.db.write(lambda connection: self._finish(connection, lease, waits_until))

    def _take(self, connection: Connection, ticket: ShardJob) -> Lease | None:
        now = to_ms(self.clock.now())
        until = now + int(self.settings.dispatch.lease_s * 1000)
        lease = campaigns.lease(connection, ticket, self.owner, now, until)
        if lease is None:
            if not campaigns.exists(connection, ticket.shard):
                alarms.raise_once(connection, now, "forged-job", "queue", "no such shard")
            return None
        row = alerts.look_up(connection, lease.alert)
        chain = alerts.chain_ids(connection, row.root) if row is not None and row.root else []
        if campaigns.earlier_on_the_wire(connection, lease.alert, lease.channel, chain):
            campaigns.give_back(connection, lease, READY, now + OVERTAKE_MS)
            return None
        if row is not None and self._is_over(connection, row, now):
            deliveries.close_pending(connection, lease.campaign, lease.recipients, DeliveryState.EXPIRED)
            campaigns.give_back(connection, lease, DONE)
            return None
        return lease if self._may_begin(connection, lease, row, now) else None

    def _is_over(self, connection: Connection, row: AlertRow, now: int) -> bool:
        """False where the row alone says so, or does not say when: then its order is asked before anything is sent."""
        return is_time(row.expires_at) and row.expires_at <= now and is_over(connection, self.acts, row, now)

    def _may_begin(self, connection: Connection, lease: Lease, row: AlertRow | None, now: int) -> bool:
        """Whether the alert is still to be sent; where it is not, its shard is revoked, and a forgery is an alarm.

        This is the guard against sending what a Cancel or an Update has ended, whether or not it is still queued.
        """
        released = self.is_released(connection, lease)
        if released and not alerts.is_ended_by_another(connection, lease.alert):
            return True
        campaigns.give_back(connection, lease, REVOKED)
        if released:
            # By its acts it is released, and a Cancel or an Update of it has an order.
            _no_warrant(connection, now, lease, "a later message of the chain has ended this one")
        elif released is False and row is not None:
            deliveries.close_pending(connection, lease.campaign, lease.recipients, DeliveryState.REVOKED)
            if row.released_at is None:  # no planner writes shards of what was never released
                _no_warrant(connection, now, lease, "the alert was never released")
            elif row.stage == Stage.RELEASED:
                _no_warrant(connection, now, lease, "its row says released, and its acts do not")
        return False

    async def _warrant(self, lease: Lease) -> VerifiedShardOrder:
        """Verified once per alert and process and kept: what is sent is what was verified, whatever SQL says later."""
        held = self._warrants.get(lease.alert)
        if held is None or signer_of(held.jws) not in self.order_keys:  # its key may have been revoked since
            world = self.settings.hub.world
            held = await self.db.read(
                lambda connection: verify.verify(connection, lease.alert, self.acts, self.clock, world)
            )
            if len(self._warrants) >= WARRANTS_KEPT:
                self._warrants.clear()
            self._warrants[lease.alert] = held
        driver = self.drivers.get(lease.channel)
        held.must_cover(lease, driver.reach if driver is not None else None)
        return held

    async def _refuse(self, lease: Lease, rule: str) -> None:
        """Nothing is sent, and somebody hears of it."""
        log.error("shard_without_warrant", shard=lease.shard, alert=lease.alert, rule=rule)

        def work(connection: Connection) -> None:
            now = to_ms(self.clock.now())
            campaigns.give_back(connection, lease, REVOKED)
            _no_warrant(connection, now, lease, rule)

        await self.db.write(work)

    async def _put_off(self, lease: Lease, error: ShardPutOff) -> None:
        """Nothing is sent yet, and nothing is lost: the shard is asked about again, and somebody hears of it."""
        log.error("shard_put_off", shard=lease.shard, alert=lease.alert, rule=error.rule)

        def work(connection: Connection) -> None:
            campaigns.give_back(connection, lease, READY, error.until)
            _no_warrant(connection, to_ms(self.clock.now()), lease, error.rule)

        await self.db.write(work)

    async def _set_aside(self, ticket: ShardJob, error: RowUnreadable) -> None:
        """A shard whose own row does not read waits until somebody has restored it."""
        log.error("shard_unreadable", shard=ticket.shard, place=error.place)

        def work(connection: Connection) -> None:
            now = to_ms(self.clock.now())
            campaigns.postpone(connection, ticket.shard, now + UNREADABLE_MS)
            alarms.raise_once(connection, now, UNREADABLE, error.place, str(error))

        await self.db.write(work)

    async def _postpone(self, lease: Lease) -> None:
        """The order is good and this process cannot follow it: another may, and somebody hears of it."""
        log.error("channel_without_driver", shard=lease.shard, channel=lease.channel)

        def work(connection: Connection) -> None:
            now = to_ms(self.clock.now())
            campaigns.give_back(connection, lease, READY, now + NO_DRIVER_MS)
            alarms.raise_once(connection, now, "no-driver", f"alert/{lease.alert}", lease.channel)

        await self.db.write(work)

    def is_released(self, connection: Connection, lease: Lease) -> bool | None:
        """Whether the alert of a shard is still to be sent; None where its acts do not hold, which is an alarm."""
        try:
            return self._watch.is_released(connection, lease.alert)
        except ActsRefused as error:
            _no_warrant(connection, to_ms(self.clock.now()), lease, str(error))
            return None

    def _finish(self, connection: Connection, lease: Lease, waits_until: int | None) -> None:
        released = self.is_released(connection, lease)
        if released is None:
            campaigns.give_back(connection, lease, REVOKED)
        elif not released:
            row, now = alerts.look_up(connection, lease.alert), to_ms(self.clock.now())
            over = row is not None and is_time(row.expires_at) and row.expires_at <= now
            end = DeliveryState.EXPIRED if over else DeliveryState.REVOKED
            if campaigns.give_back(connection, lease, REVOKED) is not None:
                deliveries.close_pending(connection, lease.campaign, lease.recipients, end)
        elif waits_until is not None:
            campaigns.give_back(connection, lease, READY, waits_until)
        else:
            campaigns.give_back(connection, lease, DONE)


class _Run:
    """One lease being worked off."""

    def __init__(self, dispatcher: Dispatcher, lease: Lease, held: VerifiedShardOrder) -> None:
        self._of = dispatcher
        self._lease = lease
        self._held = held
        self._driver = dispatcher.drivers[lease.channel]
        self._stopped = False
        self._pump: ShardSender | None = None
        self._forms: dict[tuple[str, str], Form] = {}
        settings = dispatcher.settings.dispatch
        self._bearers = Bearers(dispatcher.merger, lease, settings.shard_size, self._form_of)
        many, language = self._driver.reach is Reach.MANY, held.languages[0] if held.languages else "und"
        self._contacts = Contacts(dispatcher.vault, self._driver.medium.column, many, language)
        level = held.order.level
        floor = settings.resend_unknown
        self._resend = floor != "never" and Level.of(level) >= Level.of(floor)

    async def send_all(self) -> int | None:
        """Sends every chunk; returns when (ms) the earliest row that waits is due, None when none waits."""
        waits: list[int] = []
        for chunk in _chunks(self._lease.recipients, self._of.settings.dispatch.chunk_size):
            opened = await self._of.db.write(partial(self._open, chunk=chunk))
            if opened is None:
                break
            intents, bearers = opened
            if intents.waits_until is not None:
                waits.append(intents.waits_until)
            if intents.intents:
                waits += await self._send(intents, bearers)
        return min(waits, default=None)

    async def watch(self) -> None:
        """Looks twice a second whether the alert is still to be sent; keeps the lease."""
        while not self._stopped:
            await asyncio.sleep(WATCH_S)
            try:
                mine = await self._of.db.write(self._still_mine)
            except StoreUnavailable:  # who cannot renew is not told to stop: nobody else can lease it either
                continue
            if not mine:
                self._stop()

    def _stop(self) -> None:
        self._stopped = True
        if self._pump is not None:
            self._pump.stop()

    def _still_mine(self, connection: Connection) -> bool:
        until = to_ms(self._of.clock.now()) + int(self._of.settings.dispatch.lease_s * 1000)
        mine = campaigns.renew(connection, self._lease, until)
        return mine and self._of.is_released(connection, self._lease) is True

    def _open(
        self, connection: Connection, chunk: Sequence[int]
    ) -> tuple[SendableIntents, Mapping[int, DeliveryAddress]] | None:
        """The intents, in one transaction with the check that the lease holds and the alert is still released, and with
        the look at whom they are for; those who bear a message for others with where it goes.
        """
        if self._stopped or not self._still_mine(connection):
            return None
        now = to_ms(self._of.clock.now())
        lease = self._lease
        given = (connection, lease.campaign, chunk, lease.generation, now)
        if rest := int(self._of.destinations.rest_s(lease.channel) * 1000):
            opened = deliveries.open_first_intents(*given, now + rest)
        else:
            opened = deliveries.open_intents(*given, resend=self._resend)
        if self._driver.reach is Reach.MANY or not opened.intents:
            return opened, {}
        bearers = self._bearers.settle(connection, [intent.recipient for intent in opened.intents])
        return opened, {number: DeliveryAddress.of(bearer) for number, bearer in bearers.items()}

    async def _send(self, opened: SendableIntents, bearers: Mapping[int, DeliveryAddress]) -> list[int]:
        ids = [intent.recipient for intent in opened.intents if intent.recipient not in bearers]
        contacts = {**bearers, **await self._of.db.read(lambda connection: self._contacts.find(connection, ids))}
        if doubtful := self._contacts.doubtful(ids, contacts):
            now = to_ms(self._of.clock.now())
            await self._of.db.write(lambda connection: self._contacts.tell_unreadable(connection, doubtful, now))
        outcomes = self._journal().open()
        parcels = list(self._parcels(opened, contacts, outcomes))
        dispatch = self._of.settings.dispatch
        self._pump = ShardSender(
            channel=self._lease.channel,
            driver=self._driver,
            destinations=self._of.destinations,
            outcomes=outcomes,
            clock=self._of.clock,
            settings=dispatch,
            urgency=urgency(self._lease.priority),
            expires_ms=self._held.expires_ms,
            stopped=self._stopped,
        )
        await self._pump.run(parcels)
        return [self._pump.waits_until] if self._pump.waits_until is not None else []

    def _journal(self) -> OutcomeWriter:
        dispatch = self._of.settings.dispatch
        return OutcomeWriter(
            db=self._of.db,
            clock=self._of.clock,
            channel=self._lease.channel,
            correlates=self._driver.correlates_by_reference,
            flush_s=dispatch.outcome_flush_s,
            batch=dispatch.outcome_batch,
        )

    def _parcels(
        self, opened: SendableIntents, contacts: Mapping[int, DeliveryAddress], outcomes: OutcomeLog
    ) -> Iterator[OutboundMessage]:
        campaign = self._lease.campaign
        expires = from_ms(self._held.expires_ms)
        ids = self._of.ids.many(self._lease.channel, campaign, [intent.recipient for intent in opened.intents])
        for intent, delivery in zip(opened.intents, ids, strict=True):
            contact = contacts.get(intent.recipient)
            if contact is None:
                # The register lost the address between planning and sending, or the row does not read; nobody vanishes
                # in silence.
                gone = (DeliveryState.FAILED, FailureReason.BAD_ADDRESS)
                outcomes.add(Settlement(campaign, intent.recipient, intent.attempt, *gone))
                continue
            message = Message(
                delivery=delivery,
                attempt=intent.attempt,
                to=contact.to,
                form=self._form(contact.language, self._part_of(intent.recipient)),
                expires=expires,
                secret=contact.secret,
            )
            yield OutboundMessage(DeliveryAttempt(campaign, intent.recipient, intent.attempt, intent.doubtful), message)

    def _form_of(self, person: recipients.RecipientAddress) -> Form:
        return self._form(person.language, self._part_of(person.id))

    def _part_of(self, recipient: int) -> str:
        """One-to-many media are told the whole warning: who listens there is in any of its areas."""
        return self._held.part_of(recipient) if self._driver.reach is Reach.PERSON else WHOLE

    def _form(self, language: str, part: str) -> Form:
        form = self._forms.get((language, part))
        if form is None:
            form = form_for(self._held.forms, self._lease.channel, language, part)
            self._forms[language, part] = form
        return form


def _no_warrant(connection: Connection, now: int, lease: Lease, rule: str) -> None:
    """One alarm per alert and rule and hour: who writes a thousand rows by hand is heard once."""
    alarms.raise_once(connection, now, "no-warrant", f"alert/{lease.alert}", rule)


def _chunks(bits: BitMap, size: int) -> Iterator[list[int]]:
    ids = list(bits)
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
