"""The paper of an authorisation (授权书): the bounds every one has, its digest, and what was decided on it (pure).

Two kinds there are: what a machine may release by itself (`approvals.standing_terms`), and what a unit lends another
(`approvals.delegation`). Both are signed alike, by the officials of the grantor, over every bound in them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from approvals.approval_rule import ApprovalRule
from approvals.decision import Decision
from approvals.digest import canonical
from approvals.grant import Grant
from approvals.level import Level
from approvals.moment import Moment
from approvals.policy_input import PolicyInput
from targeting.region import NATION, covers

LONGEST_VALID = timedelta(days=366)  #: AUTH-2: at most 12 months, then it is looked at again

STRICT = ConfigDict(extra="forbid")
_SETS = ("events", "areas", "channels")
_TIMES = ("valid_from", "valid_until", "review_by")


class StandingRefused(Exception):
    """The document cannot be proposed: names the place and the rule it breaks."""

    def __init__(self, place: str, text: str, rule: str = ApprovalRule.STANDING_DOCUMENT) -> None:
        super().__init__(f"{place}: {text}")
        self.place = place
        self.rule = rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """What every paper bounds. `levels` is the explicit set, never "level Z and above" (AUTH-5). Times carry a zone.

    `grantor` is the name of a unit; `max_persons` the largest audience, None for no bound of its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    scheme: ClassVar[str]  #: of the digest that officials sign; grows with any change of what is hashed or how

    name: str
    document_no: str
    grantor: str
    events: tuple[str, ...]
    levels: tuple[Literal["red", "orange", "yellow", "blue"], ...]
    areas: tuple[str, ...]
    channels: tuple[str, ...]
    valid_from: Moment
    valid_until: Moment
    review_by: Moment
    max_persons: int | None = None
    emergency_only: bool = True

    def tree(self) -> dict[str, Any]:
        """The document as plain values: sets sorted, times in UTC."""
        tree = asdict(self)
        for name in _SETS:
            tree[name] = sorted(tree[name])
        tree["levels"] = sorted(self.levels, key=Level.of, reverse=True)
        for name in _TIMES:
            tree[name] = getattr(self, name).astimezone(UTC).isoformat()
        return tree

    def digest(self) -> str:
        """The scheme and 64 hex digits over every field; the order of sets never changes it."""
        return f"{self.scheme}:{digest_of_paper(self.tree())}"

    def bounds(self, number: int, area: str, kind: str) -> Grant:
        """What every paper of this number bounds of a power it lends; `area` and `kind` are the grantor's."""
        return Grant(
            id=number,
            unit=self.grantor,
            area=area,
            kind=kind,
            levels=frozenset(map(Level.of, self.levels)),
            events=self.events,
            areas=frozenset(self.areas),
            channels=frozenset(self.channels),
            emergency_only=self.emergency_only,
        )

    @property
    def longest(self) -> timedelta:
        """How long a message under it may be in force; nothing where the paper leaves that to the rules."""
        return timedelta()

    @property
    def maximum(self) -> tuple[PolicyInput, ...]:
        """Everything that is at stake at most, one for each level and event: what its signers must be entitled to."""
        return tuple(
            PolicyInput(
                level=Level.of(word),
                event=event,
                areas=frozenset(self.areas),
                channels=frozenset(self.channels),
                persons=self.max_persons or 0,
                msg_type="Alert",
                world="live",
                lasts=self.longest,
            )
            for word in self.levels
            for event in self.events
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing the paper does not cover; `rule` is stable."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class SignedMandate:
    """A paper with what was decided on it. `authors` are who wrote it, `used` counts its uses in the last hour."""

    id: int
    document: Mandate
    digest: str
    authors: frozenset[int]
    decisions: tuple[Decision, ...]
    revoked_at: datetime | None = None
    used: int = 0

    @property
    def maximum(self) -> tuple[PolicyInput, ...]:
        """What its signers must have been entitled to."""
        return self.document.maximum

    def refuses(self, stakes: PolicyInput, at: datetime) -> str:
        """Why the paper does not cover a release of these stakes at this moment; empty where it does (AUTH-1, AUTH-3).

        The texts of a standing authorisation are not at stake but in the message: see `approvals.standing.gaps`.
        """
        broken = in_force(self, at)
        found = [broken] if broken is not None else list(stakes_gaps(self.document, stakes))
        return found[0].text if found else ""


def in_force(paper: SignedMandate, now: datetime) -> Gap | None:
    """AUTH-1: valid from its first moment until before its last, and not revoked. None where it is in force."""
    document = paper.document
    if paper.revoked_at is not None and paper.revoked_at <= now:
        return Gap(ApprovalRule.STANDING_REVOKED, "the authorisation was revoked")
    if not document.valid_from <= now < document.valid_until:
        return Gap(ApprovalRule.STANDING_PERIOD, "the authorisation is not in its period")
    if document.digest() != paper.digest:
        return Gap(ApprovalRule.STANDING_DIGEST, "the document is not the one that was signed")
    return None


def stakes_gaps(document: Mandate, stakes: PolicyInput) -> Iterator[Gap]:
    """Every bound of the paper that these stakes go beyond."""
    if not any(map(stakes.is_about, document.events)):
        yield Gap(ApprovalRule.STANDING_EVENT, "the event is not one of those named")
    if stakes.level.word not in document.levels:
        yield Gap(ApprovalRule.STANDING_LEVEL, f"level {stakes.level.word} is not one of those named")
    outside = sorted(key for key in stakes.areas if not any(_holds(area, key) for area in document.areas))
    if outside or not stakes.areas:
        first = f"{len(outside)} target areas lie outside, the first {outside[0]}" if outside else "no place is named"
        yield Gap(ApprovalRule.STANDING_AREA, first)
    if strange := sorted(stakes.channels - set(document.channels)):
        yield Gap(ApprovalRule.STANDING_CHANNEL, f"channel {strange[0]} is not one of those named")
    if document.max_persons is not None and stakes.persons > document.max_persons:
        yield Gap(ApprovalRule.STANDING_PERSONS, f"{stakes.persons} persons, at most {document.max_persons}")


P = TypeVar("P", bound=Mandate)


def read_paper(adapter: TypeAdapter[P], tree: Mapping[str, Any]) -> P:
    """A document of one kind, its common bounds checked. Raises StandingRefused naming the field."""
    try:
        document = adapter.validate_python(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise StandingRefused(".".join(map(str, first["loc"])) or "document", _describe_fault(first)) from None
    for place in ("name", "document_no", "grantor"):
        must_be_name(document, place)
    for place in (*_SETS, "levels"):
        must_be_set(document, place)
    for pattern in document.events:
        if set("?[]") & set(pattern) or not pattern.strip("* "):
            raise StandingRefused("events", f"{pattern!r}: name the events; only * stands for other text")
    if document.max_persons is not None and document.max_persons < 1:
        raise StandingRefused("max_persons", "at least 1")
    _check_times(document)
    return document


def _describe_fault(error: ErrorDetails) -> str:
    """What is wrong with a field, and for a list that is given as something else how one is written."""
    lists = {"tuple_type", "list_type", "set_type", "frozen_set_type"}
    what = str(error["msg"])
    return f"{what}: write a list, [...], of one entry or more" if error["type"] in lists else what


def digest_of_paper(tree: Mapping[str, Any]) -> str:
    """64 hex digits over a document as `Paper.tree` gives it; whoever holds only the paper computes it anew."""
    return hashlib.sha256(canonical(tree).encode()).hexdigest()


def must_be_name(document: Mandate, place: str) -> None:
    """Raises StandingRefused for an empty text or one too long for a name."""
    value = getattr(document, place)
    if not value.strip() or len(value) > 200:
        raise StandingRefused(place, "1 to 200 characters")


def must_be_set(document: Mandate, place: str) -> None:
    """Raises StandingRefused where nothing is named, or something twice."""
    values = getattr(document, place)
    if not values or len(set(values)) != len(values):
        raise StandingRefused(place, "at least one, each once")


def _check_times(document: Mandate) -> None:
    if document.valid_until <= document.valid_from:
        raise StandingRefused("valid_until", "before it begins")
    if document.valid_until - document.valid_from > LONGEST_VALID:
        raise StandingRefused("valid_until", "at most 12 months after it begins", ApprovalRule.AUTH_2)
    if not document.valid_from < document.review_by <= document.valid_until:
        raise StandingRefused("review_by", "within the period of the document", ApprovalRule.AUTH_2)


def _holds(area: str, key: str) -> bool:
    return area == NATION or covers(area, key)
