"""A synthetic town under the areas of any alert: people, languages, groups and addresses, the same for the same seed.

Nobody in it exists. Telephone numbers lie in +86 199 10…19, wrong ones in +86 199 00; mailboxes at example.org
(RFC 2606), wrong ones beginning with ``bounce``: the counterparts know them by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hub.alert.alert import Alert
from hub.local.demo.layout import Township, lay_out, scatter
from hub.store.register.regions import NewRegion
from targeting.geometry import Shape
from targeting.recipient import Recipient

MOST_CITIZENS = 10_000_000  #: as many numbers as there are in the range we use
BEYOND_SHARE = 0.10  #: citizens outside the areas: they must not be warned

WRONG_PHONE = "+8619900"
WRONG_MAILBOX = "bounce"

_WITHOUT_ANYTHING = 0.02
_WITH_PHONE = 0.95
_WITH_MAILBOX = 0.15
_WRONG = 0.03
#: shares of citizens whose telephone is that of their family, of four, or of the committee of their village
_IN_FAMILY, _AT_COMMITTEE = 0.15, 0.04
_FAMILY, _VILLAGE = 4, 1000
#: share of citizens in each group
_GROUPS: Mapping[str, float] = {
    "elderly": 0.18,
    "children": 0.14,
    "outdoor_workers": 0.08,
    "farmers": 0.06,
    "tourists": 0.03,
    "fishermen": 0.02,
    "hearing_impaired": 0.02,
    "sight_impaired": 0.01,
    "responsible": 0.005,
}
#: languages of people who understand none of the alert's
_OTHERS = ("en", "fr", "zh")
_OTHERS_SHARE = 0.05
_BLOCK = 4096
#: coprime to 10: multiplying by it modulo a power of ten visits every number once, in no visible order
_STRIDE = 7_368_787


@dataclass(frozen=True, slots=True)
class Town:
    """A town. Store `regions` first, then the recipients; add `extra_regions` to the plan's audience.

    `targeted` of the `citizens` are inside the areas of the alert, and exactly they must be selected.
    """

    name: str
    citizens: int
    targeted: int
    regions: tuple[NewRegion, ...]
    townships: tuple[Township, ...]
    extra_regions: frozenset[str]
    languages: tuple[tuple[str, float], ...]
    _heads: tuple[int, ...]
    _shapes: tuple[Shape, ...]
    _seed: int

    @property
    def recipients(self) -> Iterator[Recipient]:
        """Everyone, township by township; each time from the beginning."""
        rng = np.random.default_rng((self._seed, 2))
        first = 0
        for township, heads in zip(self.townships, self._heads, strict=True):
            for start in range(0, heads, _BLOCK):
                count = min(_BLOCK, heads - start)
                yield from self._block(township, first, count, rng)
                first += count

    def _block(self, township: Township, first: int, count: int, rng: np.random.Generator) -> Iterator[Recipient]:
        lats: list[Any] = [None] * count
        lons: list[Any] = [None] * count
        if places := scatter(township, self._shapes, count, rng):
            lats, lons = places[0].tolist(), places[1].tolist()
        tongues = [tongue for tongue, _ in self.languages]
        spoken = rng.choice(len(tongues), count, p=[share for _, share in self.languages]).tolist()
        member = rng.random((count, len(_GROUPS))) < np.array(list(_GROUPS.values()))
        luck = rng.random((count, 5)).tolist()
        names = np.array(list(_GROUPS))
        for at in range(count):
            yield Recipient(
                external_id=f"town-{self._seed}-{first + at:08d}",
                region=township.key,
                language=tongues[spoken[at]],
                lat=lats[at],
                lon=lons[at],
                groups=frozenset(names[member[at]].tolist()),
                addresses=_addresses(first + at, luck[at]),
            )


def seed_town(alert: Alert, n: int, *, seed: int) -> Town:
    """A town of `n` citizens under the areas of the alert. Raises ValueError for n outside 1 to 10,000,000."""
    if not 1 <= n <= MOST_CITIZENS:
        raise ValueError(f"a town has 1 to {MOST_CITIZENS:,} citizens, not {n:,}")
    rng = np.random.default_rng((seed, 1))
    layout = lay_out(alert, rng)
    away = round(n * BEYOND_SHARE)
    inside = [township for township in layout.townships if township.inside]
    heads = (*_share_out(n - away, len(inside), rng), *_share_out(away, len(layout.townships) - len(inside), rng))
    return Town(
        name=layout.name,
        citizens=n,
        targeted=n - away,
        regions=layout.regions,
        townships=layout.townships,
        extra_regions=layout.extra_regions,
        languages=_tongues(alert),
        _heads=heads,
        _shapes=layout.shapes,
        _seed=seed,
    )


def endpoint_plan(town: Town) -> list[tuple[str, str, str | None]]:
    """(channel, name, region key) of the endpoints a town has: a robot per township, two broadcasters, three media.

    Endpoints without a region serve everywhere. Townships beyond the areas have robots too: they must stay silent.
    """
    robots: list[tuple[str, str, str | None]] = [
        ("wecom", f"{township.name} ({township.key})", township.key) for township in town.townships
    ]
    broadcasters = [("broadcast", f"cell broadcast entry {number}", None) for number in (1, 2)]
    media = [("partners", name, None) for name in ("radio", "television", "newspaper")]
    return [*robots, *broadcasters, *media]


def _share_out(people: int, townships: int, rng: np.random.Generator) -> tuple[int, ...]:
    """People over townships, of unequal size, none forgotten."""
    if townships == 0:
        return ()
    return tuple(rng.multinomial(people, rng.dirichlet(np.full(townships, 4.0))).tolist())


def _tongues(alert: Alert) -> tuple[tuple[str, float], ...]:
    """Languages and their shares: the alert's first is spoken most (primary subtags, BCP 47 §2.2.1)."""
    own = list(dict.fromkeys(tag.partition("-")[0].lower() for tag in alert.languages if tag)) or ["zh"]
    other = next((tongue for tongue in _OTHERS if tongue not in own), "de")
    weights = [2.0**-place for place in range(len(own))]
    total = sum(weights)
    spoken = [(tongue, (1 - _OTHERS_SHARE) * weight / total) for tongue, weight in zip(own, weights, strict=True)]
    return (*spoken, (other, _OTHERS_SHARE))


def _addresses(number: int, luck: list[float]) -> dict[str, str]:
    reached, mailed, phone_luck, mailbox_luck, at_home = luck
    if reached < _WITHOUT_ANYTHING:
        return {}
    mixed = number * _STRIDE % MOST_CITIZENS
    found = {}
    has_phone = reached < _WITHOUT_ANYTHING + _WITH_PHONE
    if has_phone:
        line = _head(number, at_home) * _STRIDE % MOST_CITIZENS
        phone = f"{WRONG_PHONE}{mixed % 10**6:06d}" if phone_luck < _WRONG else f"+861991{line:07d}"
        found = {"sms": phone, "voice": phone}
    if mailed < _WITH_MAILBOX or not has_phone:
        word = WRONG_MAILBOX if mailbox_luck < _WRONG else "citizen"
        found["email"] = f"{word}{mixed:07d}@example.org"
    return found


def _head(number: int, at_home: float) -> int:
    """Whose telephone a citizen has: their own, that of the first of their family, or of their village."""
    if at_home < _AT_COMMITTEE:
        return number - number % _VILLAGE
    return number - number % _FAMILY if at_home < _AT_COMMITTEE + _IN_FAMILY else number
