"""The neighbours of an area: those that were chosen by hand, and whose outlines touch its own.

突发事件应对法 (2024) art. 64: neighbouring and related governments are told. Which are neighbours does not stop at the
border of a province, and who lies downstream no outline says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from approvals.territory import is_nominal
from hub.store.access import units
from hub.store.register import regions
from targeting.region import covers

TOUCHING = 0.02  #: degrees between outlines of neighbours: those of two sources never agree along a border
_MOST = 8  #: regions proposed though nobody knows whether they touch; a district rarely has more neighbours


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The regions to be told of, by name: those chosen by hand first. `unnamed` counts further ones under the same
    superior of which no outline says whether they touch.
    """

    names: tuple[str, ...]
    unnamed: int = 0


def neighbours_of(connection: Connection, area: str, chosen: Sequence[str]) -> Neighbours:
    """Those chosen for an area by hand, and those whose outlines touch its own.

    Where nobody has chosen, also regions under the same superior that no outline shows to lie apart: the governments
    that are registered before the others, and no more than a few. A list of everybody is no proposal.
    """
    home = regions.by_key(connection, area)
    if home is None:
        return Neighbours(tuple(dict.fromkeys(chosen)))
    ground = regions.outline(connection, area)
    by_hand = [regions.names_by_key(connection, [key]).get(key, key) for key in chosen]
    touching = _touching(connection, area, home.level, ground) if ground is not None else []
    unknown = [] if by_hand else _unknown_siblings(connection, home, ground)
    names = tuple(dict.fromkeys((*by_hand, *touching, *unknown[:_MOST])))
    return Neighbours(names, len(unknown[_MOST:]))


def _unknown_siblings(connection: Connection, home: regions.Region, ground: Any | None) -> list[str]:
    """Regions under the same superior of which nobody knows whether they touch, those with a government first."""
    others = [each for each in _siblings(connection, home.parent) if each.key != home.key]
    drawn = regions.outlines(connection, (each.key for each in others)) if ground is not None else {}
    governed = {each.area for each in units.everything(connection) if each.active and each.kind == units.GOVERNMENT}
    unknown = sorted((each for each in others if each.key not in drawn), key=lambda each: each.key not in governed)
    return [each.name for each in unknown]


def _touching(connection: Connection, area: str, level: int, ground: Any) -> list[str]:
    """Regions of the same level whose outlines touch, in the order of their keys."""
    west, south, east, north = ground.bounds
    box = (west - TOUCHING, south - TOUCHING, east + TOUCHING, north + TOUCHING)
    near = [key for key in regions.outlines_within(connection, box, level) if key != area and not covers(area, key)]
    outlines = regions.outlines(connection, near)
    touching = sorted(key for key, other in outlines.items() if ground.distance(other) <= TOUCHING)
    found = (regions.by_key(connection, key) for key in touching)
    return [each.name for each in found if each is not None and each.level == level]


def _siblings(connection: Connection, parent: int | None) -> list[regions.Region]:
    """The regions under the same superior; a prefecture that is a code alone is none."""
    above = regions.by_id(connection, parent) if parent is not None else None
    if above is None:
        return []
    if not is_nominal(above.key) or above.parent is None:
        return regions.children(connection, above.id)
    nominal = [each for each in regions.children(connection, above.parent) if is_nominal(each.key)]
    return [child for each in nominal for child in regions.children(connection, each.id)]
