"""Outlines of regions from GeoJSON (RFC 7946): one FeatureCollection, or a tar.gz with a file per region."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.register import regions as store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting import region
from targeting.geometry import within_world

BATCH = 200  #: outlines of one write
MEMBER_LIMIT = 64 * 2**20  #: bytes of one GeoJSON file: more is no outline
#: properties that carry a region's code and name, most telling first
CODES = ("code", "cn_adcode", "adcode", "key", "id", "UGC", "ugc")
NAMES = ("name", "cn_name", "NAME", "COUNTYNAME")


@dataclass(frozen=True, slots=True)
class Outline:
    """One outline: a valid polygon or multipolygon (lon lat) under a region key."""

    key: str
    name: str
    geometry: Any
    repaired: bool


@dataclass(frozen=True, slots=True)
class FeatureRefused:
    """A feature that was left out: where it stood in the file, and why."""

    place: str
    rule: str


@dataclass(frozen=True, slots=True)
class OutlineReport:
    """`stored` outlines, `new` of them for regions that were not known before; `repaired` had crossing rings."""

    stored: int
    new: int
    repaired: int
    refused: tuple[FeatureRefused, ...]


async def import_outlines(db: Database, file: Path, scheme: str) -> OutlineReport:
    """Stores every outline that can be read. `scheme` is the geocode valueName its codes belong to.

    A region that is not known is added, without a parent where its code names none that is known. Raises Invalid when
    the file is neither form.
    """
    stored = new = repaired = 0
    refused: list[FeatureRefused] = []
    batch: list[Outline] = []
    for found in read(file, scheme):
        if isinstance(found, FeatureRefused):
            refused.append(found)
            continue
        batch.append(found)
        repaired += found.repaired
        if len(batch) >= BATCH:
            new += await _store(db, batch)
            stored += len(batch)
            batch = []
    if batch:
        new += await _store(db, batch)
    return OutlineReport(stored + len(batch), new, repaired, tuple(refused))


async def _store(db: Database, batch: list[Outline]) -> int:
    outlines = tuple(batch)

    def work(connection: Connection) -> int:
        known = store.ids_by_key(connection, (outline.key for outline in outlines))
        parents = store.ids_by_key(connection, filter(None, (region.parent_of(outline.key) for outline in outlines)))
        fresh = []
        for outline in outlines:
            if outline.key not in known:
                parent = region.parent_of(outline.key)
                level = region.level_of(outline.key)
                fresh.append(NewRegion(outline.key, outline.name, parent if parent in parents else None, level))
        added = store.upsert(connection, fresh)
        known = store.ids_by_key(connection, (outline.key for outline in outlines))
        for outline in outlines:
            store.set_outline(connection, known[outline.key], outline.geometry)
        return added

    return await db.write(work)


def read(file: Path, scheme: str) -> Iterator[Outline | FeatureRefused]:
    """Every feature of the file, in order. Raises Invalid."""
    if not file.is_file():
        raise Invalid(f"{file.name}: no such file", rule=Rule.FILE, place=file.name)
    if tarfile.is_tarfile(file):
        yield from _members(file, scheme)
        return
    tree = _parse(file.read_bytes())
    if tree is None or tree.get("type") not in {"FeatureCollection", "Feature"}:
        raise Invalid(
            f"{file.name}: neither a GeoJSON FeatureCollection (RFC 7946 §3.3) nor a tar.gz of GeoJSON files",
            rule=Rule.GEOJSON,
            place=file.name,
        )
    features = tree["features"] if tree["type"] == "FeatureCollection" else [tree]
    for number, feature in enumerate(features if isinstance(features, list) else (), 1):
        yield _outline(feature, "", f"feature {number}", scheme)


def _members(file: Path, scheme: str) -> Iterator[Outline | FeatureRefused]:
    """Read member by member; nothing is unpacked to disk, so no name in the archive can do harm."""
    with tarfile.open(file) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.suffix not in {".geojson", ".json"}:
                continue
            stream = archive.extractfile(member)
            if stream is None or member.size > MEMBER_LIMIT:
                yield FeatureRefused(path.name, f"is larger than {MEMBER_LIMIT} bytes")
                continue
            yield _outline(_parse(stream.read()), path.stem, path.name, scheme)


def _parse(data: bytes) -> Any:
    try:
        tree = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return tree if isinstance(tree, dict) else None


class _Left(Exception):
    """The feature is left out; the text is the rule."""


def _outline(feature: Any, stem: str, place: str, scheme: str) -> Outline | FeatureRefused:
    try:
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise _Left("is no GeoJSON feature (RFC 7946 §3.2)")
        properties = feature.get("properties") or {}
        code = stem or _first(properties, CODES) or str(feature.get("id") or "")
        if not code:
            raise _Left(f"carries no code; looked for {', '.join(CODES)}")
        geometry = _on_earth(feature.get("geometry") or {})
        sound = geometry if geometry.is_valid else _areas(shapely.make_valid(geometry))
        if sound.is_empty:
            raise _Left("its geometry encloses nothing")
    except _Left as left:
        return FeatureRefused(place, str(left))
    key = region.normalise(scheme, code)
    return Outline(key, _first(properties, NAMES) or key, sound, repaired=sound is not geometry)


def _on_earth(description: Any) -> Any:
    try:
        geometry = shape(description)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise _Left("its geometry cannot be read") from None
    if geometry.geom_type not in {"Polygon", "MultiPolygon"} or geometry.is_empty:
        raise _Left("its geometry is no polygon")
    west, south, east, north = geometry.bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise _Left("is not on the earth: longitude first, -180 to 180, latitude -90 to 90")
    # Some sets run past ±180 instead of cutting at the antimeridian (RFC 7946 §3.1.9).
    return within_world(geometry)


def _areas(geometry: Any) -> Any:
    """The parts with an area: a repair may leave lines and points behind."""
    parts = shapely.get_parts(geometry)
    return shapely.union_all([part for part in parts if part.geom_type in {"Polygon", "MultiPolygon"}])


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(properties[name]) for name in names if properties.get(name)), "")
