"""Who issues an alert, as its row keeps it, and what a drafter states of it: names of registered units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection

from approvals.issuers import Issuers, issuers_in
from hub.errors import Invalid
from hub.store import units
from hub.store.alerts import AlertRow

MOST_UNITS = 20  #: a joint warning of more units than these is a mistake


@dataclass(frozen=True, slots=True)
class IssuersRequest:
    """What a drafter states: who issues it jointly with their own unit (联合发布), and whom they consulted (会商)."""

    joint: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()


ALONE = IssuersRequest()  #: one unit, which consulted nobody


def issuers_of(row: AlertRow) -> Issuers:
    """Who issues the alert of a row. Its lead alone answers where nobody is named beside it."""
    return issuers_in(row.unit, orjson.loads(row.issuers))


def kept(issuers: Issuers) -> str:
    """The same for the column of a row, the lead aside."""
    tree: dict[str, object] = {"joint": issuers.joint, "consulted": issuers.consulted}
    tree |= {"publisher": issuers.publisher, "entrustment": issuers.entrustment}
    return orjson.dumps({name: value for name, value in tree.items() if value}).decode()


def stated(connection: Connection, lead: str, request: IssuersRequest) -> Issuers:
    """The issuers of a draft of this unit. Raises Invalid naming a unit that is not registered, or is named twice."""
    joint, consulted = _units(connection, request.joint, "joint"), _units(connection, request.consulted, "consulted")
    named = [lead, *joint, *consulted]
    if twice := next((name for name in named if named.count(name) > 1), None):
        text = f"{twice} is named twice: a unit leads, issues jointly or is consulted"
        raise Invalid(text, rule="issuers-twice", place="issuers")
    return Issuers(lead, joint, consulted)


def _units(connection: Connection, names: Iterable[str], place: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name.strip() for name in names))
    if len(found) > MOST_UNITS:
        raise Invalid(f"at most {MOST_UNITS} units", rule="issuers-many", place=place)
    for name in found:
        unit = units.by_name(connection, name)
        if unit is None or not unit.active:
            text = f"there is no unit {name[:64]!r} at work: register it, or name another"
            raise Invalid(text, rule="unit-unknown", place=place)
    return found
