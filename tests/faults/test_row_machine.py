"""Any interleaving of owners, answers, receipts, sweeps and a Cancel: nobody vanishes, nothing final falls back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from channels.message import (
    MAY_HAVE_REACHED,
    Accepted,
    Ambiguous,
    Deferred,
    DeliveryState,
    FailureReason,
    Outcome,
    Refused,
)
from hub.alert.lifecycle import Stage
from hub.dispatch.retry import DeliveryAttempt, settlement, unsent
from hub.dispatch.stage_watch import StageWatch
from hub.settings.settings import DispatchSettings
from hub.store.delivery import campaigns, deliveries, receipts
from hub.store.delivery.campaigns import Lease, ShardJob
from hub.store.delivery.deliveries import Settlement
from hub.store.delivery.receipts import Report
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import ACTS, HOUR, NOW, add_alert, add_shards, move, rows_of

S = DeliveryState
PEOPLE = range(1, 7)
FINAL = frozenset({S.REVOKED, S.EXPIRED, S.FAILED, S.DELIVERED, S.CONFIRMED})
SETTINGS = DispatchSettings(retry_first_s=2, reconcile_after_s=3)
OUTCOMES: dict[str, Outcome] = {
    "accepted": Accepted("SM1"),
    "deferred": Deferred(FailureReason.THROTTLED),
    "deferred for long": Deferred(FailureReason.UNREACHABLE, timedelta(hours=2)),
    "refused": Refused(FailureReason.BAD_ADDRESS),
    "ambiguous": Ambiguous(),
}


@dataclass(frozen=True)
class Flight:
    """An intent in the hands of some owner. `arrived`: the provider took it, whether or not we ever hear so."""

    attempt: DeliveryAttempt
    arrived: bool
    lease: Lease


class RowMachine(RuleBasedStateMachine):
    """One alert, six people, two shards; workers that die, answer late, or come back after the sweep."""

    def __init__(self, db: Database) -> None:
        super().__init__()
        self.connection = db.engine.connect().execution_options(writes=True)
        self.transaction = self.connection.begin()
        self.now = NOW
        self.alert = add_alert(self.connection)
        self.watch = StageWatch(ACTS)
        self.tickets: list[ShardJob] = add_shards(self.connection, self.alert, PEOPLE, size=3)
        self.campaign = campaigns.find(self.connection, self.alert)["sms"].id
        self.leases: list[Lease] = []
        self.flights: list[Flight] = []
        self.reached: set[int] = set()  # whom a provider has taken a message for
        self.before: dict[int, S] = {}
        self.cancelled = False
        self.intents_at_cancel = 0

    def teardown(self) -> None:
        self.transaction.rollback()
        self.connection.close()

    # --- what may happen

    @rule(seconds=st.sampled_from([1, 5, 40]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1000

    @precondition(lambda self: self.tickets)
    @rule(pick=st.integers(0, 99))
    def a_worker_leases(self, pick: int) -> None:
        ticket = self.tickets[pick % len(self.tickets)]
        lease = campaigns.lease(self.connection, ticket, f"w{self.now}", self.now, self.now + 30_000)
        if lease is not None:
            self.tickets.remove(ticket)
            self.leases.append(lease)
            assert campaigns.lease(self.connection, ticket, "thief", self.now, self.now + 30_000) is None

    @precondition(lambda self: self.leases)
    @rule(pick=st.integers(0, 99), lost_on_the_way=st.booleans())
    def an_owner_opens_its_chunk(self, pick: int, lost_on_the_way: bool) -> None:
        """As `_Run._open` does: in one transaction with the look at lease and stage."""
        lease = self.leases[pick % len(self.leases)]
        released = self.watch.is_released(self.connection, self.alert)
        if not campaigns.renew(self.connection, lease, self.now + 30_000) or not released:
            return
        opened = deliveries.open_intents(
            self.connection, self.campaign, list(lease.recipients), lease.generation, self.now, resend=True
        )
        for intent in opened.intents:
            attempt = DeliveryAttempt(self.campaign, intent.recipient, intent.attempt, intent.doubtful)
            self.flights.append(Flight(attempt, not lost_on_the_way, lease))

    @precondition(lambda self: self.flights)
    @rule(pick=st.integers(0, 99), answer=st.sampled_from(sorted(OUTCOMES)), repeat=st.booleans())
    def an_answer_comes_early_or_late(self, pick: int, answer: str, repeat: bool) -> None:
        flight = self.flights.pop(pick % len(self.flights))
        outcome = OUTCOMES[answer]
        if isinstance(outcome, Accepted) or (isinstance(outcome, Ambiguous) and flight.arrived):
            self.reached.add(flight.attempt.recipient)
        settled = settlement(flight.attempt, outcome, now=self.now, expires=NOW + HOUR, settings=SETTINGS)
        self._settle(settled)
        if repeat:
            assert self._settle(settled) == 0 or settled.state is S.ACCEPTED

    def _settle(self, settled: Settlement) -> int:
        row = rows_of(self.connection, self.campaign)[settled.recipient]
        mine = row.attempt == settled.attempt and row.state == S.INFLIGHT
        changed = deliveries.settle(self.connection, [settled], self.now)
        assert changed == (mine or settled.state is S.ACCEPTED), "one owner per attempt"
        return changed

    @precondition(lambda self: self.flights)
    @rule(pick=st.integers(0, 99))
    def a_stopped_pump_settles_what_did_not_leave(self, pick: int) -> None:
        if self.cancelled:
            self._settle(unsent(self.flights.pop(pick % len(self.flights)).attempt, expired=False))

    @precondition(lambda self: self.leases)
    @rule(pick=st.integers(0, 99))
    def an_owner_dies_with_all_it_had_on_the_wire(self, pick: int) -> None:
        dead = self.leases.pop(pick % len(self.leases))
        self.reached |= {flight.attempt.recipient for flight in self.flights if flight.lease == dead and flight.arrived}
        self.flights = [flight for flight in self.flights if flight.lease != dead]

    @rule(
        recipient=st.sampled_from([*PEOPLE, 99]),
        state=st.sampled_from([S.ACCEPTED, S.FAILED, S.DELIVERED, S.CONFIRMED]),
        times=st.integers(1, 3),
    )
    def a_receipt_comes(self, recipient: int, state: S, times: int) -> None:
        rows = rows_of(self.connection, self.campaign)
        report = Report(self.campaign, recipient, int(state), "SM1", "", self.now)
        new = receipts.apply(self.connection, [report] * times)
        assert new <= (recipient in rows)

    @rule()
    def the_sweep_looks_for_lost_leases(self) -> None:
        for lost in campaigns.lost_leases(self.connection, self.now):
            reconcile = self.now + 3000
            deliveries.give_up_inflight(self.connection, lost.campaign, lost.recipients, lost.generation, reconcile)
            ticket = campaigns.give_back(self.connection, lost, "ready", self.now)
            assert ticket is not None
            self.tickets.append(ticket)

    @precondition(lambda self: self.leases)
    @rule(pick=st.integers(0, 99))
    def an_owner_gives_its_shard_back(self, pick: int) -> None:
        lease = self.leases[pick % len(self.leases)]
        if any(flight.lease == lease for flight in self.flights):
            return  # an owner ends only when every answer is in
        self.leases.remove(lease)
        ticket = campaigns.give_back(self.connection, lease, "ready", self.now)
        if ticket is not None:
            self.tickets.append(ticket)

    @precondition(lambda self: not self.cancelled)
    @rule()
    def a_cancel_is_released(self) -> None:
        move(self.connection, self.alert, Stage.SUPERSEDED)
        campaigns.revoke_ready(self.connection, self.alert)
        deliveries.close_campaign(self.connection, self.campaign, S.REVOKED)
        self.cancelled = True
        self.intents_at_cancel = self._attempts()

    # --- what must hold

    def _attempts(self) -> int:
        return sum(row.attempt for row in rows_of(self.connection, self.campaign).values())

    @invariant()
    def what_is_final_stays_final_and_only_rises(self) -> None:
        now = {number: S(row.state) for number, row in rows_of(self.connection, self.campaign).items()}
        for number, earlier in self.before.items():
            assert number in now, "a row vanished"
            if earlier in FINAL or earlier is S.ACCEPTED:
                assert now[number] >= earlier
        self.before = now

    @invariant()
    def everyone_is_counted_once(self) -> None:
        by_state = deliveries.states(self.connection, self.campaign)
        rows = sum(len(bits) for bits in by_state.values())
        unsent_yet = set(PEOPLE) - {number for bits in by_state.values() for number in bits}
        assert rows + len(unsent_yet) == len(PEOPLE)
        assert all(set(bits) <= set(PEOPLE) for bits in by_state.values())

    @invariant()
    def no_intent_is_made_after_a_cancel(self) -> None:
        assert not self.cancelled or self._attempts() == self.intents_at_cancel

    @invariant()
    def who_may_hold_the_message_is_never_counted_as_unsent(self) -> None:
        for number, row in rows_of(self.connection, self.campaign).items():
            if number in self.reached:
                assert S(row.state) in MAY_HAVE_REACHED | {S.FAILED}, (number, S(row.state).name)

    @invariant()
    def a_row_on_the_wire_has_an_owner_or_a_lease_that_will_be_found_lost(self) -> None:
        leased = {n for lost in campaigns.lost_leases(self.connection, 2**60) for n in lost.recipients}
        flying = {flight.attempt.recipient for flight in self.flights}
        for number, row in rows_of(self.connection, self.campaign).items():
            if row.state == S.INFLIGHT:
                assert number in leased | flying


_RUN = settings(
    max_examples=60, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@pytest.mark.parametrize("examples", [40])
def test_no_interleaving_loses_anyone_or_sends_after_a_cancel(db: Database, examples: int) -> None:
    machine: Callable[[], Any] = lambda: RowMachine(db)  # noqa: E731 - hypothesis wants a factory
    few = db.dialect != "sqlite"  # a round trip per statement
    assert (
        run_state_machine_as_test(machine, settings=settings(_RUN, max_examples=examples // (5 if few else 1))) is None
    )
