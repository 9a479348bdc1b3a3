"""Statements about named areas: places an official drew once and uses again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select

from hub.store.keyed import rows_by
from hub.store.schema import areas
from targeting.audience import Audience, of_tree, tree


@dataclass(frozen=True, slots=True)
class NamedArea:
    """`places` has regions and shapes only; `version` grows with each change; `by` is who changed it last."""

    name: str
    places: Audience
    version: int
    by: str
    at_ms: int


def put(connection: Connection, name: str, places: Audience, by: str, at_ms: int) -> int:
    """Keeps the area under its name, in place of what was there; returns its version."""
    last = connection.execute(select(areas.c.version).where(areas.c.name == name).with_for_update()).scalar() or 0
    connection.execute(delete(areas).where(areas.c.name == name))
    content = orjson.dumps(tree(places)).decode()
    connection.execute(insert(areas).values(name=name, version=last + 1, content=content, changed_by=by, at=at_ms))
    return last + 1


def remove(connection: Connection, name: str) -> bool:
    """Forgets the area; False where there is none. Plans that used it keep its content."""
    return connection.execute(delete(areas).where(areas.c.name == name)).rowcount > 0


def listed(connection: Connection) -> list[NamedArea]:
    """All, by name."""
    rows = connection.execute(select(areas).order_by(areas.c.name))
    return [
        NamedArea(row.name, of_tree(orjson.loads(row.content)), row.version, row.changed_by, row.at) for row in rows
    ]


def by_name(connection: Connection, names: Iterable[str]) -> dict[str, NamedArea]:
    """Those of the names that are known."""
    statement = "SELECT name, content, version, changed_by, at FROM areas WHERE name {among}"
    rows = rows_by(connection, statement, names)
    return {name: NamedArea(name, of_tree(orjson.loads(content)), *rest) for name, content, *rest in rows}
