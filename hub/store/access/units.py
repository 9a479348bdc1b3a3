"""Units in SQL: the offices that officials answer for, each with one area, one kind and the names it issues under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, insert, select, true, update

from approvals.look_alike import look
from approvals.public_name import NamedIssuer, PublicName
from approvals.territory import upward
from hub.errors import Conflict, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.schema import officials, units
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import read_row, read_rows

GOVERNMENT = "government"
LONGEST_KIND = 32  #: characters of units.kind


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `area` is the region key it answers for, `kind` a word of the authority policy, `parent` a unit's id.

    `public_names` are those its warnings may name it by, beside its own, the usual one of each language first.
    """

    id: int
    name: str
    area: str
    kind: str
    parent: int | None = None
    active: bool = True
    public_names: tuple[PublicName, ...] = ()

    @property
    def issuer(self) -> NamedIssuer:
        """The unit as its warnings name it."""
        return NamedIssuer(self.name, self.public_names)


def ensure(connection: Connection, new: Unit, at: int) -> Unit:
    """The unit of this name, made where there is none; `id` of `new` is not looked at.

    Raises Invalid for an empty name or kind, Conflict where the unit has another area or kind: who could change them
    could move a whole office, and every right of its officials, to another place in one line.
    """
    if not new.name.strip() or not new.kind.strip() or len(new.kind) > LONGEST_KIND:
        raise Invalid("a unit has a name, and a kind of at most 32 characters", rule=Rule.UNIT_INCOMPLETE, place="unit")
    lock_for_numbering(connection, "units")
    known = by_name(connection, new.name)
    if known is None:
        must_be_called_alone(connection, new.issuer)
        values = {"name": new.name, "area": new.area, "kind": new.kind, "parent": new.parent}
        values |= {"active": True, "created_at": at, "public_names": _encode_names(new.public_names)}
        number = add_row(connection, units, insert(units).values(**values))
        return Unit(number, new.name, new.area, new.kind, new.parent, public_names=new.public_names)
    if known.area != new.area:
        text = f"the unit {known.name} answers for {known.area}, not for {new.area}"
        raise Conflict(text, rule=Rule.UNIT_AREA, place="area")
    if known.kind != new.kind:
        text = f"the unit {known.name} is of the kind {known.kind}, not {new.kind}"
        raise Conflict(text, rule=Rule.UNIT_KIND, place="kind")
    return known


def by_name(connection: Connection, name: str) -> Unit | None:
    """Raises RowUnreadable."""
    return next((read_row(units, row, _unit) for row in _rows(connection, name)), None)


def look_up(connection: Connection, name: str) -> Unit | None:
    """As `by_name`; one whose row does not read is as good as not registered."""
    return next(iter(read_rows(units, _rows(connection, name), _unit)), None)


def everything(connection: Connection) -> tuple[Unit, ...]:
    """All units, open or closed, in the order they were entered; without those whose rows do not read."""
    return tuple(read_rows(units, _rows(connection, None), _unit))


def above(connection: Connection, name: str) -> Unit | None:
    """The unit it reports to, else the nearest at work above it, of its own kind or a government."""
    return find_above(everything(connection), name)


def find_above(among: Sequence[Unit], name: str) -> Unit | None:
    """As `above`, among all units, which were read before."""
    mine = next((unit for unit in among if unit.name == name), None)
    if mine is None:
        return None
    parent = next((unit for unit in among if unit.id == mine.parent and unit.active), None)
    higher = [area for area in upward(mine.area) if area != mine.area]
    fit = [unit for unit in among if unit.active and unit.kind in (mine.kind, GOVERNMENT)]
    return parent or next((unit for area in higher for unit in fit if unit.area == area), None)


def set_active(connection: Connection, name: str, *, active: bool) -> None:
    """Opens or closes a unit: nobody is in office in a closed one. Raises NotFound."""
    changed = connection.execute(update(units).where(units.c.name == name).values(active=active))
    if changed.rowcount == 0:
        raise NotFound(f"there is no unit {name!r}", rule=Rule.UNIT_UNKNOWN, place="unit")


def must_be_called_alone(connection: Connection, issuer: NamedIssuer) -> None:
    """Raises Conflict where another unit, open or closed, is called by one of its names, or by one that looks the
    same: people could not tell them apart.
    """
    looks = {look(name): name for name in issuer.texts}
    for other in everything(connection):
        if other.name != issuer.unit and (both := looks.keys() & set(map(look, other.issuer.texts))):
            taken = looks[min(both)]
            text = f"{taken!r} is a name of {other.name} already, or looks like one: choose one that tells them apart"
            raise Conflict(text, rule=Rule.PUBLIC_NAME_TAKEN, place="public_names")


def set_public_names(connection: Connection, name: str, names: Sequence[PublicName]) -> None:
    """Replaces what a unit issues under beside its own name. Raises Conflict, NotFound."""
    lock_for_numbering(connection, "units")
    must_be_called_alone(connection, NamedIssuer(name, tuple(names)))
    changed = connection.execute(update(units).where(units.c.name == name).values(public_names=_encode_names(names)))
    if changed.rowcount == 0:
        raise NotFound(f"there is no unit {name!r}", rule=Rule.UNIT_UNKNOWN, place="unit")


def correct(connection: Connection, unit: Unit, area: str, kind: str) -> None:
    """Gives a unit, and everyone in it, another area and kind."""
    connection.execute(update(units).where(units.c.id == unit.id).values(area=area, kind=kind))
    connection.execute(update(officials).where(officials.c.unit == unit.name).values(area=area))


def _rows(connection: Connection, name: str | None) -> Sequence[Row[Any]]:
    columns = (units.c.id, units.c.name, units.c.area, units.c.kind, units.c.parent, units.c.public_names)
    # compared in SQL: SQLAlchemy takes any word in a column of truths for true
    statement = select(*columns, (units.c.active == true()).label("open")).order_by(units.c.id)
    return connection.execute(statement if name is None else statement.where(units.c.name == name)).all()


def _unit(row: Row[Any]) -> Unit:
    return Unit(row.id, row.name, row.area, row.kind, row.parent, bool(row.open), read_names(row.public_names))


def _encode_names(names: Sequence[PublicName]) -> str:
    return orjson.dumps([[name.language, name.text] for name in names]).decode()


def read_names(text: str) -> tuple[PublicName, ...]:
    """What a unit issues under, as its row keeps it. Raises ValueError or TypeError where it is no list of names."""
    names = [PublicName(language, name) for language, name in orjson.loads(text)]
    if not all(isinstance(each.language, str) and isinstance(each.text, str) for each in names):
        raise TypeError
    return tuple(names)
