"""Acts about units: opening one for an area and a kind for good, and closing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection

from hub.administration.kind import Kind, Payload
from hub.administration.officials import Name, Words, must_be_known, must_be_word
from hub.errors import Conflict, Invalid
from hub.store import units
from hub.store.units import Unit


class NewUnit(Payload):
    """A unit to be; `parent` is the name of the unit it reports to (突发事件应对法 art. 17), empty for none."""

    name: Name
    area: Annotated[str, Field(min_length=1, max_length=96)]
    kind: Annotated[str, Field(min_length=1, max_length=units.LONGEST_KIND)]
    parent: Annotated[str, Field(max_length=200)] = ""


class WhichUnit(Payload):
    """One unit."""

    name: Name


def unit_kinds(words: Words) -> tuple[Kind[Any], ...]:
    """All of them. Nobody is in office in a closed unit: to close one takes away, and needs no second."""

    def open_(connection: Connection, payload: NewUnit, at: int) -> Mapping[str, Any]:
        must_be_word(payload.kind, words.kinds, "kind")
        return _open(connection, payload, at)

    return (
        Kind("unit-open", NewUnit, _subject, open_),
        Kind("unit-reopen", WhichUnit, _subject, _reopen),
        Kind("unit-close", WhichUnit, _subject, _close, alone=True),
    )


def _subject(payload: NewUnit | WhichUnit) -> str:
    return f"unit/{payload.name}"


def _open(connection: Connection, payload: NewUnit, at: int) -> Mapping[str, Any]:
    if units.by_name(connection, payload.name) is not None:
        raise Conflict(f"the unit {payload.name!r} exists", rule="unit-exists", place="name")
    must_be_known(connection, payload.area)
    above = units.by_name(connection, payload.parent) if payload.parent else None
    if payload.parent and above is None:
        raise Invalid(f"there is no unit {payload.parent!r}", rule="unit-unknown", place="parent")
    new = Unit(0, payload.name, payload.area, payload.kind, above.id if above is not None else None)
    return {"unit": units.ensure(connection, new, at).id}


def _reopen(connection: Connection, payload: WhichUnit, _at: int) -> Mapping[str, Any]:
    units.set_active(connection, payload.name, active=True)
    return {"unit": payload.name}


def _close(connection: Connection, payload: WhichUnit, _at: int) -> Mapping[str, Any]:
    units.set_active(connection, payload.name, active=False)
    return {"unit": payload.name}
