"""Keeps the duty roster: shifts and contacts, one by one or from a file; every change is in the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from approvals.official import Official
from hub.clock import from_ms, to_ms
from hub.crypto.vault import Vault
from hub.errors import Forbidden, Invalid, NotFound
from hub.registry.duty_roster.entry import RosterEntry, RosterHeader, entry_of
from hub.registry.duty_roster.permission import MACHINE, must_administer_roster, must_be_bootstrap, must_keep_roster
from hub.registry.rows import RowBreach
from hub.rules.rule import Rule
from hub.settings.calls import CallSettings
from hub.store.access import officials
from hub.store.register import roster as store
from hub.store.register.imports import RowRefused
from hub.store.register.roster import NewShift, OfficialContact, Shift
from hub.transaction import Tx

MOST_ROWS = 10_000  #: a year of three shifts a day in nine units
SHOWN = timedelta(days=7)  #: how far ahead a listing looks unless it is asked for more


@dataclass(frozen=True, slots=True)
class ShiftView:
    """One shift. `media`: by what its official can be called; the addresses are shown to nobody."""

    id: int
    official: str
    unit: str
    begins: datetime
    ends: datetime
    role: str
    order: int
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What became of a file: `read` rows; `shifts` and `contacts` kept; `refused` by row, column and rule."""

    read: int
    shifts: int
    contacts: int
    refused: tuple[RowRefused, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """`settings` name the offices whose holders lead a unit."""

    vault: Vault
    settings: CallSettings

    def list_shifts(
        self, tx: Tx, unit: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> tuple[ShiftView, ...]:
        """Shifts that touch the time from `start` (now) to `end` (a week later), by unit, role and order."""
        first = start or tx.now
        last = end or first + SHOWN
        return self._list_shifts(tx.connection, to_ms(first), to_ms(last), unit)

    def put(self, tx: Tx, actor: Official | None, cells: Mapping[str, str]) -> RosterReport:
        """Keeps one line, given by column. Raises Invalid naming the column, Forbidden, NotFound."""
        try:
            entry = entry_of(cells)
            self._let_in(tx.connection, actor)
            whose = _official(tx.connection, entry)
            self._must_keep(actor, whose, entry)
            kept = self._keep(tx, actor, whose, entry)
        except RowBreach as breach:
            raise Invalid(f"{breach.column} {breach.rule}", rule=Rule.ROSTER_ROW, place=breach.column) from None
        return RosterReport(1, kept["shifts"], kept["contacts"], ())

    def remove(self, tx: Tx, actor: Official | None, number: int) -> None:
        """Takes a shift out, one whose row does not read too. Raises Forbidden, NotFound."""
        self._let_in(tx.connection, actor)
        shift = store.get_shift(tx.connection, number)
        if shift is None:
            raise NotFound(f"there is no shift {number}", rule=Rule.SHIFT_UNKNOWN, place="id")
        whose = officials.by_id(tx.connection, shift.official)
        if whose is None:
            must_administer_roster(actor)
        else:
            must_keep_roster(actor, whose.official, self.settings.leader_offices)
        store.remove_shift(tx.connection, number)
        detail = {"shift": number, "official": shift.official}
        if isinstance(shift, Shift):
            detail |= {"from": shift.from_at, "until": shift.until_at}
        unit = whose.official.unit if whose is not None else ""
        tx.audit("roster-remove", f"roster/{unit}", detail)

    def import_rows(self, tx: Tx, actor: Official | None, rows: RosterFile) -> RosterReport:
        """Keeps every good row of a file and lists the others."""
        self._let_in(tx.connection, actor)
        return self._import(tx, actor, rows)

    # --- inside a transaction

    def _import(self, tx: Tx, actor: Official | None, rows: RosterFile) -> RosterReport:
        refused: list[RowRefused] = []
        kept = {"shifts": 0, "contacts": 0}
        for number, line in rows.lines:
            try:
                entry = rows.header.entry(line)
                whose = _official(tx.connection, entry)
                self._must_keep(actor, whose, entry)
                done = self._keep(tx, actor, whose, entry)
                kept = {name: kept[name] + done[name] for name in kept}
            except RowBreach as breach:
                refused.append(RowRefused(number, breach.column, breach.rule))
            except (NotFound, Forbidden) as error:
                refused.append(RowRefused(number, error.place or "official", _describe_error(error)))
        detail = {"file": rows.digest, "rows": len(rows.lines), **kept, "refused": len(refused)}
        tx.audit("roster-import", "roster", detail)
        return RosterReport(len(rows.lines), kept["shifts"], kept["contacts"], tuple(refused))

    def _keep(self, tx: Tx, actor: Official | None, whose: Official, entry: RosterEntry) -> dict[str, int]:
        now, by = tx.now_ms, actor.id if actor is not None else 0
        detail: dict[str, Any] = {"official": whose.id}
        if entry.shift is not None:
            start, end, role, order = entry.shift
            number, _ = store.put_shift(tx.connection, NewShift(whose.id, start, end, role, order), by, now)
            detail |= {"shift": number, "from": start, "until": end, "role": role, "order": order}
        if entry.addresses:
            contact = OfficialContact(entry.language, entry.addresses)
            store.put_contact(tx.connection, self.vault.box, whose.id, contact, now)
            detail |= {"media": sorted(entry.addresses), "language": entry.language}
        tx.audit("roster-set", f"roster/{whose.unit}", detail)
        return {"shifts": int(entry.shift is not None), "contacts": int(bool(entry.addresses))}

    def _must_keep(self, actor: Official | None, whose: Official, entry: RosterEntry) -> None:
        own = actor is not None and actor.id == whose.id and entry.shift is None
        if not own:  # everybody may say how they are called, nobody puts themselves on duty
            must_keep_roster(actor, whose, self.settings.leader_offices)

    def _let_in(self, connection: Connection, actor: Official | None) -> None:
        if actor is None:
            must_be_bootstrap(connection)

    def _list_shifts(self, connection: Connection, start: int, end: int, unit: str | None) -> tuple[ShiftView, ...]:
        found = store.list_shifts(connection, start, end, unit)
        known = store.contacts(connection, {each.official for each in found})
        return tuple(
            ShiftView(
                id=each.id,
                official=each.name,
                unit=each.unit,
                begins=from_ms(each.from_at),
                ends=from_ms(each.until_at),
                role=each.role,
                order=each.position,
                media=known[each.official].media if each.official in known else (),
            )
            for each in found
        )


@dataclass(frozen=True, slots=True)
class RosterFile:
    """The lines of a file under its header, by number; `digest` names the file in the audit log."""

    header: RosterHeader
    lines: tuple[tuple[int, str], ...]
    digest: str


def read_roster_file(text: str) -> RosterFile:
    """The file as CSV with a header. Raises Invalid for the header, and for more rows than a file may have."""
    every = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [(number, line) for number, line in enumerate(every, 1) if line.strip()]
    if not lines:
        raise Invalid("the file is empty", rule=Rule.HEADER, place="row 1")
    if len(lines) > MOST_ROWS + 1:
        raise Invalid(f"a file has at most {MOST_ROWS:,} rows", rule=Rule.ROSTER_ROWS, place=f"row {MOST_ROWS + 2}")
    try:
        header = RosterHeader.read(lines[0][1])
    except RowBreach as breach:
        raise Invalid(f"the header {breach.rule}", rule=Rule.HEADER, place="row 1") from None
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return RosterFile(header, tuple(lines[1:]), digest)


def name_of(actor: Official | None) -> str:
    """What the audit log calls whoever keeps the roster; None is the machine itself."""
    return actor.name if actor is not None else MACHINE


def _official(connection: Connection, entry: RosterEntry) -> Official:
    """The official in office whom a line means. Raises Breach."""
    try:
        found = officials.find(connection, entry.official, "official")
    except NotFound:
        raise RowBreach(
            "official",
            "is no official of this hub: `hub official list` tells who is, and `hub official add` enters one",
        ) from None
    if not found.active:
        raise RowBreach("official", "is not in office: `hub official reinstate` brings them back")
    if entry.unit and entry.unit != found.official.unit:
        raise RowBreach(
            "unit",
            "is not the unit of this official: leave the column empty, or write the unit as `hub official list` does",
        )
    return found.official


def _describe_error(error: Forbidden | NotFound) -> str:
    return str(error) if isinstance(error, Forbidden) else "is not known"
