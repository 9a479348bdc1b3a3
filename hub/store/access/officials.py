"""Officials in SQL, each an account of one person in one unit."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, false, func, insert, or_, select, true, update

from approvals.official import Official, Right
from approvals.rule import RELEASE_PATH
from hub.errors import Conflict, Invalid, NotFound, RowUnreadable
from hub.rules.rule import Rule
from hub.store.access import units as unit_store
from hub.store.access.units import Unit
from hub.store.schema import officials, units
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import read_row

APART = RELEASE_PATH | {Right.REVEAL}  #: what administrators grant and never hold
GOVERNMENT = "government"


@dataclass(frozen=True, slots=True)
class NewOfficial:
    """An official as an administrator enters one. `area` and `kind` are those of the unit, which is made if new.

    `account_of` is the id of another account of the same person, 0 where there is none.
    """

    name: str
    unit: str
    area: str
    rights: frozenset[Right]
    kind: str = GOVERNMENT
    office: str = ""
    account_of: int = 0


@dataclass(frozen=True, slots=True)
class OfficialRecord:
    """An official and whether they are in office. Whose row does not read has no rights and is in no office."""

    official: Official
    active: bool
    unreadable: bool = False


def add(connection: Connection, new: NewOfficial, at: int) -> Official:
    """Keeps a new official, active.

    Raises Invalid for rights that may not meet, Conflict for a name in use or a unit with another area or kind,
    NotFound for an account that is not there.
    """
    if not new.name.strip():
        raise Invalid("an official has a name", rule=Rule.NAME_MISSING, place="name")
    lock_for_numbering(connection, "officials")  # two that are entered at once see each other
    if connection.execute(select(officials.c.id).where(officials.c.name == new.name)).first():
        raise Conflict("an official of this name exists", rule=Rule.OFFICIAL_EXISTS, place="name")
    first = person_of(connection, new.account_of) if new.account_of else 0
    check_rights(new.rights, rights_elsewhere(connection, first) if first else frozenset())
    unit_store.ensure(connection, Unit(0, new.unit, new.area, new.kind), at)
    values = {"name": new.name, "unit": new.unit, "area": new.area, "rights": _join_rights(new.rights)}
    held = insert(officials).values(**values, office=new.office, account_of=first or None, active=True, created_at=at)
    number = add_row(connection, officials, held)
    return Official(number, new.name, new.unit, new.area, new.rights, new.kind, new.office, first)


def check_rights(rights: AbstractSet[Right], elsewhere: AbstractSet[Right] = frozenset()) -> None:
    """Raises Invalid where there is no right, or where administration would meet the release path in one person.

    `elsewhere` are the rights of the person's other accounts. Who grants rights must not use them (SEP-5).
    """
    if not rights:
        raise Invalid("an official needs at least one right", rule=Rule.RIGHTS_MISSING, place="rights")
    together = rights | elsewhere
    if Right.ADMINISTER in together and together & APART:
        text = "administer cannot meet draft, review, sign, release or reveal"
        raise Invalid(text, rule=Rule.RIGHTS_APART, place="rights")


def by_id(connection: Connection, official_id: int, *, lock: bool = False) -> OfficialRecord | None:
    """Locked: nobody changes the official before this transaction ends."""
    query = _records().where(officials.c.id == official_id)
    row = connection.execute(query.with_for_update(of=officials) if lock else query).first()
    return None if row is None else _record(row)


def by_name(connection: Connection, name: str) -> OfficialRecord | None:
    row = connection.execute(_records().where(officials.c.name == name)).first()
    return None if row is None else _record(row)


def find(connection: Connection, who: str, place: str) -> OfficialRecord:
    """An official by number or name, in or out of office. Raises NotFound naming `place`, RowUnreadable."""
    number = int(who) if who.isascii() and who.isdigit() and len(who) <= 18 else None
    found = by_id(connection, number) if number is not None else by_name(connection, who)
    if found is None:
        raise NotFound(f"there is no official {who!r}", rule=Rule.OFFICIAL_UNKNOWN, place=place)
    return must_be_readable(found)


def must_be_readable(record: OfficialRecord) -> OfficialRecord:
    """Raises RowUnreadable for an official whose row does not read."""
    if record.unreadable:
        raise RowUnreadable(f"{officials.name}/{record.official.id}")
    return record


def everyone(connection: Connection) -> tuple[OfficialRecord, ...]:
    """All officials, in or out of office, in the order they were entered."""
    return tuple(_record(row) for row in connection.execute(_records().order_by(officials.c.id)))


def person_of(connection: Connection, official_id: int) -> int:
    """The id of the first account of the person behind an account. Raises NotFound."""
    found = by_id(connection, official_id)
    if found is None:
        raise NotFound(f"there is no official {official_id}", rule=Rule.NO_SUCH_OFFICIAL, place="official")
    return found.official.person


def rights_elsewhere(connection: Connection, person: int, but: int = 0) -> frozenset[Right]:
    """The rights of every account of a person, in office or not, other than the account `but`. Raises RowUnreadable:
    what they hold there decides what they may hold here.
    """
    same = or_(officials.c.id == person, officials.c.account_of == person)
    rows = connection.execute(select(officials.c.id, officials.c.rights).where(same, officials.c.id != but))
    return frozenset().union(*(read_row(officials, row, lambda row: read_rights(row.rights)) for row in rows))


def set_active(connection: Connection, official_id: int, *, active: bool) -> None:
    """Takes effect with the next request: tokens name a person, the table says what the person may do."""
    _change(connection, official_id, active=active)


def set_rights(connection: Connection, official_id: int, rights: AbstractSet[Right]) -> None:
    """Replaces the rights; none at all is an official who may only be looked at. Raises NotFound."""
    _change(connection, official_id, rights=_join_rights(rights))


def move(connection: Connection, official_id: int, unit: Unit, office: str) -> None:
    """To another unit, another office, or both. Raises NotFound."""
    _change(connection, official_id, unit=unit.name, area=unit.area, office=office)


def link(connection: Connection, official_id: int, first: int) -> None:
    """Notes that an account, and every account linked to it, belongs to the person whose first account is `first`."""
    same = or_(officials.c.id == official_id, officials.c.account_of == official_id)
    connection.execute(update(officials).where(same, officials.c.id != first).values(account_of=first))


def _change(connection: Connection, official_id: int, **values: Any) -> None:
    changed = connection.execute(update(officials).where(officials.c.id == official_id).values(**values))
    if changed.rowcount == 0:
        raise NotFound("there is no such official", rule=Rule.NO_SUCH_OFFICIAL, place="official")


def _records() -> Select[Any]:
    # An official whose unit is not there, or is closed, is not in office.
    # Compared in SQL: SQLAlchemy takes any word in a column of truths for true.
    seated = (officials.c.active == true()) & func.coalesce(units.c.active == true(), false())
    above = units.alias()
    # 突发事件应对法 (2024) art. 20: a command body (应急指挥机构) is set up by the government it is registered under.
    set_up = (above.c.id == units.c.parent) & (above.c.kind == GOVERNMENT) & (above.c.area == units.c.area)
    joined = officials.outerjoin(units, units.c.name == officials.c.unit).outerjoin(above, set_up & above.c.active)
    kind, government = func.coalesce(units.c.kind, ""), func.coalesce(above.c.name, "")
    labels = (kind.label("kind"), seated.label("seated"), government.label("commands_for"))
    return select(officials, *labels).select_from(joined)


def _record(row: Row[Any]) -> OfficialRecord:
    try:
        return read_row(officials, row, _readable)
    except RowUnreadable:
        name, unit, area = (cell if isinstance(cell, str) else "" for cell in (row.name, row.unit, row.area))
        first = row.account_of if isinstance(row.account_of, int) else 0
        nobody = Official(row.id, name, unit, area, frozenset(), "", "", first)
        return OfficialRecord(nobody, active=False, unreadable=True)


def _readable(row: Row[Any]) -> OfficialRecord:
    rights = read_rights(row.rights)
    if not (isinstance(row.kind, str) and isinstance(row.commands_for, str)):
        raise TypeError
    held = (row.kind, row.office, row.account_of or 0)
    made = Official(row.id, row.name, row.unit, row.area, rights, *held, commands_for=row.commands_for)
    return OfficialRecord(made, bool(row.seated))


def _join_rights(rights: AbstractSet[Right]) -> str:
    return ",".join(sorted(rights))


def read_rights(text: str) -> frozenset[Right]:
    """Rights as a row keeps them. Raises ValueError for a word that is none."""
    return frozenset(Right(word) for word in text.split(",") if word)
