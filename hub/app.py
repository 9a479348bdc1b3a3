"""The composition root: the only file that names concrete classes. A test can build a hub of its own with it."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
from arq.connections import ArqRedis
from prometheus_client import CollectorRegistry
from redis.asyncio import ConnectionPool

from approvals.authority import Policy
from channels.driver import Driver, Reach, columns_of, personal_columns
from hub.access.administration.areas import area_kinds
from hub.access.administration.credentials import credential_kinds
from hub.access.administration.endpoints import endpoint_kinds
from hub.access.administration.keys import key_kinds
from hub.access.administration.kind import Kind
from hub.access.administration.officials import official_kinds
from hub.access.administration.requests import Administration
from hub.access.administration.units import unit_kinds
from hub.access.identity.services import Identity
from hub.access.identity.tokens import Tokens
from hub.access.services import Services
from hub.access.trust import TrustList
from hub.access.upstream import upstream_kinds
from hub.callout.acknowledgement import Acknowledging
from hub.callout.kinds import kinds_of
from hub.callout.service import Calls
from hub.callout.sweep import EXHAUSTED, LIMITED, CallSweep
from hub.callout.unreadable_rows import FAILING
from hub.clock import Clock, SystemClock, to_ms
from hub.compose.merged_numbers import Merger
from hub.configuration import Configuration, check_configuration
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.keyed_hash import six_digits
from hub.crypto.keys import Keys
from hub.crypto.vault import Vault
from hub.dispatch.destinations import Destinations
from hub.dispatch.escalation import Escalator
from hub.dispatch.queue import ShardQueue
from hub.dispatch.shard import Dispatcher
from hub.dossier.acts import Acts
from hub.dossier.acts_adoption import adopt_records
from hub.dossier.authority import Authority
from hub.dossier.competent_officials import Judgement
from hub.dossier.delegation import Lending
from hub.dossier.explain import Explaining
from hub.dossier.in_force import InForce
from hub.dossier.verified_order import VerifiedOrders
from hub.drafting.context import DraftingContext
from hub.drafting.questions.open_questions import Asking
from hub.drafting.questions.shown import ShownQuestions
from hub.drafting.service import Drafting
from hub.estimate.audience_size import Audiences
from hub.estimate.estimator import Estimator
from hub.estimate.service import Estimates
from hub.evidence.audit import Audit
from hub.evidence.pack import Packer
from hub.feedback.inbox import Inbox
from hub.feedback.late import LateClassifier
from hub.intake.service import Ingest
from hub.intake.standing_release import StandingReleases
from hub.registry.duty_roster.service import Roster
from hub.registry.preferences.codes import Codes
from hub.registry.preferences.subscription import Subscriptions
from hub.registry.privacy.services import Privacy
from hub.release.cut import ShardPlanner
from hub.release.release import Releases
from hub.scheduler.sweep import Sweep
from hub.settings.settings import Settings
from hub.signoff.countersign import Countersigning
from hub.signoff.decide import Decisions
from hub.signoff.duties import Duties
from hub.signoff.referral import Referrals
from hub.signoff.standing import Standings
from hub.signoff.submit import Submission
from hub.signoff.unit_correction import correction_kinds
from hub.store.alerts.standing import DELEGATION, ENTRUSTMENT
from hub.store.records.log_witness import WITNESS, LogWitness
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate
from hub.tracking.alerts import Alerts
from hub.tracking.endpoint_keys import EndpointKeys
from hub.tracking.forgeries import ForgeryWatch
from hub.tracking.receipts import Receipts
from hub.tracking.repeats import Repeats
from hub.transaction import Transactions

#: groups whose shards go out before the others: they need the most time to get to safety
ENDANGERED = ("elderly", "children", "schools", "hearing_impaired", "sight_impaired")


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything, wired. Close it."""

    settings: Settings
    transactions: Transactions
    keys: Keys
    vault: Vault
    redis: ArqRedis
    queue: ShardQueue
    drivers: Mapping[str, Driver]
    policy: Policy
    tokens: Tokens
    identity: Identity
    registry: CollectorRegistry
    alerts: Alerts
    audiences: Audiences
    explaining: Explaining
    estimates: Estimates
    audit: Audit
    authority: Authority
    packer: Packer
    drafting: Drafting
    submission: Submission
    decisions: Decisions
    releases: Releases
    countersigning: Countersigning
    referrals: Referrals
    receipts: Receipts
    inbox: Inbox
    administration: Administration
    services: Services
    standings: Standings
    ingest: Ingest
    subscriptions: Subscriptions
    privacy: Privacy

    @property
    def db(self) -> Database:
        return self.transactions.db

    @property
    def clock(self) -> Clock:
        return self.transactions.clock

    @property
    def acts(self) -> Acts:
        """What alone says how far a warning or a paper is."""
        return self.releases.acts

    @property
    def delegations(self) -> Standings:
        """The papers between units, which go the same way as those for upstream systems."""
        return replace(self.standings, kind=DELEGATION)

    @property
    def entrustments(self) -> Standings:
        """The papers under which a warning centre publishes for others."""
        return replace(self.standings, kind=ENTRUSTMENT)

    @property
    def delivery_ids(self) -> DeliveryIds:
        """What providers name deliveries by."""
        return self.receipts.ids

    @property
    def endpoint_keys(self) -> EndpointKeys:
        """What each endpoint's reports are believed by."""
        return EndpointKeys(self.db, self.vault, self.delivery_ids)

    @property
    def repeats(self) -> Repeats:
        """What was said, for whoever asks once more."""
        return Repeats(self.db, self.releases.cutter.orders, self.clock)

    @property
    def forgeries(self) -> ForgeryWatch:
        """Callbacks that were refused."""
        return self.receipts.forgeries

    @property
    def roster(self) -> Roster:
        """Who is on duty when."""
        return Roster(self.vault, self.settings.calls)

    @property
    def duties(self) -> Duties:
        """What a release obliges its unit to do beside."""
        return Duties(self.settings.duties)

    def dispatcher(self) -> Dispatcher:
        """The sending half, for a worker process."""
        return Dispatcher(
            db=self.db,
            clock=self.clock,
            settings=self.settings,
            drivers=self.drivers,
            order_keys=self.keys.order_public,
            acts=self.acts,
            vault=self.vault,
            destinations=Destinations(self.redis),
            ids=self.delivery_ids,
            owner=_owner(),
            merger=self.releases.cutter.merger,
        )

    def sweep(self) -> Sweep:
        """The maintainer, for a worker process."""
        merger = self.releases.cutter.merger
        rates = {name: driver.limits.per_second for name, driver in self.drivers.items()}
        escalation = Escalator(self.settings, rates, ENDANGERED, columns_of(self.drivers))
        channels = (personal_columns(self.drivers), frozenset(self.drivers))
        return Sweep(self.db, self.clock, self.settings, self.queue, _owner(), merger, escalation, self.acts, *channels)

    @property
    def calls(self) -> Calls:
        """What waits, and whom the hub called about it."""
        judgement = Judgement(self.clock, self.policy, self.releases.lending)
        quiet = {*self.settings.calls.quiet_alarms, EXHAUSTED, LIMITED, FAILING}
        services = (judgement, self.countersigning, self.duties, self.administration)
        return Calls(self.db, self.clock, kinds_of(*services, quiet, self.settings.hub.world))

    def call_sweep(self) -> CallSweep:
        """The caller of officials, for a worker process."""
        known = (self.drivers, self.vault, self.delivery_ids)
        return CallSweep(self.db, self.clock, self.settings, self.calls.kinds, *known, _owner())

    @property
    def acknowledging(self) -> Acknowledging:
        """Answers of called officials among the replies of the public."""
        return Acknowledging(self.db, self.clock, self.vault, columns_of(self.drivers))

    async def aclose(self) -> None:
        """Ends drivers, queue and database, in this order."""
        for driver in self.drivers.values():
            await driver.aclose()
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()
        await asyncio.to_thread(self.db.close)


