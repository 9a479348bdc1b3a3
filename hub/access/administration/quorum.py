"""Who administers: counted as persons, and never fewer than two once there were two."""

from __future__ import annotations

from sqlalchemy import Connection

from approvals.official import Official
from hub.access.permissions import Permission, holds
from hub.errors import Conflict, Forbidden
from hub.rules.rule import Rule
from hub.store.access import credentials, officials

ENOUGH = 2


def administrators(connection: Connection) -> frozenset[int]:
    """The persons in office who administer."""
    everyone = officials.everyone(connection)
    return frozenset(
        record.official.person
        for record in everyone
        if record.active and holds(record.official, Permission.HUB_ADMINISTRATION_DECIDE)
    )


def may_be_enough(connection: Connection) -> bool:
    """Whether two persons may administer, counting with them whoever's rights do not read: what is open to one alone
    while there are not two is not opened by a row that somebody spoilt.
    """
    unknown = {record.official.person for record in officials.everyone(connection) if record.unreadable}
    return len(administrators(connection) | unknown) >= ENOUGH


def may_be_first(connection: Connection, official: int) -> bool:
    """Whether it is an administrator who cannot sign in yet, while not even two of them can."""
    seated = [record.official for record in officials.everyone(connection) if record.active]
    ruling = [one for one in seated if holds(one, Permission.HUB_ADMINISTRATION_DECIDE)]
    able = {one.person for one in ruling if credentials.of(connection, one.id)}
    return len(able) < ENOUGH and any(one.id == official and one.person not in able for one in ruling)


def must_administer(connection: Connection, official: Official) -> Official:
    """The official as the table has him now, whatever his token says. Raises Forbidden."""
    record = officials.by_id(connection, official.id, lock=True)
    if record is None or not record.active or not holds(record.official, Permission.HUB_ADMINISTRATION_DECIDE):
        raise Forbidden("this needs the right to administer", rule=Rule.RIGHT_MISSING, place="rights")
    return record.official


def must_leave_two(connection: Connection, before: frozenset[int]) -> None:
    """Raises Conflict where an act left fewer than two administrators.

    One alone could agree with nobody, and the door of the first start would have to be opened again.
    """
    if len(before) >= ENOUGH > len(administrators(connection)):
        text = "fewer than two administrators would be left: enter another one first"
        raise Conflict(text, rule=Rule.ADMINISTRATORS_LEFT)
