"""What officials and monitors see of alerts and their delivery: frozen views, safe to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from approvals.issuers import Issuers
from hub.alert.lifecycle import Stage
from targeting.audience import Audience

#: in place of a region: of no region are people without coordinates included
NOBODY = "none"

Finding = dict[str, Any]  #: rule, element, level, text and values of what signers are told


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """How an official wants an alert to go out, beside what its CAP says.

    Empty `channels` means every configured channel; `medium:sms` stands for all channels of a medium. `regions` adds
    region keys to the alert's own areas, `areas` the content of named areas as it is now. `groups` narrows to people in
    any of these groups; empty means everyone there. `also` is joined to it: shapes, languages, and groups in all their
    forms. `unlocated` names the regions whose people without coordinates are included where a shape covers a part; None
    leaves that to the usual shares (decision 42).
    """

    channels: tuple[str, ...] = ()
    regions: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    also: Audience = field(default_factory=Audience)
    unlocated: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One official's word; `delegation` is the paper that lent the power, None where it was the unit's own."""

    official: str
    step: str  # review, sign
    verdict: str  # approve, return, reject
    digest: str
    reason: str
    at: datetime
    void: bool
    delegation: int | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the way to a release: how many persons must take it, and how many have.

    `issuer` is the unit whose own step it is, where several issue the warning and one of them still lacks any.
    """

    step: str
    wanted: int
    given: int
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class CountersignatureView:
    """What a shortened flow still owes, or who gave it: `verdict` is empty until then, else approve or reject."""

    due: datetime
    overdue: datetime | None  # when it was first seen to be late
    met: datetime | None
    by: str
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """An answer there is to a question; `takes` says what must be named with it: time, text or nothing."""

    key: str
    takes: Literal["", "time", "text"]
    values: Mapping[str, str | int | float]
    text: Mapping[str, str]  # by language, zh and en


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What a draft leaves open; `key` is its name in an answer, `source` the text that `rule` stands in."""

    key: str
    kind: str
    rule: str
    element: str
    source: str
    values: Mapping[str, str | int | float]
    text: Mapping[str, str]
    choices: tuple[ChoiceView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """Those who are told the same part of a warning: which sections (empty: all), where, how grave, how many persons.

    Persons are those of the latest submission.
    """

    part: str
    level: str
    areas: tuple[str, ...]
    languages: tuple[str, ...]
    persons: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What the author said to an open question that shows nowhere else in the warning; `question` is its key."""

    question: str
    choice: str
    value: str


@dataclass(frozen=True, slots=True)
class DutyStepView:
    """A step still to be taken, and who on duty can take it; `lacking` persons must be fetched.

    `issuer` is the unit whose own step it is, where several issue the warning. `uncallable` are those on duty who could
    take it and have no number or address: nobody can call them, and they count as lacking.
    """

    step: str
    wanted: int
    on_duty: tuple[str, ...]
    lacking: int
    issuer: str = ""
    uncallable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallView:
    """One call to an official about something that waits: `about` says what, `reference` is its number."""

    reference: int
    about: str
    official: str
    channel: str
    at: datetime
    state: str  # of the delivery: inflight, unknown, accepted, failed, delivered, confirmed
    detail: str
    acknowledged: datetime | None
    acknowledged_by: str  # the channel of the answer, or session


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert as the API and the console show it."""

    id: int
    identifier: str
    sender: str
    sent: str
    status: str
    msg_type: str
    scope: str
    world: str
    level: str  # red, orange, yellow, blue; empty for an order to leave (紧急转移通知) and its end, which have none
    event: str
    headline: str
    stage: Stage
    version: int
    root: int | None
    languages: tuple[str, ...]
    areas: tuple[str, ...]
    channels: tuple[str, ...]
    groups: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...]
    digest: str | None
    targeted: int | None
    authors: tuple[str, ...]
    decisions: tuple[DecisionView, ...]
    missing: tuple[str, ...]  # steps still wanted before release, e.g. ("review", "sign")
    created_at: datetime
    expires_at: datetime | None  # None while the draft does not say, or contradicts itself
    released_at: datetime | None
    ended_at: datetime | None
    issuers: Issuers  # who issues it, alone or jointly; whom they consulted; who publishes for them
    unit: str = ""  # who issues it (谁发布谁负责), in the lead
    path: str = "full"  # full, emergency, standing
    rule: str = ""  # of authority, as it held at submit
    steps: tuple[StepView, ...] = ()  # while it waits for decisions
    countersignature: CountersignatureView | None = None
    relays: int | None = None  # the alert of another unit that this one passes on
    questions: tuple[QuestionView, ...] = ()  # what the draft leaves open: nobody is asked to sign before it is said
    not_before: datetime | None = None  # the hour its author holds it back until
    answers: tuple[AnswerView, ...] = ()  # of its author to what the draft left open
    parts: tuple[PartView, ...] = ()  # counted at submit
    duty: tuple[DutyStepView, ...] = ()  # while it waits: who on duty can take each step; nothing without a roster
    calls: tuple[CallView, ...] = ()  # whom the hub called about it
    ending: str = ""  # of a Cancel: lifted or issued_in_error; its level is that of what it ends
    escalation: tuple[tuple[str, str], ...] = ()  # who is not reached on the first is tried on the second
    notice: str = ""  # evacuation (紧急转移通知) or alarm (an operator's); empty for a warning

    @property
    def is_over(self) -> bool:
        """Whether its time is over, released or not: a page that shows its colour would still warn."""
        return self.stage in (Stage.CANCELLED, Stage.SUPERSEDED, Stage.EXPIRED, Stage.LAPSED)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One page of a listing; `next` is the cursor of the following page, None at the end."""

    items: tuple[AlertView, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """One campaign. targeted = unsent + accepted-or-better + failed + unknown; see docs/overview.md for the words."""

    targeted: int = 0
    accepted: int = 0  # everything the provider took, whatever became of it
    delivered: int = 0  # of these, arrived (confirmed included)
    confirmed: int = 0  # of these, answered by a person
    failed: int = 0
    unknown: int = 0  # targeted, and neither delivered nor failed is known
    waiting: int = 0  # of the unknown: not yet sent
    first_s: float | None = None  # seconds from release to the first provider answer
    p50_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class PersonProgress:
    """Persons over all channels; targeted = reached + failed + unknown, confirmed is part of reached."""

    targeted: int = 0
    reached: int = 0
    confirmed: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class EscalationProgress:
    """So many people are tried on `then`: they failed on `before`, were not sent to, were silent, or the limit came."""

    before: str
    then: str
    cause: str  # failed, unsent, silence, limit
    people: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class WaitProgress:
    """Why the silence of a channel does not count yet, for how many people, and when it will all the same."""

    channel: str
    reason: str  # receipts-at-our-door, receipts-late, receipts-missing
    people: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    alert: int
    stage: Stage
    persons: PersonProgress
    channels: Mapping[str, ChannelProgress] = field(default_factory=dict)
    settled: bool = False  # nothing is waiting or on the wire
    escalations: tuple[EscalationProgress, ...] = ()
    waits: tuple[WaitProgress, ...] = ()


class AlertReader(Protocol):
    """Shows an alert as it is now: whatever changes one answers with it."""

    async def get(self, alert_id: int) -> AlertView:
        """The view of an alert. Raises NotFound."""
        ...
