"""Acts about officials: who is in office, where, with which rights, and which accounts are one person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.access.administration.kind import Kind, Payload
from hub.errors import Conflict, Invalid, NotFound
from hub.rules.rule import Rule
from hub.store.access import officials, sessions, units
from hub.store.access.officials import NewOfficial, OfficialRecord
from hub.store.access.units import Unit
from hub.store.register import regions
from targeting.region import NATION

Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[int, Field(ge=1, lt=2**63)]
Rights = Annotated[tuple[Right, ...], AfterValidator(lambda rights: tuple(sorted(set(rights))))]


class OfficialPayload(Payload):
    """An official to be. `area` and `kind` are the unit's; empty ones are those it has. A unit that is not there yet is
    opened where both are stated. `account_of` is an official.
    """

    name: Name
    unit: Name
    area: Annotated[str, Field(max_length=96)] = ""
    kind: Annotated[str, Field(max_length=units.LONGEST_KIND)] = ""
    office: Annotated[str, Field(max_length=64)] = ""
    rights: Rights
    account_of: Annotated[int, Field(ge=0, lt=2**63)] = 0


class RightOf(Payload):
    """One right of one official."""

    official: Number
    right: Right


class Whom(Payload):
    """One official."""

    official: Number


class Move(Payload):
    """To a unit that exists, and an office in it; an empty office is a plain member."""

    official: Number
    unit: Name
    office: Annotated[str, Field(max_length=64)] = ""


class AccountLink(Payload):
    """`official` is an account of the person who also has the account `account_of`."""

    official: Number
    account_of: Number


class PolicyWords(Protocol):
    """The authority policy's own words, closed lists: a kind or an office it does not know could never do anything."""

    @property
    def kinds(self) -> Collection[str]:
        """The kinds of units there are."""
        ...

    @property
    def offices(self) -> Collection[str]:
        """The offices there are within a unit."""
        ...


def official_kinds(words: PolicyWords) -> tuple[Kind[Any], ...]:
    """All of them. To revoke and to retire takes something away and needs no second administrator (SEP-5)."""

    def enrol(connection: Connection, payload: OfficialPayload, at: int) -> Mapping[str, Any]:
        return _enrol(connection, payload, words, at)

    def move(connection: Connection, payload: Move, _at: int) -> Mapping[str, Any]:
        must_be_word(payload.office or None, words.offices, "office")
        return _move(connection, payload)

    return (
        Kind("official-enrol", OfficialPayload, lambda payload: f"official/{payload.name}", enrol),
        Kind("official-move", Move, _subject, move),
        Kind("official-reinstate", Whom, _subject, _reinstate),
        Kind("official-retire", Whom, _subject, _retire, alone=True),
        Kind("right-grant", RightOf, _subject_right, _grant),
        Kind("right-revoke", RightOf, _subject_right, _revoke, alone=True),
        Kind("account-link", AccountLink, _subject, _link),
    )


def _subject(payload: Whom | Move | AccountLink) -> str:
    return f"official/{payload.official}"


def _subject_right(payload: RightOf) -> str:
    return f"official/{payload.official}/{payload.right}"


def _enrol(connection: Connection, payload: OfficialPayload, words: PolicyWords, at: int) -> Mapping[str, Any]:
    unit = units.by_name(connection, payload.unit)
    if unit is None:
        _must_be_meant(connection, payload)
    area = payload.area or (unit.area if unit is not None else "")
    kind = payload.kind or (unit.kind if unit is not None else "")
    must_be_known(connection, area)
    must_be_word(kind, words.kinds, "kind")
    must_be_word(payload.office or None, words.offices, "office")
    rights = frozenset(payload.rights)
    new = NewOfficial(payload.name, payload.unit, area, rights, kind, payload.office, payload.account_of)
    made = officials.add(connection, new, at)
    return {"official": made.id, "person": made.person, "rights": sorted(made.rights)}


def _must_be_meant(connection: Connection, payload: OfficialPayload) -> None:
    """Raises Invalid for a unit that is not there and of which area and kind are not both stated: it may be misspelt,
    and what it would be opened as decides what its officials may warn of.
    """
    if payload.area and payload.kind:
        return
    known = [each.name for each in units.everything(connection) if each.active]
    near = get_close_matches(payload.unit, known, n=1)
    meant = f" (is {near[0]!r} meant?)" if near else ""
    text = f"there is no unit {payload.unit!r}{meant}: to open it with this official, state its area and its kind"
    raise Invalid(text, rule=Rule.UNIT_UNKNOWN, place="unit")


