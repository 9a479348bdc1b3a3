"""The audience of a warning, as officials state it: places, groups and languages, not people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]  #: latitude, longitude: WGS 84 degrees, in the order of CAP


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the sphere: centre in WGS 84 degrees, radius in kilometres (CAP 1.2 §3.2.4 circle)."""

    lat: float
    lon: float
    radius_km: float
    buffer_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed ring of (lat, lon) pairs in WGS 84 degrees, first equal to last (CAP 1.2 §3.2.4 polygon).

    `holes` are rings of the same form that are taken out (RFC 7946 §3.1.6). An area of several parts is several
    polygons. `buffer_km` adds everyone who is at most so far from the polygon.
    """

    ring: tuple[Point, ...]
    holes: tuple[tuple[Point, ...], ...] = ()
    buffer_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Corridor:
    """Everyone at most `half_width_km` from a line, such as the track of a typhoon or a river.

    The line runs through its (lat, lon) points in order, along great circles, the short way from each to the next.
    """

    line: tuple[Point, ...]
    half_width_km: float
    buffer_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Groups:
    """Population groups: in one of `any`, in each of `all` and in none of `none`; what is empty asks for nothing."""

    any: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """Every key that is named."""
        return self.any | self.all | self.none

    def hold(self, groups: frozenset[str]) -> bool:
        """True for a person of these groups."""
        return not (self.any and self.any.isdisjoint(groups)) and self.all <= groups and self.none.isdisjoint(groups)


@dataclass(frozen=True, slots=True)
class Audience:
    """(regions ∪ polygons ∪ circles ∪ corridors ∪ unlocated) ∩ groups ∩ any of the languages; no group and no language
    named means everyone there.

    `regions` are region keys: a 12-digit Chinese code, or ``scheme:code`` for any other geocode. `languages` are
    language ranges (RFC 4647 §2.1): ``en`` holds who wants ``en`` or ``en-US``. `unlocated` are region keys of which
    only those are meant who are registered there, or below, without coordinates: no shape can find them.
    """

    regions: frozenset[str] = frozenset()
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    groups: Groups = Groups()
    corridors: tuple[Corridor, ...] = ()
    languages: frozenset[str] = frozenset()
    unlocated: frozenset[str] = frozenset()

    @property
    def has_shapes(self) -> bool:
        """True where a place is drawn, not only named."""
        return bool(self.polygons or self.circles or self.corridors)

    @property
    def is_placeless(self) -> bool:
        """True where no place is named at all: such an audience is nobody, never everybody."""
        return not (self.regions or self.has_shapes or self.unlocated)


def unite_audiences(*parts: Audience) -> Audience:
    """The places of all, narrowed by all they ask of groups and languages; each shape once, in order."""
    return Audience(
        regions=frozenset[str]().union(*(part.regions for part in parts)),
        polygons=tuple(dict.fromkeys(shape for part in parts for shape in part.polygons)),
        circles=tuple(dict.fromkeys(shape for part in parts for shape in part.circles)),
        groups=Groups(
            frozenset[str]().union(*(part.groups.any for part in parts)),
            frozenset[str]().union(*(part.groups.all for part in parts)),
            frozenset[str]().union(*(part.groups.none for part in parts)),
        ),
        corridors=tuple(dict.fromkeys(shape for part in parts for shape in part.corridors)),
        languages=frozenset[str]().union(*(part.languages for part in parts)),
        unlocated=frozenset[str]().union(*(part.unlocated for part in parts)),
    )


def in_range(tag: str, wanted: str) -> bool:
    """True for a language tag within a range: the tag itself or one it begins (RFC 4647 §3.3.1, basic filtering)."""
    tag, wanted = tag.casefold(), wanted.casefold()
    return tag == wanted or tag.startswith(wanted + "-")


def tree(audience: Audience) -> dict[str, Any]:
    """The audience as JSON-able lists and numbers in one spelling: sets and shapes sorted, every number a float.

    Two audiences that mean the same by their parts have the same tree, whatever order these were given in.
    """
    polygons = sorted(
        (_line(part.ring), sorted(map(_line, part.holes)), _number(part.buffer_km)) for part in audience.polygons
    )
    corridors = sorted(
        (_line(part.line), _number(part.half_width_km), _number(part.buffer_km)) for part in audience.corridors
    )
    circles = sorted(
        tuple(map(_number, (part.lat, part.lon, part.radius_km, part.buffer_km))) for part in audience.circles
    )
    # Named only where somebody is meant by it: what was signed before there was such a choice keeps its digest.
    unlocated = {"unlocated": sorted(audience.unlocated)} if audience.unlocated else {}
    return {
        "regions": sorted(audience.regions),
        "polygons": [{"ring": ring, "holes": holes, "buffer_km": buffer} for ring, holes, buffer in polygons],
        "circles": [list(circle) for circle in circles],
        "corridors": [{"line": line, "half_width_km": half, "buffer_km": buffer} for line, half, buffer in corridors],
        "groups": {
            "any": sorted(audience.groups.any),
            "all": sorted(audience.groups.all),
            "none": sorted(audience.groups.none),
        },
        "languages": sorted(audience.languages),
        **unlocated,
    }


def of_tree(described: Mapping[str, Any]) -> Audience:
    """The audience of a `tree`; its shapes stand in the order of the tree. Raises KeyError, TypeError, ValueError."""
    groups = described["groups"]
    return Audience(
        regions=frozenset(described["regions"]),
        polygons=tuple(
            Polygon(_points(part["ring"]), tuple(map(_points, part["holes"])), part["buffer_km"])
            for part in described["polygons"]
        ),
        circles=tuple(Circle(*numbers) for numbers in described["circles"]),
        groups=Groups(*(frozenset(groups[name]) for name in ("any", "all", "none"))),
        corridors=tuple(
            Corridor(_points(part["line"]), part["half_width_km"], part["buffer_km"]) for part in described["corridors"]
        ),
        languages=frozenset(described["languages"]),
        unlocated=frozenset(described.get("unlocated", ())),
    )


def _points(pairs: Iterable[Sequence[float]]) -> tuple[Point, ...]:
    return tuple((lat, lon) for lat, lon in pairs)


def _line(points: Iterable[Point]) -> list[list[float]]:
    # Spelled out: a drawing may have a hundred thousand corners, and is hashed at every step of its way.
    return [[lat + 0.0, lon + 0.0] for lat, lon in points]


def _number(value: float) -> float:
    """30 and 30.0, 0.0 and -0.0 are one place and must be one spelling."""
    return float(value) + 0.0
