"""Who issues an alert, as its row keeps it, and what a drafter states of it: names of registered units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import orjson
from sqlalchemy import Connection

from approvals.answer import SUPERIOR, Allowed, Answer
from approvals.issuers import Issuers, issuers_in
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.alerts.alert_row import AlertRow
from hub.store.schema import alerts
from hub.store.sql.rows import reading_row

MOST_UNITS = 20  #: a joint warning of more units than these is a mistake


@dataclass(frozen=True, slots=True)
class IssuersRequest:
    """What a drafter states: who issues it jointly with the lead (联合发布), and whom they consulted (会商).

    The lead is the drafter's own unit, or the `principal` for which that publishes (代发); `publisher` is who publishes
    for the drafter's own.
    """

    joint: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    principal: str = ""
    publisher: str = ""


ALONE = IssuersRequest()  #: one unit, which consulted nobody


def issuers_of(row: AlertRow) -> Issuers:
    """Who issues the alert of a row. Its lead alone answers where nobody is named beside it. Raises RowUnreadable."""
    with reading_row(alerts, row.id):
        return issuers_in(row.unit, orjson.loads(row.issuers))


def issuers_column(issuers: Issuers) -> str:
    """Everybody but the lead, as JSON for the column `issuers` of a row."""
    tree: dict[str, object] = {"joint": issuers.joint, "consulted": issuers.consulted}
    tree |= {"publisher": issuers.publisher, "entrustment": issuers.entrustment}
    return orjson.dumps({name: value for name, value in tree.items() if value}).decode()


def resolve_issuers(connection: Connection, unit: str, request: IssuersRequest) -> Issuers:
    """The issuers of a draft that this unit writes. Raises Invalid naming a unit that is not registered, or is named
    twice. Whether anybody may publish for the lead is asked of the papers (`hub.drafting.issuers`).
    """
    named = ((request.principal, "for"), (request.publisher, "publisher"))
    for name, place in named:
        _units(connection, filter(None, [name]), place)
    lead, publisher = (request.principal.strip(), unit) if request.principal else (unit, request.publisher.strip())
    if publisher == lead or (request.principal and request.publisher):
        raise Invalid("a unit publishes its own warnings by itself", rule=Rule.ISSUERS_TWICE, place="publisher")
    return _beside(connection, Issuers(lead, publisher=publisher), request)


def restate_issuers(connection: Connection, before: Issuers, request: IssuersRequest) -> Issuers:
    """The issuers of a draft that has a lead already, as its author states them anew. Raises Invalid."""
    publisher = request.publisher or before.publisher
    return resolve_issuers(connection, before.lead, replace(request, principal="", publisher=publisher))


def _beside(connection: Connection, issuers: Issuers, request: IssuersRequest) -> Issuers:
    lead = issuers.lead
    joint, consulted = _units(connection, request.joint, "joint"), _units(connection, request.consulted, "consulted")
    named = [lead, *joint, *consulted]
    if twice := next((name for name in named if named.count(name) > 1), None):
        text = f"{twice} is named twice: a unit leads, issues jointly or is consulted"
        raise Invalid(text, rule=Rule.ISSUERS_TWICE, place="issuers")
    return replace(issuers, joint=joint, consulted=consulted)


def _units(connection: Connection, names: Iterable[str], place: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name.strip() for name in names))
    if len(found) > MOST_UNITS:
        raise Invalid(f"at most {MOST_UNITS} units", rule=Rule.ISSUERS_MANY, place=place)
    for name in found:
        unit = units.by_name(connection, name)
        if unit is None or not unit.active:
            text = f"there is no unit {name[:64]!r} at work: register it, or name another"
            raise Invalid(text, rule=Rule.UNIT_UNKNOWN, place=place)
    return found


def overridden(row: AlertRow, answer: Answer | None) -> dict[str, str]:
    """Whom a superior overrode, for the record; nothing where the act was the actor's own."""
    is_superior = isinstance(answer, Allowed) and answer.title == SUPERIOR
    return {"overrides": ", ".join(issuers_of(row).signing)} if is_superior else {}