def must_be_known(connection: Connection, area: str) -> None:
    """Raises Invalid for the key of a region that is not there."""
    if area != NATION and regions.by_key(connection, area) is None:
        raise Invalid(f"there is no region {area!r}", rule=Rule.REGION_UNKNOWN, place="area")


_UNKNOWN_WORDS: Mapping[str, Rule] = {"kind": Rule.KIND_UNKNOWN, "office": Rule.OFFICE_UNKNOWN}


def must_be_word(word: str | None, known: Collection[str], place: Literal["kind", "office"]) -> None:
    """Raises Invalid for a word the policy does not have, with those it has; None is no word at all."""
    if word is not None and word not in known:
        text = f"{word!r} is no {place} of the authority policy"
        raise Invalid(text, rule=_UNKNOWN_WORDS[place], place=place, remedy=f"say one of {', '.join(sorted(known))}")


def _move(connection: Connection, payload: Move) -> Mapping[str, Any]:
    _in_office(connection, payload.official)
    unit = _open_unit(connection, payload.unit)
    officials.move(connection, payload.official, unit, payload.office)
    return {"official": payload.official, "unit": unit.name, "area": unit.area, "office": payload.office}


def _reinstate(connection: Connection, payload: Whom, _at: int) -> Mapping[str, Any]:
    record = _find_official(connection, payload.official)
    _open_unit(connection, record.official.unit)
    if record.active:
        raise Conflict("the official is in office", rule=Rule.OFFICIAL_ACTIVE, place="official")
    officials.set_active(connection, payload.official, active=True)
    return _rights_of(record.official, record.official.rights)


def _retire(connection: Connection, payload: Whom, at: int) -> Mapping[str, Any]:
    _find_official(connection, payload.official)
    officials.set_active(connection, payload.official, active=False)
    # They open nothing any more either way; ended, they do not come back with the official.
    return {"official": payload.official, "sessions": sessions.end_all(connection, payload.official, at, "retired")}


def _grant(connection: Connection, payload: RightOf, _at: int) -> Mapping[str, Any]:
    official = _in_office(connection, payload.official)
    if official.may(payload.right):
        raise Conflict(f"the official holds the right to {payload.right}", rule=Rule.RIGHT_HELD, place="right")
    rights = official.rights | {payload.right}
    officials.check_rights(rights, officials.rights_elsewhere(connection, official.person, official.id))
    officials.set_rights(connection, official.id, rights)
    return _rights_of(official, rights)


def _revoke(connection: Connection, payload: RightOf, _at: int) -> Mapping[str, Any]:
    official = _find_official(connection, payload.official).official
    if not official.may(payload.right):
        raise Conflict(
            f"the official does not hold the right to {payload.right}", rule=Rule.RIGHT_NOT_HELD, place="right"
        )
    rights = official.rights - {payload.right}
    officials.set_rights(connection, official.id, rights)
    return _rights_of(official, rights)


def _link(connection: Connection, payload: AccountLink, _at: int) -> Mapping[str, Any]:
    official, other = (
        _find_official(connection, payload.official).official,
        _find_official(connection, payload.account_of).official,
    )
    if official.person == other.person:
        raise Conflict("the two accounts are one person's already", rule=Rule.ACCOUNT_LINKED, place="account_of")
    mine = officials.rights_elsewhere(connection, official.person)
    officials.check_rights(mine, officials.rights_elsewhere(connection, other.person))
    officials.link(connection, official.person, other.person)
    return {"official": official.id, "person": other.person, "was_person": official.person}


def _find_official(connection: Connection, number: int) -> OfficialRecord:
    record = officials.by_id(connection, number, lock=True)
    if record is None:
        raise NotFound(f"there is no official {number}", rule=Rule.OFFICIAL_UNKNOWN, place="official")
    return officials.must_be_readable(record)


def _in_office(connection: Connection, number: int) -> Official:
    record = _find_official(connection, number)
    if not record.active:
        raise Conflict("the official is out of office", rule=Rule.OFFICIAL_INACTIVE, place="official")
    return record.official


def _open_unit(connection: Connection, name: str) -> Unit:
    unit = units.by_name(connection, name)
    if unit is None or not unit.active:
        raise Invalid(f"there is no open unit {name!r}", rule=Rule.UNIT_UNKNOWN, place="unit")
    return unit


def _rights_of(official: Official, rights: frozenset[Right]) -> Mapping[str, Any]:
    return {"official": official.id, "person": official.person, "rights": sorted(rights)}
