"""Silence: when no report about a message means that nobody has it, and when it means that nobody listened.

A carrier that loses its receipts and a busy machine of our own are as silent as a telephone that is off. So silence
counts only while reports of the same channel come as they usually do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import comb

#: reports that came later than usual may be this share of a campaign before its silence stops being evidence: at most
#: so many are then taken for silent who will be reported delivered
LATE_SHARE = 0.01
#: below this probability so few reports are no chance
IMPROBABLE = 0.01
#: up to so many messages the probability is summed up; beyond, half of what is usual is never a chance
SUMMED_MOST = 100


class Cause(StrEnum):
    """Why somebody is tried on the next channel."""

    FAILED = "failed"  #: refused by the provider, or reported undelivered
    UNSENT = "unsent"  #: still waits for an attempt after the time a channel has
    SILENCE = "silence"  #: no report, while reports of others came as usual
    LIMIT = "limit"  #: no report, nobody listened, and the level allows no longer wait


class Wait(StrEnum):
    """Why silence is no evidence just now."""

    DOOR = "receipts-at-our-door"  #: reports wait to be written by our own server
    LATE = "receipts-late"  #: reports come, long after their time
    MISSING = "receipts-missing"  #: far fewer came than this channel's usual share


@dataclass(frozen=True, slots=True)
class Usual:
    """What is known of a channel from its own past: which share of messages is reported on, most within `delay_ms`."""

    share: float = 0.95
    delay_ms: int = 0


@dataclass(frozen=True, slots=True)
class Reports:
    """What a campaign heard of messages that are past their patience. `late` of the reports came lately and late."""

    sent: int
    reported: int
    late: int
    last: int | None  #: when the newest report came (ms)


def judge(reports: Reports, usual: Usual, *, backlog: bool) -> Wait | None:
    """Why the silence of those without a report is no evidence; None where it is."""
    if backlog:
        return Wait.DOOR
    if reports.late > max(1.0, LATE_SHARE * reports.sent):
        return Wait.LATE
    if reports.reported < usual.share * reports.sent / 2 and _is_improbable(reports, usual.share):
        return Wait.MISSING
    return None


def non_delivery(cause: Cause, usual: Usual) -> float:
    """How likely it is, by the channel's own past, that somebody who climbs for this cause has not got the message."""
    if cause in (Cause.FAILED, Cause.UNSENT):
        return 1.0
    unreported = 1 - usual.share
    if cause is Cause.LIMIT:
        return unreported  # without reports nothing is known of this message: it is like any other
    # Bayes: not to be reported at all, given that nothing came in the time in which 95 of 100 reports come.
    return unreported / (1 - 0.95 * usual.share)


def _is_improbable(reports: Reports, share: float) -> bool:
    """Whether so few reports of so many messages would be a rare chance if each were reported on with `share`."""
    n, k = reports.sent, reports.reported
    if n > SUMMED_MOST:
        return True
    return sum(comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(k + 1)) < IMPROBABLE
