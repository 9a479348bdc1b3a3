"""Statements about regions: the tree, its names, and outlines where we have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.errors import ShapelyError
from sqlalchemy import Connection, Row, case, func, select, update
from sqlalchemy.engine import Result

from hub.store.schema import regions
from hub.store.sql.keyed import lock_for_numbering, rows_by
from hub.store.sql.rows import FAULTS, read_row, read_rows
from targeting.extent import BoundingBox

#: deepest chain we follow: nation to village is 6, a scheme's own places are shallower
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region to be stored; `parent` is a region key."""

    key: str
    name: str
    parent: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Region:
    """A stored region; `parent` is a region id. `outlined` says whether there is geometry."""

    id: int
    key: str
    name: str
    parent: int | None
    level: int
    outlined: bool = False


def upsert(connection: Connection, rows: Iterable[NewRegion]) -> int:
    """Stores regions by key, in any order; a known key keeps its id and outline. Returns how many were new.

    Raises ValueError naming a parent that is neither stored nor among the rows.
    """
    wanted = {row.key: row for row in rows}
    lock_for_numbering(connection, "regions")
    mentioned = wanted.keys() | {row.parent for row in wanted.values() if row.parent}
    ids = ids_by_key(connection, mentioned)
    fresh = [row for row in wanted.values() if row.key not in ids]
    first = (connection.execute(select(func.max(regions.c.id))).scalar() or 0) + 1
    known = [row for row in wanted.values() if row.key in ids]
    ids |= {row.key: number for number, row in enumerate(fresh, first)}
    for row in wanted.values():
        if row.parent and row.parent not in ids:
            raise ValueError(f"region {row.key}: its parent {row.parent} is not known")
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    _many(
        connection,
        f"INSERT INTO regions (id, key, name, parent, level) VALUES ({mark}, {mark}, {mark}, {mark}, {mark})",
        [(ids[row.key], row.key, row.name, ids.get(row.parent or ""), row.level) for row in fresh],
    )
    _many(
        connection,
        f"UPDATE regions SET name = {mark}, parent = {mark}, level = {mark} WHERE id = {mark}",
        [(row.name, ids.get(row.parent or ""), row.level, ids[row.key]) for row in known],
    )
    return len(fresh)


