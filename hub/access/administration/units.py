"""Acts about units: opening one for an area and a kind, the names it issues under, and closing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from approvals.look_alike import is_generic
from approvals.public_name import PublicName, has_unseen
from hub.access.administration.kind import Kind, Payload
from hub.access.administration.officials import Name, PolicyWords, must_be_known, must_be_word
from hub.errors import Conflict, Invalid
from hub.rules.rule import Rule
from hub.store.access import units
from hub.store.access.units import Unit

#: what is no name: signs that end a sentence, brackets that a signature stands in, what joins several names
_NO_NAME = re.compile(r"[，,、。；;：:!?！？【】\[\]<>\n\r\t]")
MOST_NAMES = 20


def _is_name(text: str) -> str:
    """Raises ValueError for what people could not read as the name of one body."""
    if _NO_NAME.search(text) or text != text.strip() or has_unseen(text) or not any(map(str.isalpha, text)):
        raise ValueError("a public name is one line of visible letters, without stops, commas and brackets")
    if is_generic(text):
        raise ValueError("many bodies are called so: put the place or the region before it, such as 城口县人民政府")
    return text


class NamedIn(Payload):
    """A public name of a unit; `language` is a BCP 47 tag."""

    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
    name: Annotated[str, Field(min_length=2, max_length=100), AfterValidator(_is_name)]


PublicNames = Annotated[tuple[NamedIn, ...], Field(max_length=MOST_NAMES)]


class NewUnit(Payload):
    """A unit to be; `parent` is the name of the unit it reports to (突发事件应对法 art. 17), empty for none."""

    name: Name
    area: Annotated[str, Field(min_length=1, max_length=96)]
    kind: Annotated[str, Field(min_length=1, max_length=units.LONGEST_KIND)]
    parent: Annotated[str, Field(max_length=200)] = ""
    public_names: PublicNames = ()


class UnitNames(Payload):
    """The names a unit issues under beside its own, the usual one of each language first; they replace those before."""

    name: Name
    public_names: PublicNames


class WhichUnit(Payload):
    """One unit."""

    name: Name


def unit_kinds(words: PolicyWords) -> tuple[Kind[Any], ...]:
    """All of them. Nobody is in office in a closed unit: to close one takes away, and needs no second."""

    def open_(connection: Connection, payload: NewUnit, at: int) -> Mapping[str, Any]:
        must_be_word(payload.kind, words.kinds, "kind")
        return _open(connection, payload, at)

    return (
        Kind("unit-open", NewUnit, _subject, open_),
        Kind("unit-names", UnitNames, _subject, _register_names),
        Kind("unit-reopen", WhichUnit, _subject, _reopen),
        Kind("unit-close", WhichUnit, _subject, _close, alone=True),
    )


def _subject(payload: NewUnit | UnitNames | WhichUnit) -> str:
    return f"unit/{payload.name}"


def _open(connection: Connection, payload: NewUnit, at: int) -> Mapping[str, Any]:
    if units.by_name(connection, payload.name) is not None:
        raise Conflict(f"the unit {payload.name!r} exists", rule=Rule.UNIT_EXISTS, place="name")
    must_be_known(connection, payload.area)
    above = units.by_name(connection, payload.parent) if payload.parent else None
    if payload.parent and above is None:
        raise Invalid(f"there is no unit {payload.parent!r}", rule=Rule.UNIT_UNKNOWN, place="parent")
    names = _names_in(payload.public_names)
    new = Unit(0, payload.name, payload.area, payload.kind, above.id if above else None, public_names=names)
    return {"unit": units.ensure(connection, new, at).id}


def _register_names(connection: Connection, payload: UnitNames, _at: int) -> Mapping[str, Any]:
    units.set_public_names(connection, payload.name, _names_in(payload.public_names))
    return {"unit": payload.name, "public_names": [name.name for name in payload.public_names]}


def _names_in(given: PublicNames) -> tuple[PublicName, ...]:
    return tuple(dict.fromkeys(PublicName(name.language, name.name) for name in given))


def _reopen(connection: Connection, payload: WhichUnit, _at: int) -> Mapping[str, Any]:
    units.set_active(connection, payload.name, active=True)
    return {"unit": payload.name}


def _close(connection: Connection, payload: WhichUnit, _at: int) -> Mapping[str, Any]:
    units.set_active(connection, payload.name, active=False)
    return {"unit": payload.name}