def build(
    settings: Settings,
    channels: Mapping[str, Mapping[str, Any]],
    *,
    clock: Clock | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Hub:
    """A hub on a migrated database. Opens no socket yet. Raises what its files are refused for, and has then written
    nothing.
    """
    clock = clock or SystemClock()
    configuration = check_configuration(settings, channels, clock, environ)
    return wire(configuration, load_keys(settings, environ), clock)


def wire(configuration: Configuration, keys: Keys, clock: Clock) -> Hub:
    """The hub of a configuration that was checked, on a migrated database."""
    settings, policy, groups = configuration.settings, configuration.policy, configuration.groups
    catalog, drivers = configuration.catalog, configuration.drivers
    (db, acts), vault = _database(settings, keys, clock), Vault.following(keys.seal, keys.hash)
    transactions = Transactions(db, clock)
    queue, lending = ShardQueue(redis := _redis(settings)), Lending(clock, policy, keys, acts)
    cutter = _cutter(settings, drivers, vault, orders := VerifiedOrders(acts, policy.events))
    alerts = _alerts(db, lending, Asking(clock, settings, policy, catalog, orders))
    identity = Identity.of(db, clock, settings, vault, tokens := _tokens(settings, keys, clock))
    writing = DraftingContext(settings, policy, drivers, groups, lending, acts, catalog, orders)
    drafting = Drafting(transactions, writing, alerts)
    estimates = Estimates(db, clock, policy, estimator := Estimator(settings.estimate, drivers, groups), orders)
    submission = Submission(transactions, settings, policy, drivers, catalog, alerts, estimator, lending, orders)
    releases = Releases(transactions, policy, keys, queue, alerts, cutter, lending, acts)
    by_paper = StandingReleases(policy, keys, drafting, submission, releases)
    return Hub(
        settings=settings,
        transactions=transactions,
        keys=keys,
        vault=vault,
        redis=redis,
        queue=queue,
        drivers=drivers,
        policy=policy,
        tokens=tokens,
        identity=identity,
        registry=CollectorRegistry(),
        alerts=alerts,
        audiences=Audiences(db, groups, estimates),
        explaining=Explaining(db, clock, groups, orders, personal_columns(drivers)),
        estimates=estimates,
        audit=Audit(db),
        authority=Authority(policy, lending),
        packer=Packer(policy, keys, acts),
        drafting=drafting,
        submission=submission,
        decisions=Decisions(transactions, policy, alerts, orders, keys, identity.proofs, lending, acts),
        releases=releases,
        countersigning=Countersigning(transactions, policy, drafting, alerts, keys),
        referrals=Referrals(transactions, drafting, alerts),
        receipts=Receipts(db, clock, ids := DeliveryIds(keys.delivery, settings.hub.world)),
        inbox=Inbox(db, clock, vault, ids, LateClassifier(settings.hub.data_dir), columns=columns_of(drivers)),
        administration=_administration(settings, db, clock, identity, _kinds(lending, keys, vault, drivers, identity)),
        services=Services(db, clock, vault),
        standings=Standings(policy, identity.proofs, keys, acts, frozenset(drivers)),
        ingest=Ingest(transactions, settings.auth, drafting, TrustList(db, clock), by_paper, queue),
        subscriptions=Subscriptions(Codes(db, clock, vault, drivers, ids, six_digits)),
        privacy=Privacy.of(transactions, vault, settings.retention),
    )


def load_keys(settings: Settings, environ: Mapping[str, str]) -> Keys:
    """The hub's keys, in a data directory that is there from now on."""
    settings.hub.data_dir.mkdir(parents=True, exist_ok=True)
    return Keys.load(settings.hub.data_dir / "keys", environ)


def _database(settings: Settings, keys: Keys, clock: Clock) -> tuple[Database, Acts]:
    """The store, brought up to date, and the acts in it; records from before there were acts get their first."""
    migrate(settings.store_url, patience_s=settings.store.patience_s)
    witness = LogWitness(settings.hub.data_dir / WITNESS)
    db, acts = (
        Database(settings.store_url, patience_s=settings.store.patience_s, witness=witness),
        Acts(keys.order, witness),
    )
    adopt_records(db.engine, acts, to_ms(clock.now()))
    return db, acts


def _alerts(db: Database, lending: Lending, asking: Asking) -> Alerts:
    orders = asking.orders
    return Alerts(db, asking.clock, lending, ShownQuestions(asking), orders, InForce(orders))


def _cutter(settings: Settings, drivers: Mapping[str, Driver], vault: Vault, orders: VerifiedOrders) -> ShardPlanner:
    return ShardPlanner(
        drivers, settings.dispatch.shard_size, Merger(vault, personal_columns(drivers)), orders, ENDANGERED
    )


def _tokens(settings: Settings, keys: Keys, clock: Clock) -> Tokens:
    return Tokens(
        private_key=keys.token_key,
        kid=keys.token_kid,
        issuer=settings.auth.issuer,
        audience=settings.auth.audience,
        clock=clock,
        hours=settings.auth.token_hours,
        public=keys.token,
        current=lambda: keys.token.current,
    )


def _redis(settings: Settings) -> ArqRedis:
    # JSON, not pickle: whoever can write to Redis must not be able to run code in a worker.
    pool = ConnectionPool.from_url(redis_url(settings))
    return ArqRedis(pool, job_serializer=orjson.dumps, job_deserializer=orjson.loads)


def _kinds(
    lending: Lending, keys: Keys, vault: Vault, drivers: Mapping[str, Driver], identity: Identity
) -> tuple[Kind[Any], ...]:
    """Every act of administration there is."""
    many = {name: driver.medium for name, driver in drivers.items() if driver.reach is Reach.MANY}
    officials = (
        *official_kinds(lending.policy),
        *unit_kinds(lending.policy),
        *area_kinds(),
        *correction_kinds(lending),
    )
    machines = (*key_kinds(keys), *endpoint_kinds(vault, many), *upstream_kinds(vault))
    return (*officials, *credential_kinds(identity.enrolment), *machines)


def _administration(
    settings: Settings, db: Database, clock: Clock, identity: Identity, kinds: tuple[Kind[Any], ...]
) -> Administration:
    by_name, hours = {kind.name: kind for kind in kinds}, settings.administration.request_hours
    factors = identity.factors
    return Administration(db, clock, factors.vault, by_name, hours, secrets.token_bytes, factors.proofs)


def redis_url(settings: Settings) -> str:
    """The Redis in force: the configured one, else our own server's socket in the data directory."""
    return settings.redis.url or f"unix://{redis_directory(settings).absolute() / 'redis.sock'}"


def redis_directory(settings: Settings) -> Path:
    return settings.hub.data_dir / "redis"


def _owner() -> str:
    """A name for this process that no other has, nor this one after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
