"""The answer to whether an official may do something: allowed, denied, or a matter for another unit."""

from __future__ import annotations

from dataclasses import dataclass, field

#: by what title an official has a part in a warning
ISSUER, NAMED, SUPERIOR, LENT, PUBLISHER = "issuer", "named", "superior", "lent", "publisher"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The official may, by this rule; `grant` is the paper that lent the power, 0 where it is the unit's own.

    `issuers` are those of the warning for whom the act counts, and `title` says why it does.
    """

    rule: str
    grant: int = 0
    issuers: frozenset[str] = field(default=frozenset(), compare=False)
    title: str = field(default=ISSUER, compare=False)


@dataclass(frozen=True, slots=True)
class Denied:
    """The official may not; `reason` is fit to be shown to him, and `remedy` says what can be done instead."""

    rule: str
    reason: str
    remedy: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Referral(Denied):
    """The official may not, but a unit of `area` (at `tier`, of one of `kinds` where any are named) may.

    It is a refusal first: whoever asks only whether something was denied lets nothing pass.
    `trigger` is HU-1 (level), HU-2 (a change raises it), HU-3 (area), HU-4 (event), HU-5 (social security).
    """

    area: str
    tier: str
    kinds: tuple[str, ...] = ()
    trigger: str = "HU-1"


Answer = Allowed | Denied
