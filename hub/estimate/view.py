"""An estimate as officials see it: counts of people, never people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.alert.views import PartView
from hub.audience.unlocated import Unplaced
from hub.dossier.authority import CompetentUnit
from hub.estimate.gaps import Formless, UnwrittenLanguage
from hub.store.register.shared import Sharing


@dataclass(frozen=True, slots=True)
class KeyCount:
    """Persons under a key: a region, group, language or channel."""

    key: str
    name: str
    persons: int


@dataclass(frozen=True, slots=True)
class RegionalSpread:
    """Persons by township, most first; who is registered only above one is counted there. `further` were left out."""

    shown: tuple[KeyCount, ...]
    further: int = 0
    further_persons: int = 0


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Persons none of the chosen channels can reach.

    `served` of them live where an endpoint of a chosen channel serves: it may be heard there. `others` are the channels
    that are configured, not chosen, and would reach them.
    """

    persons: int
    served: int
    townships: RegionalSpread
    groups: tuple[KeyCount, ...]
    others: tuple[KeyCount, ...]


@dataclass(frozen=True, slots=True)
class RecentMessages:
    """What the same people were sent in the last `hours`: by how many alerts, how many of them at all.

    `histogram` is persons by number of alerts. `budget` is what the level allows (0: no bound), `over` who has had as
    many already, `townships` where those live, or without a bound those who were sent any.
    """

    hours: int
    alerts: int
    persons: int
    histogram: Mapping[str, int]
    budget: int
    over: int
    townships: RegionalSpread


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The regions at stake that lie outside the area of the unit, and the unit that is competent instead, if any."""

    unit: str
    area: str
    outside: tuple[KeyCount, ...]
    rule: str
    reason: str
    referral: CompetentUnit | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an alert would do at the moment `at`. Advice: release selects anew.

    `refusing` people are left out because they refused every channel they have; `overridden` of `persons` would be, did
    the law not override it. `channels` are the personal ones: who has an address there and takes it.
    `shared` says of a channel how many numbers several of them have: each is told once, in each language they want.
    Each person is once in `townships` and in `languages`; in any number of `groups` and `channels`. `findings` with
    level block refuse the submission, those with warn go to the reviewers. `told` are `persons` and, of an Update,
    whoever holds what it changes and is to hear of it; each of them is in one of `parts`. `unlocated` are those who may
    be inside a shape and cannot be placed.
    """

    at: datetime
    alert: int | None
    level: str
    persons: int
    refusing: int
    overridden: int
    townships: RegionalSpread
    groups: tuple[KeyCount, ...]
    languages: tuple[KeyCount, ...]
    channels: tuple[KeyCount, ...]
    shared: tuple[Sharing, ...]
    unreachable: Unreachable
    unwritten: tuple[UnwrittenLanguage, ...]
    formless: tuple[Formless, ...]
    recent: tuple[RecentMessages, ...]
    jurisdiction: Jurisdiction | None
    findings: tuple[Mapping[str, Any], ...]
    unlocated: tuple[Unplaced, ...] = ()
    told: int = 0
    parts: tuple[PartView, ...] = ()