def ids_by_key(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Ids of the keys that are stored."""
    return dict(rows_by(connection, "SELECT key, id FROM regions WHERE key {among}", keys))


def names_by_key(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """Names of the keys that are stored."""
    rows = rows_by(connection, "SELECT key, name FROM regions WHERE key {among}", keys)
    return {key: name for key, name in rows if isinstance(name, str)}


def ids_by_name(connection: Connection, names: Iterable[str]) -> dict[str, list[int]]:
    """Ids of the regions that bear one of the names, by name."""
    found = dict[str, list[int]]()
    for name, number in rows_by(connection, "SELECT name, id FROM regions WHERE name {among}", names):
        found.setdefault(name, []).append(number)
    return found


def keys_between(connection: Connection, first: str, last: str) -> list[str]:
    """Stored keys from the first to the last that are as long as they, in order: places made inside another are not."""
    alike = (regions.c.key >= first, regions.c.key <= last, func.length(regions.c.key) == len(first))
    return list(connection.execute(select(regions.c.key).where(*alike).order_by(regions.c.key)).scalars())


def ids(connection: Connection) -> dict[str, int]:
    """The id of every region by its key."""
    return {row.key: row.id for row in connection.execute(select(regions.c.key, regions.c.id))}


@dataclass(frozen=True, slots=True)
class Placed:
    """A region with the box of its outline, where there is one."""

    id: int
    key: str
    parent: int | None
    extent: BoundingBox | None


def extents(connection: Connection) -> list[Placed]:
    """Every region with what its outline spans."""
    box = (regions.c.south, regions.c.west, regions.c.north, regions.c.east)
    found = connection.execute(select(regions.c.id, regions.c.key, regions.c.parent, *box))
    return [
        Placed(number, key, parent, None if sides[0] is None else BoundingBox(*sides))
        for number, key, parent, *sides in found
    ]


def by_key(connection: Connection, key: str) -> Region | None:
    """The region of a key."""
    return _first(connection.execute(_columns().where(regions.c.key == key)))


def by_id(connection: Connection, region: int) -> Region | None:
    """The region of an id."""
    return _first(connection.execute(_columns().where(regions.c.id == region)))


def count(connection: Connection) -> int:
    """How many regions are stored."""
    return connection.execute(select(func.count()).select_from(regions)).scalar_one()


def children(connection: Connection, region: int) -> list[Region]:
    """The regions directly below, by key."""
    return _all(connection.execute(_columns().where(regions.c.parent == region).order_by(regions.c.key)))


def below(connection: Connection, parents: Iterable[int]) -> list[tuple[int, int, str, int]]:
    """Parent id, id, key and level of every region directly below these."""
    rows = rows_by(connection, "SELECT parent, id, key, level FROM regions WHERE parent {among}", parents)
    return [(parent, number, key, level) for parent, number, key, level in rows if isinstance(level, int)]


def roots(connection: Connection) -> list[tuple[int, int, str, int]]:
    """Its own id as parent, id, key and level of every region with none above it."""
    statement = select(regions.c.id, regions.c.id, regions.c.key, regions.c.level).where(regions.c.parent.is_(None))
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(statement)]


def outlines_within(connection: Connection, bounds: tuple[float, float, float, float], level: int) -> list[str]:
    """Keys of the regions of a level or below it whose outline may touch the box (west, south, east, north)."""
    west, south, east, north = bounds
    statement = select(regions.c.key).where(
        regions.c.level >= level,
        regions.c.west <= east,
        regions.c.east >= west,
        regions.c.south <= north,
        regions.c.north >= south,
    )
    return list(connection.execute(statement).scalars())


def ancestors(connection: Connection, ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """For each region its own (id, key) and those above it, lowest first. Ids that are not stored are left out."""
    known: dict[int, tuple[int | None, str]] = {}
    wanted = set(ids)
    asked = wanted
    # Level by level: thousands of townships have few places above them, which are read once.
    for _ in range(DEEPEST + 1):
        if not asked:
            break
        found = rows_by(connection, "SELECT id, parent, key FROM regions WHERE id {among}", asked)
        known |= {number: (parent, key) for number, parent, key in found}
        asked = {parent for _, parent, _ in found if isinstance(parent, int)} - known.keys()
    chains: dict[int, list[tuple[int, str]]] = {}
    for start in sorted(wanted & known.keys()):
        chain = chains[start] = list[tuple[int, str]]()
        number: int | None = start
        while number in known and len(chain) <= DEEPEST:
            parent, key = known[number]
            chain.append((number, key))
            number = parent
    return chains


def descendants(connection: Connection, region: int) -> list[Region]:
    """The region itself and everything below it, by key."""
    tree = select(regions.c.id).where(regions.c.id == region).cte("tree", recursive=True)
    tree = tree.union(select(regions.c.id).where(regions.c.parent == tree.c.id))  # UNION drops repeats: no endless walk
    return _all(connection.execute(_columns().where(regions.c.id.in_(select(tree.c.id))).order_by(regions.c.key)))


def search(connection: Connection, name: str, limit: int = 20) -> list[Region]:
    """Regions whose name contains the text, exact names first, then upper levels."""
    literal = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    statement = (
        _columns()
        .where(regions.c.name.like(f"%{literal}%", escape="\\"))
        .order_by(case((regions.c.name == name, 0), else_=1), regions.c.level, regions.c.key)
        .limit(limit)
    )
    return _all(connection.execute(statement))


def set_outline(connection: Connection, region: int, geometry: Any) -> None:
    """Stores a shapely geometry (lon lat) as WKB with its bounding box."""
    west, south, east, north = geometry.bounds
    connection.execute(
        update(regions)
        .where(regions.c.id == region)
        .values(outline=shapely.to_wkb(geometry), west=west, south=south, east=east, north=north)
    )


def outline(connection: Connection, key: str) -> Any | None:
    """The outline of a region as a shapely geometry (lon lat), where there is one."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    data = connection.exec_driver_sql(f"SELECT outline FROM regions WHERE key = {mark}", (key,)).scalar()
    return None if data is None else _shape(data)


def outlines(connection: Connection, keys: Iterable[str]) -> dict[str, Any]:
    """The outlines of several regions by key, of those that have one."""
    statement = "SELECT key, outline FROM regions WHERE outline IS NOT NULL AND key {among}"
    shapes = ((key, _shape(data)) for key, data in rows_by(connection, statement, keys))
    return {key: shape for key, shape in shapes if shape is not None}


def outlines_at(connection: Connection, lat: float, lon: float) -> list[Region]:
    """Regions whose outline holds a point, upper levels first; an edge counts as inside."""
    statement = (
        select(regions.c.id, regions.c.outline)
        .where(regions.c.west <= lon, regions.c.east >= lon, regions.c.south <= lat, regions.c.north >= lat)
        .order_by(regions.c.level, regions.c.key)
    )
    holding = [row.id for row in connection.execute(statement) if _holds(row.outline, lat, lon)]
    found = {region.id: region for region in _all(connection.execute(_columns().where(regions.c.id.in_(holding))))}
    return [found[number] for number in holding]


def _holds(data: object, lat: float, lon: float) -> bool:
    shape = _shape(data)
    return shape is not None and bool(shapely.intersects_xy(shape, lon, lat))


def must_be_outline(outline: object) -> None:
    """Raises ValueError for what a region has as its outline and is none."""
    if outline is not None and _shape(outline) is None:
        raise ValueError


def _shape(data: Any) -> Any | None:
    """The outline as a shape; None where it does not read: as good as a region without one, and the patrol tells."""
    try:
        return shapely.from_wkb(bytes(data))
    except (ShapelyError, *FAULTS):
        return None


def _columns() -> Any:
    return select(
        regions.c.id,
        regions.c.key,
        regions.c.name,
        regions.c.parent,
        regions.c.level,
        regions.c.outline.is_not(None).label("outlined"),
    )


def _region(row: Row[Any]) -> Region:
    return Region(row.id, row.key, row.name, row.parent, row.level, bool(row.outlined))


def _first(result: Result[Any]) -> Region | None:
    row = result.first()
    return None if row is None else read_row(regions, row, _region)


def _all(result: Result[Any]) -> list[Region]:
    return read_rows(regions, result, _region)


def _many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))
