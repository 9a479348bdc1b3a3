"""What an outcome means for its row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.message import Accepted, Ambiguous, Deferred, DeliveryState, FailureReason, Outcome, Refused
from hub.dispatch.retry import DeliveryAttempt, settlement, unsent
from hub.settings.settings import DispatchSettings
from tests.for_all import for_all, mostly
from tests.hub.dispatch.scene import HOUR, NOW

S = DeliveryState
SETTINGS = DispatchSettings(retry_first_s=2, retry_most_s=60, reconcile_after_s=10)
reasons = st.sampled_from(FailureReason)
waits = st.one_of(st.none(), st.integers(-10, 10**6).map(lambda s: timedelta(seconds=s)))
deferred = st.builds(Deferred, reasons, st.none() | st.integers(0, 40).map(lambda s: timedelta(seconds=s)))
left = mostly(st.integers(30_000, 100_000), st.integers(1, 10**7))  #: ms until the alert is over
outcomes = st.one_of(
    st.text(max_size=5).map(Accepted),
    st.builds(Deferred, reasons, waits),
    st.builds(Refused, reasons),
    st.just(Ambiguous()),
)


def settled(outcome: Outcome, number: int = 1, recipient: int = 1, expires: int = NOW + HOUR, *, doubtful=False):
    attempt = DeliveryAttempt(7, recipient, number, doubtful)
    return settlement(attempt, outcome, now=NOW, expires=expires, settings=SETTINGS)


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "reference", "wait_ms"),
    [
        (Accepted("SM1"), S.ACCEPTED, None, "SM1", None),
        (Accepted(), S.ACCEPTED, None, None, None),
        (Refused(FailureReason.BAD_ADDRESS, "21211"), S.FAILED, FailureReason.BAD_ADDRESS, None, None),
        (Ambiguous(), S.UNKNOWN, FailureReason.UNREACHABLE, None, 10_000),
        (Deferred(FailureReason.THROTTLED, timedelta(seconds=7)), S.PENDING, FailureReason.THROTTLED, None, 7000),
        (Deferred(FailureReason.UNREACHABLE, timedelta(hours=2)), S.EXPIRED, FailureReason.UNREACHABLE, None, None),
    ],
)
def test_an_outcome_decides_state_reason_and_wait(outcome, state, reason, reference, wait_ms) -> None:
    got = settled(outcome)
    due = None if wait_ms is None else NOW + wait_ms
    assert (got.state, got.reason, got.reference, got.not_before) == (state, reason, reference, due)
    assert (got.campaign, got.recipient, got.attempt) == (7, 1, 1)


@for_all(mostly(deferred, outcomes), st.integers(1, 30_000), st.integers(1, 2**31), left)
def test_no_row_waits_to_be_sent_beyond_the_end_of_its_alert(outcome, number, recipient, left) -> bool:
    got = settled(outcome, number, recipient, NOW + left)
    if got.state is not S.PENDING:
        return False
    assert got.not_before is not None
    assert got.not_before < NOW + left
    return True


@given(number=st.integers(1, 30_000), recipient=st.integers(1, 2**40))
def test_the_wait_is_within_a_fifth_of_the_doubled_one(number: int, recipient: int) -> None:
    wait = (settled(Deferred(FailureReason.THROTTLED), number, recipient).not_before or 0) - NOW
    middle = min(60_000, 2000 * 2 ** min(16, number - 1))
    assert 0.8 * middle - 1 <= wait <= 1.2 * middle


@given(recipient=st.integers(1, 2**40), number=st.integers(1, 40))
def test_each_further_attempt_waits_at_least_as_long(recipient: int, number: int) -> None:
    one, next_one = (
        settled(Deferred(FailureReason.UNREACHABLE), n, recipient).not_before for n in (number, number + 1)
    )
    assert one is not None
    assert next_one is not None
    assert one <= next_one


def test_those_refused_together_do_not_come_back_together() -> None:
    waits = [settled(Deferred(FailureReason.THROTTLED), recipient=n).not_before or 0 for n in range(1, 1001)]
    tenths = [sum(1 for wait in waits if (wait - NOW - 1600) // 80 == tenth) for tenth in range(10)]
    assert min(tenths) > 50, tenths


@given(outcome=outcomes, expires=st.sampled_from([NOW + 1, NOW + HOUR]))
def test_a_row_that_may_have_arrived_is_never_called_unsent(outcome: Outcome, expires: int) -> None:
    got = settled(outcome, 2, expires=expires, doubtful=True)
    assert got.state in (S.ACCEPTED, S.FAILED, S.UNKNOWN)


@pytest.mark.parametrize(
    ("expired", "doubtful", "state", "reason"),
    [
        (True, False, S.EXPIRED, FailureReason.EXPIRED),
        (False, False, S.REVOKED, FailureReason.REVOKED),
        (True, True, S.UNKNOWN, FailureReason.EXPIRED),
        (False, True, S.UNKNOWN, FailureReason.REVOKED),
    ],
)
def test_an_intent_that_does_not_leave_says_why(expired: bool, doubtful: bool, state: S, reason: FailureReason) -> None:
    got = unsent(DeliveryAttempt(7, 1, 1, doubtful), expired=expired)
    assert (got.state, got.reason, got.not_before) == (state, reason, None)
