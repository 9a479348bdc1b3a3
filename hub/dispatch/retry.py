"""What an outcome means for its row: the whole retry policy in one match."""

from __future__ import annotations

from dataclasses import dataclass

from channels.message import Accepted, Ambiguous, Deferred, DeliveryState, FailureReason, Outcome, Refused
from hub.settings.settings import DispatchSettings
from hub.store.delivery.deliveries import Settlement


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One try at one delivery. `doubtful`: an earlier try may have arrived, whatever becomes of this one."""

    campaign: int
    recipient: int
    number: int
    doubtful: bool = False


def settlement(
    attempt: DeliveryAttempt, outcome: Outcome, *, now: int, expires: int, settings: DispatchSettings
) -> Settlement:
    """`now` and `expires` in ms. Accepted and Refused are final; Deferred waits, but never beyond the alert's end."""
    state, reason, reference, not_before = _fate(attempt, outcome, now, settings)
    if state is DeliveryState.PENDING and not_before is not None and not_before >= expires:
        state, not_before = DeliveryState.EXPIRED, None
    state = _at_least(attempt, state)
    return Settlement(attempt.campaign, attempt.recipient, attempt.number, state, reason, reference, not_before)


def unsent(attempt: DeliveryAttempt, *, expired: bool) -> Settlement:
    """For an intent that did not leave: its alert is over, or else was cancelled or superseded."""
    state, reason = (
        (DeliveryState.EXPIRED, FailureReason.EXPIRED) if expired else (DeliveryState.REVOKED, FailureReason.REVOKED)
    )
    return Settlement(attempt.campaign, attempt.recipient, attempt.number, _at_least(attempt, state), reason)


def _at_least(attempt: DeliveryAttempt, state: DeliveryState) -> DeliveryState:
    """That this attempt was not sent does not prove that nobody has the message: a Cancel must still go there."""
    unproven = state in (DeliveryState.PENDING, DeliveryState.EXPIRED, DeliveryState.REVOKED)
    return DeliveryState.UNKNOWN if attempt.doubtful and unproven else state


def _fate(
    attempt: DeliveryAttempt, outcome: Outcome, now: int, settings: DispatchSettings
) -> tuple[DeliveryState, FailureReason | None, str | None, int | None]:
    match outcome:
        case Accepted(reference):
            return DeliveryState.ACCEPTED, None, reference or None, None
        case Refused(reason, _):
            return DeliveryState.FAILED, reason, None, None
        case Ambiguous():
            reconcile = now + int(settings.reconcile_after_s * 1000)
            return DeliveryState.UNKNOWN, FailureReason.UNREACHABLE, None, reconcile
        case Deferred(reason, retry_after):
            wait = retry_after.total_seconds() if retry_after else _back_off(attempt, settings)
            return DeliveryState.PENDING, reason, None, now + int(wait * 1000)


def _back_off(attempt: DeliveryAttempt, settings: DispatchSettings) -> float:
    """Doubling, clamped, spread by ±20 % so that those refused together do not come back together.

    The spread is taken from the recipient's number: reproducible, and as good as chance for spreading.
    """
    wait: float = min(settings.retry_most_s, settings.retry_first_s * 2.0 ** min(16, attempt.number - 1))
    return wait * (0.8 + 0.4 * ((attempt.recipient * 2654435761) % 1000) / 1000)
