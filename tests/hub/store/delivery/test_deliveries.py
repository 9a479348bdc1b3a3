"""The rows of deliveries: what an outcome, a lost owner, a late answer and an end of the alert make of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pyroaring import BitMap

from channels.message import DeliveryState, FailureReason
from hub.store.delivery import deliveries, listening
from hub.store.delivery.deliveries import SendIntent, Settlement
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import NOW, a_lease, an_intent, row_of, rows_of, scratch

S = DeliveryState


def settle(connection, campaign: int, state: S, *, recipient: int = 1, attempt: int = 1, **more) -> int:
    return deliveries.settle(connection, [Settlement(campaign, recipient, attempt, state, **more)], NOW + 500)


def reopen(connection, campaign: int, now: int = NOW + 60_000, *, resend: bool = True):
    return deliveries.open_intents(connection, campaign, [1], 2, now, resend=resend)


def test_an_intent_is_a_row_on_the_wire_with_its_time(db: Database) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, (1, 2))
        opened = deliveries.open_intents(connection, lease.campaign, [1, 2], lease.generation, NOW, resend=True)
        assert opened.intents == (SendIntent(1, 1), SendIntent(2, 1))
        rows = rows_of(connection, lease.campaign).values()
        assert {(row.state, row.attempt, row.generation, row.sent_at) for row in rows} == {(S.INFLIGHT, 1, 1, NOW)}
        assert S.INFLIGHT in deliveries.states(connection, lease.campaign)


def test_the_same_chunk_opened_twice_opens_nobody_a_second_time(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        again = deliveries.open_intents(connection, lease.campaign, [1], lease.generation, NOW, resend=True)
        assert again == deliveries.SendableIntents((), None)


@pytest.mark.parametrize("state", [S.ACCEPTED, S.FAILED, S.REVOKED, S.EXPIRED])
def test_who_is_accepted_or_final_is_never_opened_again(db: Database, state: S) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        assert settle(connection, lease.campaign, state) == 1
        assert reopen(connection, lease.campaign).intents == ()


def test_a_row_that_waits_is_opened_when_due_and_not_before(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.PENDING, reason=FailureReason.THROTTLED, not_before=NOW + 5000)
        early = reopen(connection, lease.campaign, NOW + 4999)
        assert early == deliveries.SendableIntents((), NOW + 5000)
        assert reopen(connection, lease.campaign, NOW + 5000).intents == (SendIntent(1, 2),)
        assert row_of(connection, lease.campaign).not_before is None


def test_a_row_of_unknown_fate_is_opened_only_where_the_policy_allows_and_marked_doubtful(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.UNKNOWN, not_before=NOW + 5000)
        assert reopen(connection, lease.campaign, resend=False) == deliveries.SendableIntents((), None)
        assert reopen(connection, lease.campaign, NOW + 4000) == deliveries.SendableIntents((), NOW + 5000)
        assert reopen(connection, lease.campaign).intents == (SendIntent(1, 2, doubtful=True),)


def looks_too_early(monkeypatch: pytest.MonkeyPatch, *rows: tuple[int, S, int, int | None]) -> None:
    """What the next look finds: (recipient, state, attempt, not_before) as they were before somebody changed them."""
    monkeypatch.setattr(deliveries, "_EXISTING", SimpleNamespace(run=lambda *_: rows))


@pytest.mark.parametrize("state", [S.ACCEPTED, S.DELIVERED, S.FAILED, S.REVOKED, S.EXPIRED])
def test_a_row_that_is_settled_while_it_is_looked_at_does_not_go_back_onto_the_wire(
    db: Database, monkeypatch: pytest.MonkeyPatch, state: S
) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, state)
        looks_too_early(monkeypatch, (1, S.PENDING, 1, None))
        reopen(connection, lease.campaign)
        row = row_of(connection, lease.campaign)
        assert (row.state, row.attempt) == (state, 1)


def test_a_row_whose_attempt_is_another_by_now_is_not_opened_as_the_one_after(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.PENDING)
        reopen(connection, lease.campaign)
        settle(connection, lease.campaign, S.PENDING, attempt=2)
        looks_too_early(monkeypatch, (1, S.PENDING, 1, None))
        reopen(connection, lease.campaign)
        row = row_of(connection, lease.campaign)
        assert (row.state, row.attempt) == (S.PENDING, 2)


def test_a_row_that_somebody_else_has_made_meanwhile_is_an_error_and_no_second_message(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        looks_too_early(monkeypatch)
        with pytest.raises(RuntimeError, match="two owners opened one shard"):
            reopen(connection, lease.campaign)


def test_an_outcome_of_an_older_attempt_changes_nothing(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.UNKNOWN, not_before=NOW)
        reopen(connection, lease.campaign)
        before = row_of(connection, lease.campaign)
        for state in (S.PENDING, S.UNKNOWN, S.REVOKED, S.EXPIRED, S.FAILED):
            assert settle(connection, lease.campaign, state, reason=FailureReason.REJECTED) == 0
        assert row_of(connection, lease.campaign) == before


def test_a_late_acceptance_counts_whoever_waits_for_it(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        deliveries.give_up_inflight(connection, lease.campaign, BitMap([1]), lease.generation, NOW + 10_000)
        assert settle(connection, lease.campaign, S.ACCEPTED, reference="SM1") == 1
        row = row_of(connection, lease.campaign)
        assert (row.state, row.reference, row.not_before) == (S.ACCEPTED, "SM1", None)
        assert reopen(connection, lease.campaign).intents == ()


def test_a_late_acceptance_does_not_wipe_why_a_later_attempt_failed(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.UNKNOWN, not_before=NOW)
        reopen(connection, lease.campaign)
        settle(connection, lease.campaign, S.FAILED, attempt=2, reason=FailureReason.BAD_ADDRESS)
        settle(connection, lease.campaign, S.ACCEPTED, reference="SM1")
        row = row_of(connection, lease.campaign)
        assert (row.state, row.reason, row.accepted_at) == (S.FAILED, FailureReason.BAD_ADDRESS, NOW + 500)


def test_the_time_of_acceptance_is_that_of_the_first(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, S.ACCEPTED)
        deliveries.settle(connection, [Settlement(lease.campaign, 1, 1, S.ACCEPTED)], NOW + 9000)
        assert deliveries.picture(connection, lease.campaign).accepted.tolist() == [NOW + 500]


def test_what_a_lost_owner_had_on_the_wire_becomes_unknown_and_the_rest_stays(db: Database) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, (1, 2, 3))
        deliveries.open_intents(connection, lease.campaign, [1, 2], lease.generation, NOW, resend=True)
        settle(connection, lease.campaign, S.ACCEPTED, recipient=2)
        given_up = deliveries.give_up_inflight(connection, lease.campaign, lease.recipients, lease.generation, NOW + 1)
        assert given_up == [1]
        states = {recipient: row.state for recipient, row in rows_of(connection, lease.campaign).items()}
        assert states == {1: S.UNKNOWN, 2: S.ACCEPTED}


def test_what_a_newer_owner_has_on_the_wire_is_not_given_up(db: Database) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, (1,))
        deliveries.open_intents(connection, lease.campaign, [1], lease.generation + 1, NOW, resend=True)
        assert not deliveries.give_up_inflight(connection, lease.campaign, BitMap([1]), lease.generation, NOW)


@pytest.mark.parametrize(("end", "reason"), [(S.REVOKED, FailureReason.REVOKED), (S.EXPIRED, FailureReason.EXPIRED)])
def test_the_end_of_an_alert_closes_only_rows_that_wait(db: Database, end: S, reason: FailureReason) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, range(1, 6))
        deliveries.open_intents(connection, lease.campaign, range(1, 6), lease.generation, NOW, resend=True)
        for recipient, state in enumerate((S.PENDING, S.UNKNOWN, S.ACCEPTED, S.FAILED), start=1):
            settle(connection, lease.campaign, state, recipient=recipient)
        assert deliveries.close_pending(connection, lease.campaign, lease.recipients, end) == 1
        rows = rows_of(connection, lease.campaign)
        assert [rows[n].state for n in range(1, 6)] == [end, S.UNKNOWN, S.ACCEPTED, S.FAILED, S.INFLIGHT]
        assert rows[1].reason == reason


def test_closing_a_campaign_reaches_rows_of_every_shard(db: Database) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, range(1, 8))
        deliveries.open_intents(connection, lease.campaign, range(1, 8), lease.generation, NOW, resend=True)
        deliveries.settle(connection, [Settlement(lease.campaign, n, 1, S.PENDING) for n in range(1, 6)], NOW)
        assert deliveries.close_campaign(connection, lease.campaign, S.EXPIRED) == 5
        found = deliveries.states(connection, lease.campaign)
        assert found == {S.EXPIRED: BitMap(range(1, 6)), S.INFLIGHT: BitMap([6, 7])}


def test_not_reached_are_the_failed_the_given_up_and_the_silent_and_nobody_else(db: Database) -> None:
    with scratch(db) as connection:
        lease = a_lease(connection, range(1, 8))
        deliveries.open_intents(connection, lease.campaign, range(1, 8), lease.generation, NOW, resend=True)
        states = (S.FAILED, S.EXPIRED, S.REVOKED, S.ACCEPTED, S.UNKNOWN, S.PENDING)
        for recipient, state in enumerate(states, start=1):
            settle(connection, lease.campaign, state, recipient=recipient)
        failed, unsent = deliveries.not_delivered(connection, lease.campaign, NOW - 1)
        assert (failed, unsent, listening.find_unreported(connection, lease.campaign, NOW - 1)) == (
            BitMap([1, 2]),
            BitMap(),
            BitMap(),
        )
        failed, unsent = deliveries.not_delivered(connection, lease.campaign, NOW)
        silent = listening.find_unreported(connection, lease.campaign, NOW)
        assert (failed, unsent | silent, unsent & silent) == (BitMap([1, 2]), BitMap([4, 5, 6]), BitMap())


def test_a_settlement_of_someone_never_opened_changes_nothing(db: Database) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        assert settle(connection, lease.campaign, S.ACCEPTED, recipient=99) == 0
        assert set(rows_of(connection, lease.campaign)) == {1}


def test_a_thousand_outcomes_are_one_statement_and_each_finds_its_row(db: Database) -> None:
    everyone = range(1, 1001)
    with scratch(db) as connection:
        lease = a_lease(connection, everyone)
        deliveries.open_intents(connection, lease.campaign, everyone, lease.generation, NOW, resend=True)
        outcomes = [Settlement(lease.campaign, n, 1, S.ACCEPTED, reference=f"SM{n}") for n in everyone]
        assert deliveries.settle(connection, outcomes, NOW) == 1000
        assert {n: row.reference for n, row in rows_of(connection, lease.campaign).items()} == {
            n: f"SM{n}" for n in everyone
        }


@pytest.mark.parametrize("state", [S.PENDING, S.UNKNOWN, S.ACCEPTED, S.FAILED])
def test_while_nothing_leaves_new_ones_are_begun_and_whoever_waits_goes_on_waiting(db: Database, state: S) -> None:
    with scratch(db) as connection:
        lease = an_intent(connection)
        settle(connection, lease.campaign, state, not_before=NOW)
        opened = deliveries.open_first_intents(connection, lease.campaign, [1, 2], 1, NOW + 1, NOW + 9000)
        waits = NOW + 9000 if state in (S.PENDING, S.UNKNOWN) else None
        assert opened == deliveries.SendableIntents((SendIntent(2, 1),), waits)
        assert row_of(connection, lease.campaign).state == state
        assert row_of(connection, lease.campaign, 2).sent_at == NOW + 1, "since when the escalation counts"
