"""Statements about named areas: places an official drew once and uses again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from hub.store.schema import areas
from hub.store.sql.keyed import rows_by
from targeting.audience import Audience, of_tree, tree


@dataclass(frozen=True, slots=True)
class NamedArea:
    """`places` has regions and shapes only; `version` grows with each change; `by` is who changed it last, `unit` the
    unit it belongs to, empty where it belongs to nobody yet.
    """

    name: str
    places: Audience
    version: int
    by: str
    at_ms: int
    unit: str = ""


def store_area(connection: Connection, area: NamedArea) -> int:
    """Keeps the area under its name, in place of what was there; returns its version, which counts on by itself."""
    query = select(areas.c.version).where(areas.c.name == area.name).with_for_update()
    last = connection.execute(query).scalar() or 0
    connection.execute(delete(areas).where(areas.c.name == area.name))
    content = orjson.dumps(tree(area.places)).decode()
    values = {"name": area.name, "content": content, "changed_by": area.by, "unit": area.unit, "at": area.at_ms}
    connection.execute(insert(areas).values(version=last + 1, **values))
    return last + 1


def owner(connection: Connection, name: str) -> str | None:
    """The unit an area belongs to, locked; empty where it belongs to nobody, None where there is no such area."""
    found = connection.execute(select(areas.c.unit).where(areas.c.name == name).with_for_update()).first()
    return None if found is None else str(found.unit)


def give(connection: Connection, name: str, unit: str) -> None:
    """Makes an area another unit's."""
    connection.execute(update(areas).where(areas.c.name == name).values(unit=unit))


def remove(connection: Connection, name: str) -> bool:
    """Forgets the area; False where there is none. Plans that used it keep its content."""
    return connection.execute(delete(areas).where(areas.c.name == name)).rowcount > 0


def list_areas(connection: Connection) -> list[NamedArea]:
    """All, by name."""
    rows = connection.execute(select(areas).order_by(areas.c.name))
    return [
        NamedArea(row.name, of_tree(orjson.loads(row.content)), row.version, row.changed_by, row.at, row.unit)
        for row in rows
    ]


def by_name(connection: Connection, names: Iterable[str]) -> dict[str, NamedArea]:
    """Those of the names that are known."""
    statement = "SELECT name, content, version, changed_by, at, unit FROM areas WHERE name {among}"
    rows = rows_by(connection, statement, names)
    return {name: NamedArea(name, of_tree(orjson.loads(content)), *rest) for name, content, *rest in rows}
