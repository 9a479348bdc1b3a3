"""One rule of authority: for which warnings it holds, what it demands, and which units may take which act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from approvals.event import Event
from approvals.level import Level
from approvals.official import Official, Right
from approvals.pattern import matches, weight
from approvals.policy_input import PolicyInput
from approvals.territory import tier
from targeting.region import NATION, covers, level_of

#: The acts of the release path. An administrator of the platform never holds one, whatever the account says (SEP-5).
RELEASE_PATH = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE})
COMPETENT = "@competent"  #: among kinds: whoever the table of events says may warn of the event
CANCEL = "Cancel"  #: CAP 1.2 §3.2.1 msgType of what ends a warning (解除)


@dataclass(frozen=True, slots=True)
class Units:
    """Whose officials an act is open to: tiers and kinds of the unit, offices held in it; empty means any.

    `COMPETENT` among the kinds stands for those the table of events names. `outside`: of such units also where they do
    not issue the warning themselves, over whose issuers' areas they stand: a government signs for its department.
    """

    tiers: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    outside: bool = False

    def of_event(self, event: Event | None, kind: str) -> Units:
        """The units with the kinds that the table names in the place of its word, and the tiers at which a unit of this
        kind may warn of the event; where the kind may not at all, the tiers of those that may.
        """
        if COMPETENT not in self.kinds or event is None:
            return self
        own = [issuer.tiers for issuer in event.competent if issuer.kind == kind]
        at = own or [issuer.tiers for issuer in event.competent]
        tiers = frozenset().union(*at) if all(at) and kind not in self.kinds else frozenset()
        kinds = self.kinds - {COMPETENT} | {issuer.kind for issuer in event.competent}
        return replace(self, kinds=kinds, tiers=(self.tiers & tiers or tiers) if tiers else self.tiers)

    def misfit(self, official: Official) -> str:
        """What keeps the official out: ``kind``, ``tier`` or ``office``; empty where nothing does."""
        if self.kinds and official.kind not in self.kinds:
            return "kind"
        if self.tiers and tier(official.area) not in self.tiers:
            return "tier"
        return "office" if self.offices and official.office not in self.offices else ""


@dataclass(frozen=True, slots=True)
class Emergency:
    """The shortened flow (紧急发布, DB45/T 2427-2021): fewer persons now, a countersignature within a time."""

    events: tuple[str, ...]
    steps: Mapping[str, int]
    countersign: timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to but not including `until`; None is without end on that side. Times carry a zone."""

    start: datetime | None = None
    until: datetime | None = None

    @property
    def is_dated(self) -> bool:
        return self.start is not None or self.until is not None

    def has(self, at: datetime | None) -> bool:
        """Whether the moment lies in it. An unknown moment lies only in a period without ends."""
        if at is None:
            return not self.is_dated
        return (self.start is None or self.start <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Partners:
    """Kinds of units without which nobody warns of an event: those that issue it too (会同), those that are asked."""

    joint: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityRule:
    """What one law demands for some levels and events. `source` names that law.

    `area` is the region whose law this is; `channels` those it is limited to, none named being every one; `period`
    when it is in force. `who` is open to every act, unless `acts` says otherwise for one; `lifting` takes the place of
    both for a Cancel, and `relaying` for what only passes on another unit's warning: any unit, for its own area, unless
    it says otherwise. `refer_to` is the tier that is competent where a unit's own is not.
    Of several rules that apply, the greatest `precedence` holds, then the deepest area, then the most specific event
    pattern, then one limited to channels, then one that is in force for a time.
    """

    id: str
    levels: frozenset[Level]
    events: tuple[str, ...]
    steps: Mapping[str, int]  #: distinct persons wanted per step
    source: str
    area: str = NATION
    channels: frozenset[str] = frozenset()
    period: Period = Period()
    longest: timedelta | None = None
    who: Units = Units()
    acts: Mapping[Right, Units] = field(default_factory=dict)
    lifting: Units | None = None
    relaying: Units = Units()
    refer_to: str = ""
    emergency: Emergency | None = None
    delegable: bool = True  #: False: the law binds it to these units themselves, and no paper lends it
    public: bool = True  #: False: no warning of this kind is for the public (突发事件应对法 2024 art. 69)
    precedence: int = 0
    partners: Partners | None = None  #: where the law of this rule says so, in the place of the table of events

    def rank(self, pattern: str) -> tuple[int, int, bool, int, bool, bool]:
        """The order among rules that apply, for one of this rule's patterns."""
        return self.precedence, level_of(self.area), *weight(pattern), bool(self.channels), self.period.is_dated

    def applies(self, stakes: PolicyInput, channel: str = "") -> bool:
        """True where level, event, every target, the channel and the moment are this rule's."""
        inside = self.area == NATION or (bool(stakes.areas) and all(covers(self.area, key) for key in stakes.areas))
        fits = inside and stakes.level in self.levels and any(matches(p, stakes.event) for p in self.events)
        return fits and (not self.channels or channel in self.channels) and self.period.has(stakes.at)

    def units(self, act: Right, stakes: PolicyInput) -> Units:
        """Whose officials may take the act."""
        if stakes.relays:
            return self.relaying
        if stakes.msg_type == CANCEL and self.lifting is not None:
            return self.lifting
        return self.acts.get(act, self.who)

    def has_emergency(self, stakes: PolicyInput) -> bool:
        """True where this rule itself shortens the flow for the event."""
        return self.emergency is not None and any(matches(p, stakes.event) for p in self.emergency.events)


def join_names(rules: Sequence[AuthorityRule]) -> str:
    """The name of one or several rules that hold together."""
    return "+".join(rule.id for rule in rules)
