"""The maintainer: one at a time, it heals what crashed and starts what has become due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import make_url, select

from channels.message import DeliveryState, FailureReason
from hub.alert.lifecycle import Stage
from hub.compose.merged_numbers import Merger
from hub.crypto.vault import Vault
from hub.dispatch.escalation import Escalator
from hub.scheduler import sweep as module
from hub.scheduler.sweep import Sweep
from hub.settings.settings import Settings
from hub.store.alerts import alerts, referrals
from hub.store.delivery import campaigns, deliveries, provider_references
from hub.store.delivery.campaigns import ShardJob
from hub.store.delivery.deliveries import Settlement
from hub.store.records import alarms
from hub.store.register import regions as region_store
from hub.store.register import shared
from hub.store.register.batch import RegisterRow, batch_of
from hub.store.register.enrolment import enrol
from hub.store.register.regions import NewRegion
from hub.store.schema import audit as audit_table
from hub.store.sql.database import Database
from targeting.recipient import Recipient
from tests.hub.dispatch.scene import ACTS, HOUR, NOW, add_alert, add_shards, an_intent, move, rows_of, shard_of, take

S = DeliveryState
ALONE = Merger(Vault(b"s" * 32, b"h" * 32), {})  #: nobody has an address here


class ListQueue:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.tickets: list[ShardJob] = []

    async def put(self, tickets) -> int:
        self.tickets += tickets
        return len(tickets)


@pytest.fixture
def queue() -> ListQueue:
    return ListQueue()


@pytest.fixture
def sweep(db: Database, clock, queue: ListQueue) -> Sweep:
    return Sweep(db, clock, Settings(), queue, "me", ALONE, Escalator(Settings()), ACTS)


def write(db: Database, work) -> Any:
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        return work(connection)


def released(db: Database, people=range(1, 6), **changes: Any) -> tuple[int, ShardJob]:
    def work(connection):
        alert = add_alert(connection, **changes)
        return alert, add_shards(connection, alert, people, size=100)[0]

    return write(db, work)


async def test_a_shard_nobody_queued_is_queued(db: Database, sweep: Sweep, queue: ListQueue) -> None:
    _, ticket = released(db)
    assert await sweep.sweep() == 1
    assert queue.tickets == [ticket]


@pytest.mark.parametrize("goes_on", [False, True])
async def test_what_an_import_left_uncompared_is_compared_once_nothing_is_added_to_it(
    db: Database, sweep: Sweep, goes_on: bool
) -> None:
    vault = ALONE.vault

    def half_an_import(connection, first: int) -> None:
        region_store.upsert(connection, [NewRegion("110101001000", "桥镇", None, 4)])
        people = [
            Recipient(f"p{n}", "110101001000", "zh", addresses={"sms": "+8613900000001"}) for n in (first, first + 1)
        ]
        regions = region_store.ids_by_key(connection, {"110101001000"})
        entries = [RegisterRow(each.external_id, each.region, "zh", None, None, "", each.addresses) for each in people]
        enrol(connection, batch_of(vault, regions, entries), NOW)

    write(db, lambda connection: half_an_import(connection, 0))
    for number in range(2 * module.SLOW):
        if goes_on and number == module.SLOW:
            write(db, lambda connection: half_an_import(connection, 2))
        await sweep.sweep()
    left = write(db, lambda connection: (len(shared.awaiting_comparison(connection)), len(shared.sharing(connection))))
    assert left == ((4, 0) if goes_on else (0, 2))


async def test_a_queue_that_lost_its_jobs_gets_them_again_after_a_while_and_not_before(
    db: Database, sweep: Sweep, queue: ListQueue, clock
) -> None:
    _, ticket = released(db)
    await sweep.sweep()
    clock.advance(module.REQUEUE_MS / 1000)
    await sweep.sweep()
    assert queue.tickets == [ticket]
    clock.advance(0.001)
    await sweep.sweep()
    assert queue.tickets == [ticket, ticket]


async def test_only_one_process_sweeps_and_another_takes_over_when_it_is_gone(
    db: Database, sweep: Sweep, queue: ListQueue, clock
) -> None:
    other = Sweep(db, clock, Settings(), queue, "other", ALONE, Escalator(Settings()), ACTS)
    await sweep.sweep()
    released(db)
    assert await other.sweep() == 0
    clock.advance(module.LEADER_LEASE_MS / 1000 + 0.001)
    assert await other.sweep() == 1
    assert await sweep.sweep() == 0


async def test_a_lost_lease_makes_what_was_on_the_wire_unknown_and_the_shard_ready_in_a_new_generation(
    db: Database, sweep: Sweep, queue: ListQueue, clock
) -> None:
    _, ticket = released(db)

    def work(connection):
        lease = take(connection, ticket, "dead")
        deliveries.open_intents(connection, lease.campaign, [1, 2], 1, NOW, resend=True)
        deliveries.settle(connection, [Settlement(lease.campaign, 2, 1, S.ACCEPTED)], NOW)
        return lease

    lease = write(db, work)
    await sweep.sweep()
    assert queue.tickets == [], "the owner may be well"
    clock.advance(31)
    await sweep.sweep()
    with db.engine.connect() as connection:
        rows, shard = rows_of(connection, lease.campaign), shard_of(connection, ticket.shard)
    reconcile = NOW + 31_000 + int(Settings().dispatch.reconcile_after_s * 1000)
    assert {n: row.state for n, row in rows.items()} == {1: S.UNKNOWN, 2: S.ACCEPTED}
    assert rows[1].not_before == reconcile
    assert (shard.state, shard.generation, shard.owner) == ("ready", 2, "")
    assert queue.tickets == [ShardJob(ticket.shard, 2, "red", "sms")]
    late = write(
        db, lambda connection: deliveries.settle(connection, [Settlement(lease.campaign, 1, 1, S.PENDING)], NOW)
    )
    assert late == 0, "the owner that came back changes nothing"


async def test_a_lease_that_is_renewed_is_not_lost(db: Database, sweep: Sweep, clock) -> None:
    _, ticket = released(db)
    lease = write(db, lambda connection: take(connection, ticket))
    clock.advance(29)
    write(db, lambda connection: campaigns.renew(connection, lease, NOW + 59_000))
    clock.advance(29)
    await sweep.sweep()
    with db.engine.connect() as connection:
        assert shard_of(connection, ticket.shard).state == "leased"


async def test_an_alert_whose_time_is_over_expires_and_nothing_of_it_is_queued(
    db: Database, sweep: Sweep, queue: ListQueue, clock
) -> None:
    alert, ticket = released(db)
    other, second = released(db, expires_at=NOW + 2 * HOUR)

    def work(connection):
        lease = take(connection, ticket)
        deliveries.open_intents(connection, lease.campaign, [1], 1, NOW, resend=True)
        deliveries.settle(connection, [Settlement(lease.campaign, 1, 1, S.PENDING, not_before=NOW + 9)], NOW)
        campaigns.give_back(connection, lease, "ready", NOW + 9)
        return lease.campaign

    campaign = write(db, work)
    clock.advance(3600)
    await sweep.sweep()
    with db.engine.connect() as connection:
        assert alerts.get(connection, alert).stage == Stage.EXPIRED
        assert alerts.get(connection, other).stage == Stage.RELEASED
        row = rows_of(connection, campaign)[1]
        actions = connection.execute(select(audit_table.c.action)).scalars().all()
    assert (row.state, row.reason) == (S.EXPIRED, FailureReason.EXPIRED)
    assert queue.tickets == [second]
    assert actions == ["release", "release", "expire"]


@pytest.fixture
def hasty(postgres_url: str) -> Iterator[Database]:
    """A database that several processes share; a write that has to wait for another's lock fails at once."""
    database = Database(
        make_url(postgres_url)
        .update_query_dict({"options": "-c lock_timeout=200"})
        .render_as_string(hide_password=False),
        patience_s=0,
    )
    yield database
    database.close()


