"""Where a synthetic town stands: townships under the areas of an alert, and a few just beyond them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.alert.alert import Alert
from hub.audience.plan import audience_of
from hub.registry.regions import builtin
from hub.store.register.regions import NewRegion
from targeting import geometry, region
from targeting.audience import Audience
from targeting.geometry import Shape

Floats = NDArray[np.float64]

FEWEST, MOST = 6, 12  #: townships inside the areas
BEYOND = 2  #: townships outside them
SPREAD_KM = 1.5  #: how far people live from the middle of their township (standard deviation)
KM_PER_DEGREE = 111.2
_TRIES = 64
_CHILD_STEM = region.KEY_LIMIT - 3  # room for "/07"


@dataclass(frozen=True, slots=True)
class Township:
    """One township; `middle` is (lat, lon), None where the alert has no shapes. `inside`: the alert concerns it."""

    key: str
    name: str
    inside: bool
    middle: tuple[float, float] | None = None
    shape: Shape | None = None  #: everyone of an inside township is inside this, where there is one


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a town. `extra_regions` must be added to the audience when the alert names no place by itself."""

    name: str
    regions: tuple[NewRegion, ...]
    townships: tuple[Township, ...]
    shapes: tuple[Shape, ...]
    extra_regions: frozenset[str]


def lay_out(alert: Alert, rng: np.random.Generator) -> Layout:
    """Places the town. Shapes that cannot be read are passed over here: selection refuses them by name."""
    audience = audience_of(alert, frozenset(), frozenset())
    name = _name(alert)
    shapes = tuple(_shapes(audience))
    count = int(rng.integers(FEWEST, MOST + 1))
    regions, homes = _homes(audience, name, count, rng)
    away_regions, away = _away(audience, name, rng)
    nowhere = not audience.regions and not shapes
    return Layout(
        name=name,
        regions=(*regions, *away_regions),
        townships=(*_inside(homes, shapes, rng), *_beyond(away, shapes, rng)),
        shapes=shapes,
        extra_regions=frozenset({regions[0].key}) if nowhere else frozenset(),
    )


def scatter(
    township: Township, shapes: Sequence[Shape], count: int, rng: np.random.Generator
) -> tuple[Floats, Floats] | None:
    """Latitudes and longitudes of people around the middle of their township, on its side of every edge.

    None where the township has no middle: its people are known by their region only.
    """
    if township.middle is None:
        return None
    lat, lon = township.middle
    lats, lons = np.full(count, lat), np.full(count, lon)
    homeless = np.arange(count)
    for spread in (SPREAD_KM, SPREAD_KM / 8, SPREAD_KM / 64):
        tried_lats, tried_lons = _around(lat, lon, spread, len(homeless), rng)
        fits = _fits(township, shapes, tried_lats, tried_lons)
        lats[homeless[fits]], lons[homeless[fits]] = tried_lats[fits], tried_lons[fits]
        homeless = homeless[~fits]
        if not len(homeless):
            break
    return lats, lons  # whoever is left lives in the very middle


