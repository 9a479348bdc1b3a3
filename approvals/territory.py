"""Territory: which area lies in which, at which tier a unit stands, and who is the common superior."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from targeting.region import NATION, covers, is_chinese, level_of, parent_of

#: Tiers of a unit, by the level of its area; an area that is no Chinese code is ``foreign``.
TIERS = ("country", "province", "prefecture", "county", "township", "village")
FOREIGN = "foreign"


def under(area: str, key: str) -> bool:
    """True where the region `key` lies in `area`; the whole country answers for foreign keys too."""
    return area == NATION or covers(area, key)


def tier(area: str) -> str:
    """The tier of a unit by its area."""
    return TIERS[level_of(area)] if is_chinese(area) else FOREIGN


def upward(area: str) -> Iterator[str]:
    """The area, then every area above it, the country last."""
    at: str | None = area
    while at is not None and at != NATION:
        yield at
        at = parent_of(at)
    yield NATION


def above(area: str, below: str) -> bool:
    """Whether an area is a larger one that holds the other."""
    return area != below and under(area, below)


def common_superior(keys: Iterable[str]) -> str:
    """The smallest area that answers for every key (突发事件应对法 2024 art. 18); the country for none."""
    wanted = tuple(keys)
    if not wanted:
        return NATION
    return next(area for area in upward(wanted[0]) if all(under(area, key) for key in wanted))


def raised(area: str, tiers: AbstractSet[str]) -> str:
    """The area itself or the nearest above it that stands at one of the tiers; empty where none does.

    No tier named is every tier.
    """
    return next((above for above in upward(area) if not tiers or tier(above) in tiers), "")