async def test_an_alert_that_somebody_is_changing_expires_only_when_they_are_done(
    hasty: Database, queue, clock
) -> None:
    maintainer = Sweep(hasty, clock, Settings(), queue, "me", ALONE, Escalator(Settings()), ACTS)
    alert, _ = released(hasty)
    clock.advance(3600)
    with hasty.engine.connect() as cancelling, cancelling.begin():
        alerts.get(cancelling, alert, lock=True)
        await maintainer.sweep()
        move(cancelling, alert, Stage.CANCELLED)
    await maintainer.sweep()
    with hasty.engine.connect() as connection:
        assert alerts.get(connection, alert).stage == Stage.CANCELLED


async def test_a_referral_that_somebody_is_answering_is_not_passed_on(hasty: Database, queue, clock) -> None:
    maintainer = Sweep(hasty, clock, Settings(), queue, "me", ALONE, Escalator(Settings()), ACTS)
    values = {"from_unit": "a", "to_unit": "b", "rule": "LAW-18", "reason": "", "official": 1, "at": NOW, "due_at": NOW}

    def referred(connection) -> int:
        alert = add_alert(connection, stage=Stage.REFERRED, released_at=None)
        return referrals.add(connection, {**values, "alert": alert})

    number = write(hasty, referred)
    with hasty.engine.connect() as adopting, adopting.begin():
        referrals.get(adopting, number)
        await maintainer.sweep()
        referrals.close(adopting, number, referrals.ADOPTED, 1, "", NOW)
    await maintainer.sweep()
    with hasty.engine.connect() as connection:
        row = referrals.get(connection, number)
        assert (row.state, row.due_at) == (referrals.ADOPTED, NOW)
        assert alarms.count(connection) == 0


async def test_a_receipt_parked_beside_its_id_is_matched_in_the_next_round(db: Database, sweep: Sweep) -> None:
    def work(connection):
        campaign = an_intent(connection).campaign
        provider_references.learn(connection, "sms", [Settlement(campaign, 1, 1, S.ACCEPTED, reference="SM1")])
        provider_references.park(connection, [("sms", "SM1", int(S.DELIVERED), "", NOW, NOW)])
        return campaign

    campaign = write(db, work)
    await sweep.sweep()
    with db.engine.connect() as connection:
        assert rows_of(connection, campaign)[1].state == S.DELIVERED


async def test_receipts_that_nobody_claims_for_a_day_raise_one_alarm(db: Database, sweep: Sweep, clock) -> None:
    rows = [("sms", f"SM{n}", int(S.DELIVERED), "", NOW, NOW) for n in range(3)]
    write(db, lambda connection: provider_references.park(connection, rows))
    clock.advance(24 * 3600 + 1)
    for _ in range(module.SLOW):
        await sweep.sweep()
    with db.engine.connect() as connection:
        (alarm,) = alarms.recent(connection)
    assert (alarm.kind, alarm.detail) == ("orphan-receipts", "3 receipts matched nothing")


async def test_a_round_with_nothing_to_do_changes_nothing(db: Database, sweep: Sweep, queue: ListQueue) -> None:
    for _ in range(2 * module.SLOW):
        assert await sweep.sweep() == 0
    with db.engine.connect() as connection:
        assert alarms.count(connection) == 0
    assert queue.tickets == []