def _around(lat: float, lon: float, spread_km: float, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    north, east = rng.normal(0.0, spread_km / KM_PER_DEGREE, (2, count))
    lats = np.clip(lat + north, -89.9, 89.9).round(6)
    lons = ((lon + east / max(np.cos(np.radians(lat)), 0.01) + 180) % 360 - 180).round(6)
    return lats, lons


def _fits(township: Township, shapes: Sequence[Shape], lats: Floats, lons: Floats) -> NDArray[np.bool_]:
    if township.inside:
        return township.shape.holds(lons, lats) if township.shape else np.ones(len(lats), dtype=np.bool_)
    fits = np.ones(len(lats), dtype=np.bool_)
    for shape in shapes:
        fits &= ~shape.holds(lons, lats)
    return fits


def _shapes(audience: Audience) -> list[Shape]:
    found = []
    for ring in audience.polygons:
        try:
            found.append(geometry.polygon(ring))
        except geometry.ShapeRefused:
            continue
    for circle in audience.circles:
        try:
            found.append(geometry.circle(circle))
        except geometry.ShapeRefused:
            continue
    return found


def _homes(
    audience: Audience, name: str, count: int, rng: np.random.Generator
) -> tuple[list[NewRegion], list[NewRegion]]:
    """Regions to store, and the townships among them, inside the areas."""
    chinese = sorted(key for key in audience.regions if region.is_chinese(key))
    if chinese:
        return _real(chinese, count, rng)
    keys = sorted(audience.regions)
    if keys:
        picked = [keys[at] for at in sorted(rng.choice(len(keys), min(count, len(keys)), replace=False))]
        roots = [NewRegion(key, f"{name} {key}", None, region.level_of(key)) for key in picked]
    else:
        roots = [NewRegion(f"area:{_slug(name)}", name, None, region.FOREIGN_LEVEL)]
    children = [_child(roots[number % len(roots)], number + 1) for number in range(count)]
    return [*roots, *children], children


def _real(codes: Sequence[str], count: int, rng: np.random.Generator) -> tuple[list[NewRegion], list[NewRegion]]:
    """Real townships under Chinese codes; a code the table does not know is taken at its word."""
    tree = builtin()
    stems = tuple(map(region.stem_of, codes))
    below = [row for row in tree.values() if row.level >= region.TOWNSHIP and row.key.startswith(stems)]
    # Codes change every year, and villages are not in the table.
    strange = [
        NewRegion(code, code, _known_above(code), region.level_of(code))
        for code in codes
        if not any(row.key.startswith(region.stem_of(code)) for row in below)
    ]
    candidates = strange + below
    picked = [candidates[at] for at in sorted(rng.choice(len(candidates), min(count, len(candidates)), replace=False))]
    return [*_with_ancestors(picked)], picked


def _away(audience: Audience, name: str, rng: np.random.Generator) -> tuple[list[NewRegion], list[NewRegion]]:
    """Townships outside the areas, and the regions above them."""
    chinese = [key for key in audience.regions if region.is_chinese(key)]
    if chinese:
        stems = tuple(map(region.stem_of, chinese))
        elsewhere = [
            row for row in builtin().values() if row.level == region.TOWNSHIP and not row.key.startswith(stems)
        ]
        if elsewhere:
            picked = [elsewhere[at] for at in rng.choice(len(elsewhere), BEYOND, replace=False)]
            return [*_with_ancestors(picked)], picked
    root = NewRegion(f"beyond:{_slug(name)}", f"beyond {name}", None, region.FOREIGN_LEVEL)
    children = [_child(root, number + 1) for number in range(BEYOND)]
    return [root, *children], children


def _inside(homes: Sequence[NewRegion], shapes: Sequence[Shape], rng: np.random.Generator) -> list[Township]:
    if not shapes:
        return [Township(home.key, home.name, inside=True) for home in homes]
    townships = []
    for home in homes:
        shape = shapes[int(rng.integers(len(shapes)))]
        townships.append(Township(home.key, home.name, inside=True, middle=_middle(shape, rng), shape=shape))
    return townships


def _middle(shape: Shape, rng: np.random.Generator) -> tuple[float, float]:
    west, south, east, north = shape.outer.bounds
    lons, lats = rng.uniform(west, east, _TRIES).round(6), rng.uniform(south, north, _TRIES).round(6)
    held = np.flatnonzero(shape.holds(lons, lats))
    if not len(held):
        return shape.anchor[1], shape.anchor[0]
    return float(lats[held[0]]), float(lons[held[0]])


def _beyond(away: Sequence[NewRegion], shapes: Sequence[Shape], rng: np.random.Generator) -> list[Township]:
    townships = []
    for home in away:
        middle = _outside(shapes, rng) if shapes else None
        townships.append(Township(home.key, home.name, inside=False, middle=middle))
    return townships


def _outside(shapes: Sequence[Shape], rng: np.random.Generator) -> tuple[float, float] | None:
    """A point near the shapes and in none of them; None where they cover the world."""
    bounds = np.array([shape.outer.bounds for shape in shapes])
    (west, south), (east, north) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    margin = max(0.5, 0.3 * max(east - west, north - south))
    lats = rng.uniform(max(south - margin, -85), min(north + margin, 85), _TRIES).round(6)
    lons = rng.uniform(max(west - margin, -180), min(east + margin, 180), _TRIES).round(6)
    free = np.ones(_TRIES, dtype=np.bool_)
    for shape in shapes:
        free &= ~shape.holds(lons, lats)
    found = np.flatnonzero(free)
    return (float(lats[found[0]]), float(lons[found[0]])) if len(found) else None


def _with_ancestors(rows: Sequence[NewRegion]) -> dict[NewRegion, None]:
    tree = builtin()
    found: dict[NewRegion, None] = {}
    for row in rows:
        above: NewRegion | None = row
        while above is not None and above not in found:
            found[above] = None
            above = tree.get(above.parent or "")
    return found


def _known_above(code: str) -> str | None:
    above = region.parent_of(code)
    while above is not None and above not in builtin():
        above = region.parent_of(above)
    return above


def _child(root: NewRegion, number: int) -> NewRegion:
    key = f"{root.key[:_CHILD_STEM]}/{number:02d}"
    return NewRegion(key, f"{root.name} – township {number}", root.key, region.TOWNSHIP)


def _name(alert: Alert) -> str:
    descriptions = (area.description.strip() for info in alert.infos for area in info.areas)
    return next((text for text in descriptions if text), "")[:60] or "Town"


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", name.casefold()).strip("-")[:40] or "town"
