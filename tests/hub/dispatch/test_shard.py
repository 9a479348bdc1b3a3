"""One job of the queue: who may work it off, what it sends, when it stops, and what it leaves behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pyroaring import BitMap

from channels.driver import Limits, Reach
from channels.message import Ambiguous, Deferred, DeliveryState, FailureReason, Form
from hub.alert.lifecycle import Stage
from hub.compose.merged_numbers import Merger
from hub.crypto.vault import Vault
from hub.dispatch import concurrency_limit
from hub.dispatch import shard as module
from hub.dispatch.destinations import Destinations
from hub.dispatch.shard import Dispatcher
from hub.dispatch.verify import VerifiedShardOrder
from hub.settings.settings import DispatchSettings, Settings
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.delivery.campaigns import ShardJob
from hub.store.records import alarms
from hub.store.register import endpoints
from hub.store.register.endpoints import NewEndpoint
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import (
    ACTS,
    HOUR,
    IDS,
    NOW,
    ScriptedDriver,
    add_alert,
    add_shards,
    move,
    rows_of,
    shard_of,
    take,
    until,
)

S = DeliveryState
VAULT = Vault(b"s" * 32, b"h" * 32)
FORMS = (Form("wecom", "zh-CN", "请立即撤离。"),)


@dataclass
class Theatre:
    """A released alert to fifty endpoints, ten to a shard, with a warrant already verified."""

    db: Database
    clock: Any
    driver: ScriptedDriver = field(
        default_factory=lambda: ScriptedDriver(reach=Reach.MANY, limits=Limits(concurrency=8))
    )
    alert: int = 0
    campaign: int = 0
    tickets: list[ShardJob] = field(default_factory=list)

    def set_up(self, count: int = 50, **changes: Any) -> None:
        with self.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            ids = [endpoints.add(connection, VAULT, NewEndpoint("wecom", f"e{n}", f"to-{n}")) for n in range(count)]
            self.alert = add_alert(connection, **changes)
            self.tickets = add_shards(connection, self.alert, ids, channel="wecom", size=10)
            self.campaign = campaigns.find(connection, self.alert)["wecom"].id

    def dispatcher(self, owner: str = "me", **dispatch: Any) -> Dispatcher:
        order = SimpleNamespace(level="red", channels=("wecom",))
        everyone = BitMap(range(1, 1000))
        held = VerifiedShardOrder(order, "", FORMS, BitMap(), everyone, NOW + HOUR, (self.alert,), ("zh-CN",))
        return Dispatcher(
            db=self.db,
            clock=self.clock,
            settings=Settings(dispatch=DispatchSettings(**{"reconcile_after_s": 5} | dispatch)),
            drivers={"wecom": self.driver},
            acts=ACTS,
            order_keys={"": SimpleNamespace()},  # the key of the paper that is held
            vault=VAULT,
            destinations=Destinations(None),
            ids=IDS,
            owner=owner,
            merger=Merger(VAULT, {}),
            _warrants={self.alert: held},
        )

    def change(self, **values: Any) -> None:
        with self.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            alerts.change(connection, self.alert, **values)

    def move(self, to: Stage) -> None:
        with self.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            move(connection, self.alert, to)

    def states(self) -> dict[int, S]:
        with self.db.engine.connect() as connection:
            return {number: S(row.state) for number, row in rows_of(connection, self.campaign).items()}

    def next_owner_takes_over(self) -> bool:
        """As the sweep and another worker would; False when the owner was renewing its lease just now."""
        with self.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
            lost = campaigns.lost_leases(connection, NOW + HOUR)
            for held in lost:
                following = campaigns.give_back(connection, held, "ready")
                take(connection, following, "next")
        return bool(lost)

    def shard(self, ticket: ShardJob) -> Any:
        with self.db.engine.connect() as connection:
            return shard_of(connection, ticket.shard)

    def alarms(self) -> list[str]:
        with self.db.engine.connect() as connection:
            return [row.kind for row in alarms.recent(connection)]


@pytest.fixture
def stage(db: Database, clock) -> Theatre:
    made = Theatre(db, clock)
    made.set_up()
    return made


async def test_every_shard_is_sent_once_and_done(stage: Theatre) -> None:
    dispatcher = stage.dispatcher()
    await asyncio.gather(*(dispatcher.dispatch(ticket) for ticket in stage.tickets * 2))
    assert len(stage.driver.sent) == 50
    assert set(stage.states().values()) == {S.ACCEPTED}
    assert {stage.shard(ticket).state for ticket in stage.tickets} == {"done"}
    assert stage.alarms() == []


@pytest.mark.parametrize("generation", [0, 2, 99])
async def test_a_job_of_another_generation_sends_nothing_and_alarms_nobody(stage: Theatre, generation: int) -> None:
    await stage.dispatcher().dispatch(ShardJob(stage.tickets[0].shard, generation, "red", "sms"))
    assert stage.driver.sent == []
    assert stage.alarms() == []


async def test_a_job_for_a_shard_that_does_not_exist_sends_nothing_and_raises_an_alarm(stage: Theatre) -> None:
    await stage.dispatcher().dispatch(ShardJob(987_654, 1, "red", "sms"))
    assert stage.driver.sent == []
    assert stage.alarms() == ["forged-job"]


async def test_without_a_release_order_nothing_is_sent_and_an_alarm_is_raised(stage: Theatre) -> None:
    dispatcher = stage.dispatcher()
    dispatcher._warrants.clear()
    await dispatcher.dispatch(stage.tickets[0])
    assert stage.driver.sent == []
    assert stage.alarms() == ["no-warrant"]
    assert stage.shard(stage.tickets[0]).state == "revoked"


@pytest.mark.parametrize("people", [[5000], [900, 5000]], ids=["alone", "beside one it covers"])
async def test_a_recipient_the_order_does_not_cover_stops_the_whole_shard(stage: Theatre, people: list[int]) -> None:
    with stage.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        (forged,) = add_shards(connection, stage.alert, people, channel="wecom")
    await stage.dispatcher().dispatch(forged)
    assert stage.driver.sent == []
    assert stage.alarms() == ["no-warrant"]


async def test_a_deferred_row_is_tried_again_when_due_and_never_before(stage: Theatre) -> None:
    stage.driver.script = {"to-3": [Deferred(FailureReason.THROTTLED, timedelta(seconds=9))]}
    dispatcher, ticket = stage.dispatcher(), stage.tickets[0]
    await dispatcher.dispatch(ticket)
    again = stage.shard(ticket)
    assert (again.state, again.generation, again.not_before) == ("ready", 2, NOW + 9000)
    stage.clock.advance(8.9)
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "sms"))
    assert len(stage.driver.sent) == 10
    stage.clock.advance(0.1)
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "sms"))
    assert [message.to for message in stage.driver.sent[10:]] == ["to-3"]
    assert stage.driver.sent[10].attempt == 2
    assert stage.shard(ticket).state == "done"


@pytest.mark.parametrize("guarded", [True, False])
async def test_while_a_destination_is_left_alone_nobody_is_opened_again_and_whoever_is_new_is_begun(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    monkeypatch.setattr(concurrency_limit, "PROBE_FIRST_S", 1000.0)
    if not guarded:
        monkeypatch.setattr(Destinations, "rest_s", lambda *_: 0.0)
    stage.driver.script = {f"to-{n}": [Deferred(FailureReason.UNREACHABLE)] * 9 for n in range(50)}
    dispatcher = stage.dispatcher()
    for ticket in stage.tickets[:4]:
        await dispatcher.dispatch(ticket)
    left = len(stage.driver.sent)
    stage.clock.advance(30)
    await dispatcher.dispatch(ShardJob(stage.tickets[0].shard, 2, "red", "sms"))
    await dispatcher.dispatch(stage.tickets[4])
    with stage.db.engine.connect() as connection:
        rows = rows_of(connection, stage.campaign).values()
    assert {row.state for row in rows} == {S.PENDING}
    assert (len(rows), len(stage.driver.sent)) == (50, left), "all are known to wait, and nothing left"
    assert {row.attempt for row in rows} == ({1} if guarded else {1, 2})
    assert not guarded or stage.shard(stage.tickets[0]).not_before == NOW + 30_000 + 1_000_000


@pytest.mark.parametrize(("policy", "resent"), [("blue", 1), ("red", 1), ("never", 0)])
async def test_an_unknown_row_is_sent_again_only_where_policy_allows_and_after_its_time(
    stage: Theatre, policy: str, resent: int
) -> None:
    stage.driver.script = {"to-3": [Ambiguous()]}
    dispatcher, ticket = stage.dispatcher(resend_unknown=policy), stage.tickets[0]
    await dispatcher.dispatch(ticket)
    assert stage.shard(ticket).not_before == NOW + 5000
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "sms"))
    assert len(stage.driver.sent) == 10, "a sign of life is waited for"
    stage.clock.advance(5)
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "sms"))
    assert len(stage.driver.sent) == 10 + resent
    assert stage.shard(ticket).state == "done"
    assert min(stage.states().values()) is (S.ACCEPTED if resent else S.UNKNOWN)


async def test_a_row_of_unknown_fate_stays_so_when_the_second_attempt_is_turned_away(stage: Theatre) -> None:
    stage.driver.script = {"to-3": [Ambiguous(), Deferred(FailureReason.THROTTLED)]}
    dispatcher, ticket = stage.dispatcher(), stage.tickets[0]
    await dispatcher.dispatch(ticket)
    stage.clock.advance(5)
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "sms"))
    stage.move(Stage.CANCELLED)
    stage.clock.advance(60)
    await dispatcher.dispatch(ShardJob(ticket.shard, 3, "red", "sms"))
    assert list(stage.states().values()).count(S.UNKNOWN) == 1, "a Cancel must still go there"


async def test_a_cancel_in_mid_shard_stops_what_has_not_left(stage: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    stage.driver.held = {f"to-{n}" for n in range(50)}
    stage.driver.limits = Limits(concurrency=9)
    dispatcher, ticket = stage.dispatcher(chunk_size=9), stage.tickets[0]
    running = asyncio.create_task(dispatcher.dispatch(ticket))
    await until(lambda: stage.driver.at_once == 8)
    stage.move(Stage.CANCELLED)
    await until(lambda: S.REVOKED in stage.states().values())  # the ninth, who waited for a slot
    stage.driver.let_go.set()
    await running
    assert len(stage.driver.sent) == 8
    assert sorted(stage.states().values()) == [S.ACCEPTED] * 8 + [S.REVOKED]
    assert stage.shard(ticket).state == "revoked"


async def test_what_was_deferred_while_a_cancel_came_in_mid_shard_waits_for_nothing(stage: Theatre) -> None:
    stage.driver.script = {"to-0": [Deferred(FailureReason.THROTTLED)]}
    stage.driver.held = {"to-1"}
    dispatcher, ticket = stage.dispatcher(), stage.tickets[0]
    running = asyncio.create_task(dispatcher.dispatch(ticket))
    await until(lambda: S.PENDING in stage.states().values())
    stage.move(Stage.CANCELLED)
    stage.driver.let_go.set()
    await running
    assert sorted(stage.states().values()) == [S.ACCEPTED] * 9 + [S.REVOKED]
    assert stage.shard(ticket).state == "revoked"


@pytest.mark.parametrize(("ended", "end"), [(True, S.REVOKED), (False, S.EXPIRED)], ids=["cancelled", "over"])
async def test_what_was_deferred_before_the_alert_ended_waits_for_nothing(
    stage: Theatre,
    ended: bool,
    end: S,
) -> None:
    stage.driver.script = {"to-0": [Deferred(FailureReason.THROTTLED)]}
    dispatcher, ticket = stage.dispatcher(), stage.tickets[0]
    await dispatcher.dispatch(ticket)
    assert S.PENDING in stage.states().values()
    stage.clock.advance(HOUR / 2000 if ended else HOUR / 1000)
    if ended:
        stage.move(Stage.CANCELLED)
    await dispatcher.dispatch(ShardJob(ticket.shard, 2, "red", "wecom"))
    assert sorted(stage.states().values()) == sorted([S.ACCEPTED] * 9 + [end])
    assert len(stage.driver.sent) == 10


async def test_no_intent_is_made_after_a_cancel_was_committed(stage: Theatre) -> None:
    stage.driver.held = {f"to-{n}" for n in range(50)}
    dispatcher, ticket = stage.dispatcher(chunk_size=4), stage.tickets[0]
    running = asyncio.create_task(dispatcher.dispatch(ticket))
    await until(lambda: stage.driver.at_once == 4)
    stage.move(Stage.CANCELLED)
    stage.driver.let_go.set()
    await running
    assert len(stage.states()) == 4
    assert stage.shard(ticket).state == "revoked"


async def test_a_job_for_an_alert_that_is_over_or_cancelled_sends_nothing(stage: Theatre) -> None:
    stage.move(Stage.CANCELLED)
    await stage.dispatcher().dispatch(stage.tickets[0])
    stage.move(Stage.RELEASED)
    stage.clock.advance(3600)
    await stage.dispatcher().dispatch(stage.tickets[1])
    assert stage.driver.sent == []
    assert [stage.shard(ticket).state for ticket in stage.tickets[:2]] == ["revoked", "done"]


async def test_the_watch_keeps_a_lease_alive_while_a_provider_is_slow(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    stage.driver.held = {"to-0"}
    ticket = stage.tickets[0]
    running = asyncio.create_task(stage.dispatcher().dispatch(ticket))
    await until(lambda: stage.driver.at_once == 1 and len(stage.driver.sent) == 10)
    stage.clock.advance(25)
    await until(lambda: stage.shard(ticket).lease_until == NOW + 55_000)
    stage.driver.let_go.set()
    await running
    assert stage.shard(ticket).state == "done"


async def test_an_owner_that_lost_its_lease_stops_and_leaves_the_rows_to_the_next(
    stage: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WATCH_S", 0.01)
    stage.driver.held = {f"to-{n}" for n in range(50)}
    ticket = stage.tickets[0]
    running = asyncio.create_task(stage.dispatcher("slow", chunk_size=4).dispatch(ticket))
    await until(lambda: stage.driver.at_once == 4)
    await until(stage.next_owner_takes_over)
    stage.driver.let_go.set()
    await running
    assert len(stage.driver.sent) == 4, "the rest is the next owner's"
    assert (stage.shard(ticket).owner, stage.shard(ticket).state) == ("next", "leased")


async def test_an_endpoint_that_has_left_the_register_is_failed_and_not_forgotten(stage: Theatre) -> None:
    with stage.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        (ticket,) = add_shards(connection, stage.alert, [900, 901], channel="wecom")
    await stage.dispatcher().dispatch(ticket)
    assert {stage.states()[900], stage.states()[901]} == {S.FAILED}


async def test_a_later_message_waits_while_an_earlier_one_is_on_the_wire(stage: Theatre) -> None:
    with stage.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        earlier = add_alert(connection, identifier="earlier")
    with stage.db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        later = add_alert(connection, identifier="later", root=earlier)
        (blocking,) = add_shards(connection, earlier, [1], channel="wecom")
        (waiting,) = add_shards(connection, later, [1], channel="wecom")
        take(connection, blocking, "other")
    await stage.dispatcher().dispatch(waiting)
    assert stage.driver.sent == []
    kept = stage.shard(waiting)
    assert (kept.state, kept.generation, kept.not_before) == ("ready", 2, NOW + module.OVERTAKE_MS)
