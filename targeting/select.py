"""From an audience to the people in it: places united, narrowed by groups and languages, as a bitmap and its why."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from targeting import cell, geometry
from targeting.audience import Audience
from targeting.effort import ShapeBudget, must_be_tractable
from targeting.raster import DOUBTFUL, INSIDE, Raster, raster

S = TypeVar("S")

_FIRST_CELLS = 8  #: border cells looked at first; then as many as hold about _AT_ONCE people
_AT_ONCE = 200_000
_CROWD = 500  #: people from which on it is cheaper to draw a grid over the shape and look where they stand in it

#: said of a region that was also looked for on the ground
BY_OUTLINE = "with everyone who stands within its outline"


@dataclass(frozen=True, slots=True)
class LocatedPeople:
    """People with coordinates: three arrays of one length; degrees WGS 84."""

    ids: NDArray[np.uint32]
    lats: NDArray[np.float64]
    lons: NDArray[np.float64]


class Directory(Protocol):
    """Where people are filed. Ids are positive and below 2³²; unknown keys and cells hold nobody."""

    def regions(self, keys: Collection[str]) -> Mapping[str, BitMap]:
        """Of each region everyone registered in it or in any region below it; one that holds nobody may be missing."""
        ...

    def outlines(self, keys: Collection[str]) -> Mapping[str, Any]:
        """The ground each region covers, a shapely polygon or multipolygon (lon lat), of those where that is known."""
        ...

    def group(self, key: str) -> BitMap:
        """Everyone in the population group."""
        ...

    def language(self, wanted: str) -> BitMap:
        """Everyone whose language is in the range, by RFC 4647 §3.3.1: the tag itself or one that it begins."""
        ...

    def occupied_cells(self, resolution: int, parents: Sequence[int] | None) -> Sequence[int]:
        """The cells of one resolution that hold anyone, under any of these coarser cells; None is the whole world."""
        ...

    def cells(self, cells: Sequence[int]) -> BitMap:
        """Everyone in any of these cells, which may be of different resolutions."""
        ...

    def located_persons(self, cells: Sequence[int]) -> LocatedPeople:
        """Everyone in these cells of the finest resolution, with coordinates."""
        ...


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of an audience and how many it holds before the parts are joined; a person may count in several.

    `kind` is region, polygon, circle, corridor, unlocated, group (any of), group-all, group-none or language; `key` the
    region, group or language, or the position of the shape from 1. `notes` say what was repaired or assumed.
    """

    kind: str
    key: str
    count: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Who is selected, by internal id, and which clauses of the audience found them."""

    bits: BitMap
    why: tuple[Clause, ...]

    @property
    def count(self) -> int:
        """Persons selected."""
        return len(self.bits)


def select(directory: Directory, audience: Audience) -> Selection:
    """Selects. A placeless audience selects nobody.

    A region holds who is registered in it or below it, and who stands within its outline where the directory knows
    one: codes of a scheme nobody is registered under, such as weather zones, are found so. People without coordinates
    are found by their region only: a shape never finds them, not even one that holds the whole outline of their
    region, because an outline is no register of who lives there. Whether those of a region that a shape covers in part
    are meant all the same is said in the audience, region by region (`unlocated`). Raises ShapeRefused naming the
    shape: leaving a refused shape out would leave its people unwarned in silence.
    """
    bits, why = BitMap(), list[Clause]()
    index = _Index(directory)
    registered, grounds = directory.regions(audience.regions), directory.outlines(audience.regions)
    for key in sorted(audience.regions):
        found, notes = registered.get(key, BitMap()), tuple[str, ...]()
        outline = grounds.get(key)
        if outline is not None:
            found = found | index.within(geometry.shape_of(outline))
            notes = (BY_OUTLINE,)
        why.append(Clause("region", key, len(found), notes))
        bits |= found
    for kind, number, shape in shapes_of(audience):
        found = index.within(shape)
        why.append(Clause(kind, str(number), len(found), shape.notes))
        bits |= found
    for key, found in unlocated_persons(directory, audience.unlocated).items():
        why.append(Clause("unlocated", key, len(found)))
        bits |= found
    meant = narrow(directory, audience, bits, why)
    return Selection(meant, tuple(why))


def unlocated_persons(directory: Directory, keys: Collection[str]) -> dict[str, BitMap]:
    """Of each region, in order, everyone registered there or below it who has no coordinates."""
    if not keys:
        return {}
    registered = directory.regions(keys)
    somewhere = located_anywhere(directory)
    return {key: registered.get(key, BitMap()) - somewhere for key in sorted(keys)}


def located_anywhere(directory: Directory) -> BitMap:
    """Everyone with coordinates: all there are stand in one of the coarsest cells."""
    return directory.cells(directory.occupied_cells(cell.RESOLUTIONS[0], None))


def narrow(directory: Directory, audience: Audience, placed: BitMap, why: list[Clause] | None = None) -> BitMap:
    """Those of the people placed who are in the groups and speak the languages; adds the clauses to `why`."""
    clauses = [] if why is None else why

    def held(kind: str, find: Callable[[str], BitMap], keys: Iterable[str]) -> list[BitMap]:
        bitmaps = [(key, find(key)) for key in sorted(keys)]
        clauses.extend(Clause(kind, key, len(bitmap)) for key, bitmap in bitmaps)
        return [bitmap for _, bitmap in bitmaps]

    groups = audience.groups
    if groups.any:
        placed = placed & BitMap.union(*held("group", directory.group, groups.any))
    if groups.all:
        placed = BitMap.intersection(placed, *held("group-all", directory.group, groups.all))
    if groups.none:
        placed = BitMap.difference(placed, *held("group-none", directory.group, groups.none))
    if audience.languages:
        placed = placed & BitMap.union(*held("language", directory.language, audience.languages))
    return placed


def shapes_of(audience: Audience) -> Iterator[tuple[str, int, geometry.Shape]]:
    """Every shape with its kind and its position from 1. Raises ShapeRefused naming kind and position, or too many."""
    must_be_tractable(audience)
    effort = ShapeBudget()
    for number, ring in enumerate(audience.polygons, 1):
        yield "polygon", number, _build_shape("polygon", number, partial(geometry.polygon, effort=effort), ring)
    for number, area in enumerate(audience.circles, 1):
        yield "circle", number, _build_shape("circle", number, geometry.circle, area)
    for number, band in enumerate(audience.corridors, 1):
        yield "corridor", number, _build_shape("corridor", number, partial(geometry.corridor, effort=effort), band)


def _build_shape(kind: str, number: int, build: Callable[[S], geometry.Shape], part: S) -> geometry.Shape:
    try:
        return build(part)
    except geometry.ShapeRefused as refused:
        raise geometry.ShapeRefused(f"{kind} {number}: {refused}") from None


class _Index:
    """Walks the cells from coarse to fine, asking the directory only for what a shape touches.

    It remembers envelopes and occupied cells, because the shapes of one alert usually lie together.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._children: dict[int | None, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}

    def within(self, shape: geometry.Shape) -> BitMap:
        inside: list[int] = []
        border: list[int] | None = None
        for resolution in cell.RESOLUTIONS:
            cells, boxes = self._occupied_cells(resolution, border)
            surely, touched = shape.around(boxes)
            inside.extend(cells[surely].tolist())
            border = cells[touched & ~surely].tolist()
            if not border:
                break
        found = self._directory.cells(inside) if inside else BitMap()
        return found | self._standing(shape, border or [])

    def _standing(self, shape: geometry.Shape, border: Sequence[int]) -> BitMap:
        """Who in the border cells is inside, some cells at a time: cities are dense, the country is not."""
        found, start, step, grid = BitMap(), 0, _FIRST_CELLS, None
        while start < len(border):
            people = self._directory.located_persons(border[start : start + step])
            if grid is None and len(people.ids) >= _CROWD:
                grid = raster(shape)
            found |= BitMap(array("I", people.ids[_inside(shape, grid, people)].tobytes()))
            start += step
            step = max(1, min(4 * step, step * _AT_ONCE // max(1, len(people.ids))))
        return found

    def _occupied_cells(
        self, resolution: int, parents: Sequence[int] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        wanted: Sequence[int | None] = [None] if parents is None else parents
        unknown = [parent for parent in wanted if parent not in self._children]
        if unknown:
            self._learn(resolution, None if parents is None else [parent for parent in unknown if parent is not None])
        known = [self._children[parent] for parent in wanted]
        return np.concatenate([cells for cells, _ in known]), np.concatenate([boxes for _, boxes in known])

    def _learn(self, resolution: int, parents: Sequence[int] | None) -> None:
        cells = np.asarray(self._directory.occupied_cells(resolution, parents), dtype=np.int64)
        boxes = cell.envelopes(cells.tolist())
        if parents is None:
            self._children[None] = cells, boxes
            return
        cells, boxes = cells[order := np.argsort(cells)], boxes[order]
        for parent in parents:
            low, high = np.searchsorted(cells, cell.range_of(parent, resolution))
            self._children[parent] = cells[low:high], boxes[low:high]


def _inside(shape: geometry.Shape, grid: Raster | None, people: LocatedPeople) -> NDArray[np.bool_]:
    """Who is inside: by the square they stand in where that decides, else by their coordinates."""
    if grid is None:
        return shape.holds(people.lons, people.lats)
    states = grid.at(people.lons, people.lats)
    inside: NDArray[np.bool_] = states == INSIDE
    doubtful = np.flatnonzero(states == DOUBTFUL)
    inside[doubtful] = shape.holds(people.lons[doubtful], people.lats[doubtful])
    return inside
