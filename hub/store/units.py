"""Units in SQL: the offices that officials answer for, each with one area and one kind for good."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from hub.errors import Conflict, Invalid, NotFound
from hub.store.keyed import lock_for_numbering
from hub.store.schema import units

LONGEST_KIND = 32  #: characters of units.kind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `area` is the region key it answers for, `kind` a word of the authority policy, `parent` a unit's id."""

    id: int
    name: str
    area: str
    kind: str
    parent: int | None = None
    active: bool = True


def ensure(connection: Connection, new: Unit, at: int) -> Unit:
    """The unit of this name, made where there is none; `id` of `new` is not looked at.

    Raises Invalid for an empty name or kind, Conflict where the unit has another area or kind: who could change them
    could move a whole office, and every right of its officials, to another place in one line.
    """
    if not new.name.strip() or not new.kind.strip() or len(new.kind) > LONGEST_KIND:
        raise Invalid("a unit has a name, and a kind of at most 32 characters", rule="unit-incomplete", place="unit")
    lock_for_numbering(connection, "units")
    known = by_name(connection, new.name)
    if known is None:
        values = {"name": new.name, "area": new.area, "kind": new.kind, "parent": new.parent}
        statement = insert(units).values(**values, active=True, created_at=at).returning(units.c.id)
        return Unit(connection.execute(statement).scalar_one(), new.name, new.area, new.kind, new.parent)
    if known.area != new.area:
        text = f"the unit {known.name} answers for {known.area}, not for {new.area}"
        raise Conflict(text, rule="unit-area", place="area")
    if known.kind != new.kind:
        text = f"the unit {known.name} is of the kind {known.kind}, not {new.kind}"
        raise Conflict(text, rule="unit-kind", place="kind")
    return known


def by_name(connection: Connection, name: str) -> Unit | None:
    return next(iter(_found(connection, name)), None)


def everything(connection: Connection) -> tuple[Unit, ...]:
    """All units, open or closed, in the order they were entered."""
    return _found(connection, None)


def set_active(connection: Connection, name: str, *, active: bool) -> None:
    """Opens or closes a unit: nobody is in office in a closed one. Raises NotFound."""
    changed = connection.execute(update(units).where(units.c.name == name).values(active=active))
    if changed.rowcount == 0:
        raise NotFound(f"there is no unit {name!r}", rule="unit-unknown", place="unit")


def _found(connection: Connection, name: str | None) -> tuple[Unit, ...]:
    columns = (units.c.id, units.c.name, units.c.area, units.c.kind, units.c.parent, units.c.active)
    statement = select(*columns).order_by(units.c.id)
    if name is not None:
        statement = statement.where(units.c.name == name)
    return tuple(Unit(*row[:-1], bool(row.active)) for row in connection.execute(statement))
