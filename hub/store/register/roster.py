"""The duty roster in SQL: shifts of officials, and their sealed contacts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from hub.crypto.vault import Sealer
from hub.store.schema import official_addresses, official_contacts, officials, shifts
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import add_row
from hub.store.sql.times import is_time

DUTY, LEADER = "duty", "leader"  #: 值班: who is called; 带班: the leader of the shift, who is called where nobody acts
#: which channel an answer comes over, and the contact's medium whose address it then comes from
ANSWERED_FROM: Mapping[str, str] = {"sms": "sms", "wecom": "wecom_user"}

OWNER = "official"  #: sealed beside the addresses: whose they are


@dataclass(frozen=True, slots=True)
class NewShift:
    """A shift to be kept. Times in ms; `position` is the order of calling, 1 first."""

    official: int
    from_at: int
    until_at: int
    role: str = DUTY
    position: int = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift as kept, with name and unit of its official as they are now."""

    id: int
    official: int
    name: str
    unit: str
    from_at: int
    until_at: int
    role: str
    position: int


@dataclass(frozen=True, slots=True)
class UnreadableShift:
    """A shift whose row this hub did not write so. `official` is 0 where it is nobody's."""

    id: int
    official: int


@dataclass(frozen=True, slots=True)
class OfficialContact:
    """How an official is called. `addresses` are by medium; never shown, never logged."""

    language: str
    addresses: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedContact:
    """A contact as it lies in the database."""

    official: int
    language: str
    media: tuple[str, ...]
    sealed: bytes = field(repr=False)


def put_shift(connection: Connection, new: NewShift, by: int, now: int) -> tuple[int, bool]:
    """Keeps a shift; one of the same official from the same moment is replaced. Its id, and whether it is new."""
    lock_for_numbering(connection, "shifts")
    values = {"until_at": new.until_at, "role": new.role, "position": new.position}
    values |= {"entered_by": by, "entered_at": now}
    same = and_(shifts.c.official == new.official, shifts.c.from_at == new.from_at)
    known = connection.execute(update(shifts).where(same).values(**values).returning(shifts.c.id)).scalar()
    if known is not None:
        return int(known), False
    statement = insert(shifts).values(official=new.official, from_at=new.from_at, **values)
    return add_row(connection, shifts, statement), True


def get_shift(connection: Connection, number: int) -> Shift | UnreadableShift | None:
    found = _shifts(connection, shifts.c.id == number)
    if found:
        return found[0]
    rows = connection.execute(select(shifts.c.official).where(shifts.c.id == number)).all()
    return UnreadableShift(number, rows[0].official if isinstance(rows[0].official, int) else 0) if rows else None


def remove_shift(connection: Connection, number: int) -> None:
    connection.execute(delete(shifts).where(shifts.c.id == number))


def list_shifts(connection: Connection, start: int, end: int, unit: str | None = None) -> Sequence[Shift]:
    """Shifts that touch the time from `start` to `end` (ms), of one unit where it is named; in the order of calling."""
    overlaps = and_(shifts.c.from_at <= end, shifts.c.until_at > start)
    return _shifts(connection, overlaps if unit is None else and_(overlaps, officials.c.unit == unit))


def on_duty(connection: Connection, now: int) -> Sequence[Shift]:
    """Every shift that is under way, in the order of calling."""
    return list_shifts(connection, now, now)


def is_kept(connection: Connection) -> bool:
    """Whether anybody ever entered a shift: a hub without a roster calls nobody."""
    return connection.execute(select(shifts.c.id).limit(1)).first() is not None


def put_contact(connection: Connection, box: Sealer, official: int, contact: OfficialContact, now: int) -> bool:
    """Replaces how an official is called; whether anything was known before."""
    sealed = box.seal_many([{**contact.addresses, OWNER: str(official)}])[0]
    values = {"language": contact.language, "media": ",".join(sorted(contact.addresses))}
    values_sealed = {**values, "sealed": sealed, "changed_at": now}
    mine = official_contacts.c.official == official
    known = connection.execute(update(official_contacts).where(mine).values(**values_sealed)).rowcount == 1
    if not known:
        connection.execute(insert(official_contacts).values(official=official, **values_sealed))
    _hash_again(connection, box, official, contact.addresses)
    return known


def contacts(connection: Connection, among: Collection[int] | None = None) -> Mapping[int, SealedContact]:
    """By official; of everybody where none are named."""
    query = select(official_contacts)
    if among is not None:
        query = query.where(official_contacts.c.official.in_(among))
    return {row.official: _contact(row) for row in connection.execute(query) if _is_contact(row)}


