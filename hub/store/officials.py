"""Officials in SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert, select, update

from approvals.official import Official, Right
from hub.errors import Conflict, Invalid, NotFound
from hub.store.schema import officials

RELEASE_PATH = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE})


@dataclass(frozen=True, slots=True)
class NewOfficial:
    """An official as an administrator enters one."""

    name: str
    unit: str
    area: str
    rights: frozenset[Right]


@dataclass(frozen=True, slots=True)
class OfficialRecord:
    """An official and whether they are in office."""

    official: Official
    active: bool


def add(connection: Connection, new: NewOfficial, at: int) -> Official:
    """Keeps a new official, active. Raises Invalid for rights that may not meet, Conflict for a name in use."""
    if not new.rights:
        raise Invalid("an official needs at least one right", rule="rights-missing", place="rights")
    if Right.ADMINISTER in new.rights and new.rights & RELEASE_PATH:
        # Administrators hold no right on the release path: who grants rights must not use them.
        raise Invalid("administer cannot meet draft, review, sign or release", rule="rights-apart", place="rights")
    if connection.execute(select(officials.c.id).where(officials.c.name == new.name)).first():
        raise Conflict("an official of this name exists", rule="official-exists", place="name")
    values = {"name": new.name, "unit": new.unit, "area": new.area, "rights": ",".join(sorted(new.rights))}
    statement = insert(officials).values(**values, active=True, created_at=at).returning(officials.c.id)
    number = connection.execute(statement).scalar_one()
    return Official(number, new.name, new.unit, new.area, new.rights)


def by_id(connection: Connection, official_id: int) -> OfficialRecord | None:
    row = connection.execute(select(officials).where(officials.c.id == official_id)).first()
    return None if row is None else _record(row)


def by_name(connection: Connection, name: str) -> OfficialRecord | None:
    row = connection.execute(select(officials).where(officials.c.name == name)).first()
    return None if row is None else _record(row)


def everyone(connection: Connection) -> tuple[OfficialRecord, ...]:
    """All officials, in or out of office, in the order they were entered."""
    return tuple(_record(row) for row in connection.execute(select(officials).order_by(officials.c.id)))


def set_active(connection: Connection, official_id: int, *, active: bool) -> None:
    """Takes effect with the next request: tokens name a person, the table says what the person may do."""
    changed = connection.execute(update(officials).where(officials.c.id == official_id).values(active=active))
    if changed.rowcount == 0:
        raise NotFound("there is no such official", rule="no-such-official", place="official")


def _record(row: Row[tuple[object, ...]]) -> OfficialRecord:
    rights = frozenset(Right(word) for word in row.rights.split(",") if word)
    return OfficialRecord(Official(row.id, row.name, row.unit, row.area, rights), bool(row.active))
