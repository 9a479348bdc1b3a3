"""Territory: which area lies in which, at which tier a unit stands, and who is the common superior."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from targeting.region import NATION, covers, is_chinese, level_of, parent_of

#: Tiers of a unit, by the level of its area; an area that is no Chinese code is ``foreign``.
TIERS = ("country", "province", "prefecture", "county", "township", "village")
FOREIGN = "foreign"
WARNING_TIERS = frozenset(TIERS[:4])  #: 县级以上: from the county up (突发事件应对法 2024 art. 64)
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})  #: Beijing, Tianjin, Shanghai, Chongqing
_DISTRICTS = frozenset({"01", "02"})  #: 市辖区, 县
_DIRECT = "90"  #: 省直辖县级行政区划


def under(area: str, key: str) -> bool:
    """True where the region `key` lies in `area`; the whole country answers for foreign keys too."""
    return area == NATION or covers(area, key)


def tier(area: str) -> str:
    """The tier of a unit by its area."""
    return TIERS[level_of(area)] if is_chinese(area) else FOREIGN


def is_nominal(area: str) -> bool:
    """Whether an area is a code alone, under which no government and no unit stands: 市辖区 and 县 of a municipality
    (500100, 500200), and the counties a province governs itself (429000; GB/T 2260).
    """
    if not is_chinese(area) or tier(area) != "prefecture":
        return False
    return area[2:4] == _DIRECT or (area[:2] in _MUNICIPALITIES and area[2:4] in _DISTRICTS)


def upward(area: str) -> Iterator[str]:
    """The area, then every area above it that somebody governs, the country last."""
    at: str | None = area
    while at is not None and at != NATION:
        if at == area or not is_nominal(at):
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


def ancestor_at(area: str, tiers: AbstractSet[str]) -> str:
    """The area itself or the nearest above it that stands at one of the tiers; empty where none does.

    No tier named is every tier. Above a county that its province governs itself the province stands in for the
    prefecture there is none of.
    """
    return next((above for above in upward(area) if not tiers or _tiers_at(above, area) & tiers), "")


def _tiers_at(above: str, area: str) -> frozenset[str]:
    """The tiers an area stands at for one below it."""
    direct = tier(above) == "province" and above != area and is_nominal(f"{area[:4]:0<12}")
    return frozenset({tier(above), "prefecture"} if direct else {tier(above)})
