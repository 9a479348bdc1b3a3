"""What it is that waits, and how each kind of it says so: the table of kinds is `hub.callout.kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from approvals.level import Level
from approvals.official import Official
from hub.store.alerts.calls import Matter, NewMatter, UnreadableMatter

DECISION, REFERRAL, COUNTERSIGNATURE = "decision", "referral", "countersignature"
REQUEST, ALARM, DUTY = "request", "alarm", "duty"
#: kinds that no act elsewhere ends: somebody says that they have seen to it
SEEN_TO = frozenset({ALARM})
WITHOUT_LEVEL = Level.ORANGE  #: the pace of what belongs to no warning

MOST_DIGITS = 18  #: of a number in SQL

#: why a matter was closed
ACTED, GIVEN_UP, SEEN = "acted on or withdrawn", "nobody acted in a day", "seen to by "
GIVE_UP_MS = 24 * 3_600_000  #: what nobody acted on in a day is no emergency any more

May = Callable[[Official], bool]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits now. `wanted` persons must act; `page` is the console's page of it.

    `since` is when it was last reported (ms), where a report after its end begins it anew.
    """

    new: NewMatter
    page: str
    wanted: int = 1
    since: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        return self.new.kind, self.new.subject, self.new.occasion

    def begins(self, known: Matter | UnreadableMatter | None) -> bool:
        """Whether it begins to wait now: it never did, or it does again after it was closed, by the hub or by hand."""
        if known is None or isinstance(known, UnreadableMatter):
            return known is None
        if known.closed_at is None or not is_closed_by_hub(known):
            return known.closed_at is not None
        return known.closed_reason == ACTED if known.kind not in SEEN_TO else self.since > known.closed_at


@dataclass(frozen=True, slots=True)
class Unknowable:
    """Whether something waits cannot be said: its rows do not read. Without a subject, of the whole kind."""

    kind: str
    subject: str
    reason: str

    def covers(self, matter: Matter) -> bool:
        return self.kind == matter.kind and self.subject in ("", matter.subject)


def is_closed_by_hub(matter: Matter) -> bool:
    """Whether the hub itself may have closed it so. One UPDATE must not silence the calling about what still waits."""
    if matter.closed_reason == GIVEN_UP:
        return matter.closed_at is not None and matter.closed_at - matter.opened_at > GIVE_UP_MS
    return matter.closed_reason.startswith(SEEN) if matter.kind in SEEN_TO else matter.closed_reason == ACTED


class WaitingKind(Protocol):
    """One kind of thing that officials are called about. Reads only."""

    name: str

    def waiting(self, connection: Connection, now: int) -> Iterable[Waiting | Unknowable]:
        """Everything of this kind that waits at this moment; what has been acted on or withdrawn is not in it."""
        ...

    def may_act(self, connection: Connection, waiting: Waiting) -> May:
        """Who can act on it, by the same judgement as the act itself will pass."""
        ...


def alert_of(subject: str) -> int:
    """The number of the alert a subject names; 0 for none, and for what is no number of a row."""
    word, _, number = subject.partition("/")
    return int(number) if word == "alert" and number.isdecimal() and len(number) <= MOST_DIGITS else 0


def page_of(subject: str) -> str:
    """The console's page of a subject such as ``alert/12``; its first page for what has none of its own."""
    word, _, number = subject.partition("/")
    return f"/console/alerts/{number}" if word == "alert" and number.isdecimal() else "/console"