def unreadable(connection: Connection, now: int) -> Sequence[str]:
    """Shifts not over and contacts whose rows this hub did not write so, as the subjects of alarms."""
    coming = connection.execute(select(shifts).where(shifts.c.until_at > now).order_by(shifts.c.id))
    kept = connection.execute(select(official_contacts).order_by(official_contacts.c.official))
    bad = [f"shift/{row.id}" for row in coming if not _is_shift(row)]
    return [*bad, *(f"contact/{row.official}" for row in kept if not _is_contact(row))]


def holders(connection: Connection, channel: str, hashes: Iterable[bytes]) -> tuple[int, ...]:
    """The officials an answer over the channel may come from, by an index; `hashes` are of one address under every key.

    It proves nothing: whose an address is, their sealed contact says.
    """
    mine = and_(official_addresses.c.address_column == channel, official_addresses.c.hash.in_(list(hashes)))
    return tuple(connection.execute(select(official_addresses.c.official).where(mine)).scalars())


def renew(connection: Connection, box: Sealer) -> int:
    """Brings every contact under the keys in force, sealed and hashed; how many rows.

    What does not open stays as it is: it is of use to nobody, and keeps no key from being retired.
    """
    count = 0
    for row in connection.execute(select(official_contacts).with_for_update()).all():
        opened = box.try_open(row.sealed)
        if opened is None:
            continue
        stale = row.sealed[:1] != bytes.fromhex(box.seal_kid[:2])
        if stale:
            mine = official_contacts.c.official == row.official
            connection.execute(update(official_contacts).where(mine).values(sealed=box.seal_many([opened])[0]))
        count += _hash_again(connection, box, row.official, opened) or stale
    return count


def count_old_hashes(connection: Connection, box: Sealer) -> int:
    """How many contacts have a hash under another key than the one in force, of those that open."""
    known: dict[int, dict[str, Any]] = {}
    for row in connection.execute(select(official_addresses)):
        known.setdefault(row.official, {})[row.address_column] = row.hash
    opened = {row.official: box.try_open(row.sealed) for row in connection.execute(select(official_contacts))}
    readable = ((official, told) for official, told in opened.items() if told is not None)
    return sum(known.get(official, {}) != _hashes(box, told) for official, told in readable)


def _hash_again(connection: Connection, box: Sealer, official: int, addresses: Mapping[str, str]) -> bool:
    """Whether anything changed by it."""
    mine, wanted = official_addresses.c.official == official, _hashes(box, addresses)
    found = connection.execute(select(official_addresses).where(mine)).all()
    if {row.address_column: row.hash for row in found} == wanted:
        return False
    connection.execute(delete(official_addresses).where(mine))
    rows = [{"official": official, "address_column": channel, "hash": hashed} for channel, hashed in wanted.items()]
    if rows:
        connection.execute(insert(official_addresses), rows)
    return True


def _hashes(box: Sealer, addresses: Mapping[str, str]) -> dict[str, bytes]:
    return {
        channel: box.fingerprint(channel, addresses[medium])
        for channel, medium in ANSWERED_FROM.items()
        if medium in addresses
    }


def _contact(row: Row[Any]) -> SealedContact:
    media = tuple(filter(None, row.media.split(",")))
    return SealedContact(row.official, row.language, media, bytes(row.sealed))


def _shifts(connection: Connection, where: ColumnElement[bool]) -> list[Shift]:
    columns = (shifts.c.id, shifts.c.official, officials.c.name, officials.c.unit)
    more = (shifts.c.from_at, shifts.c.until_at, shifts.c.role, shifts.c.position)
    query = select(*columns, *more).join(officials, officials.c.id == shifts.c.official)
    ordered = query.where(where).order_by(officials.c.unit, shifts.c.role, shifts.c.position, shifts.c.id)
    return [Shift(*row) for row in connection.execute(ordered) if _is_shift(row)]


def _is_shift(row: Any) -> bool:
    numbers = isinstance(row.official, int) and isinstance(row.position, int)
    in_time = is_time(row.from_at) and is_time(row.until_at) and row.from_at <= row.until_at
    return numbers and in_time and row.role in (DUTY, LEADER)


def _is_contact(row: Any) -> bool:
    return isinstance(row.media, str) and isinstance(row.language, str) and isinstance(row.sealed, bytes | memoryview)
