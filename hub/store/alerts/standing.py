"""Authorisations (授权书) in SQL: the papers, what was decided on them, and how often they were used.

Standing ones let an upstream system release, delegations another unit, and entrustments have a warning centre publish
for their principal; all lie in one table and are numbered together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

import orjson
from sqlalchemy import Connection, Select, func, insert, select, update

from approvals.decision import Decision
from approvals.delegation import Delegation, SignedDelegation, delegation_of
from approvals.entrustment import Entrusted, Entrustment, entrustment_of
from approvals.paper import SignedMandate
from approvals.standing import StandingAuthorization
from approvals.standing_terms import StandingTerms, document_of
from hub.clock import from_ms
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.access import officials
from hub.store.records import audit
from hub.store.schema import alerts, standing_decisions
from hub.store.schema import standing_authorisations as table
from hub.store.sql.numbers import add_row
from hub.store.sql.rows import fetch_value, fetch_values, read_rows

STANDING, DELEGATION, ENTRUSTMENT = "standing", "delegation", "entrustment"
KINDS = (STANDING, DELEGATION, ENTRUSTMENT)
LENDING = (DELEGATION, ENTRUSTMENT)  #: what a unit lends to another, or has another do for it
USE = "delegation-use"  #: of the audit entry that says that a release rests on such a paper
PROPOSED, IN_FORCE, REJECTED, REVOKED = "proposed", "in-force", "rejected", "revoked"


@dataclass(frozen=True, slots=True)
class StandingRow:
    """A paper as its row has it. Times in ms."""

    id: int
    kind: str
    name: str
    document: str
    digest: str
    state: str
    valid_from: int
    valid_until: int
    created_by: int
    created_at: int
    revoked_by: int | None
    revoked_at: int | None


class StandingChange(TypedDict, total=False):
    """What may change of a paper: what was signed of it stays."""

    state: str
    revoked_by: int
    revoked_at: int


class NewStandingDecision(TypedDict):
    """A decision on a paper as it is recorded. `proof` names the factor that was shown, if one was; `at` in ms."""

    standing: int
    official: int
    step: str
    verdict: str
    digest: str
    reason: str
    proof: str
    seal: str
    at: int


@dataclass(frozen=True, slots=True)
class StandingDecisionRow:
    """A decision on a paper as its row has it."""

    id: int
    standing: int
    official: int
    step: str
    verdict: str
    digest: str
    reason: str
    proof: str
    seal: str
    at: int


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper as it is proposed. `document` is canonical JSON; times in ms."""

    kind: str
    name: str
    document: str
    digest: str
    valid_from: int
    valid_until: int
    created_by: int


def add(connection: Connection, new: NewPaper, at: int) -> int:
    """Keeps a proposed paper; returns its id. Raises Conflict for a name in use."""
    known = select(table.c.id).where(table.c.name == new.name)
    if connection.execute(known).first() is not None:
        raise Conflict("an authorisation of this name exists", rule=Rule.STANDING_EXISTS, place="name")
    values = {
        "kind": new.kind,
        "name": new.name,
        "document": new.document,
        "digest": new.digest,
        "state": PROPOSED,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "created_by": new.created_by,
        "created_at": at,
    }
    return add_row(connection, table, insert(table).values(**values))


def get(connection: Connection, standing: int, *, lock: bool = False) -> StandingRow | None:
    query = select(table).where(table.c.id == standing)
    return fetch_value(connection, query.with_for_update() if lock else query, StandingRow)


def everything(connection: Connection, kind: str) -> Sequence[StandingRow]:
    query = select(table).where(table.c.kind == kind)
    return fetch_values(connection, query.order_by(table.c.id), StandingRow)


def change(connection: Connection, standing: int, **values: Unpack[StandingChange]) -> None:
    changed = update(table).where(table.c.id == standing).values(**values)
    connection.execute(changed)


def insert_decision(connection: Connection, values: NewStandingDecision) -> None:
    connection.execute(insert(standing_decisions).values(**values))


def decision_rows(connection: Connection, standing: int) -> Sequence[StandingDecisionRow]:
    query = select(standing_decisions).where(standing_decisions.c.standing == standing)
    return fetch_values(connection, query.order_by(standing_decisions.c.id), StandingDecisionRow)


def decisions(connection: Connection, row: StandingRow) -> tuple[Decision, ...]:
    """What officials of the grantor decided who are still in office: who has left no longer signs for anything.

    Their own power alone stands behind it: nothing that was lent to them is in it (AUTH-4).
    """
    found: list[Decision] = []
    for each in decision_rows(connection, row.id):
        record = officials.by_id(connection, each.official)
        if record is not None and record.active and record.official.unit == grantor(row):
            word = (each.step, each.verdict, each.digest, from_ms(each.at), each.reason, each.seal)
            found.append(Decision(record.official, *word))
    return tuple(found)


def deciders(connection: Connection, standing: int) -> frozenset[int]:
    """The accounts that decided on it and the persons behind them, in office or not (SEP-2)."""
    rows = decision_rows(connection, standing)
    found = [record.official for row in rows if (record := officials.by_id(connection, row.official)) is not None]
    return frozenset(number for one in found for number in (one.id, one.person))


def load(connection: Connection, row: StandingRow, now: int) -> SignedMandate:
    """The paper with its decisions, and the uses of a standing one in the last hour, ready to be asked.

    Raises StandingRefused where somebody changed its document into something that is none.
    """
    return load_lending(connection, row) if row.kind in LENDING else _standing(connection, row, now)


def read_document(kind: str, tree: Mapping[str, Any]) -> StandingTerms | Delegation | Entrustment:
    """The document of a paper of this kind. Raises StandingRefused."""
    if kind == STANDING:
        return document_of(tree)
    return delegation_of(tree) if kind == DELEGATION else entrustment_of(tree)


def document_in(row: StandingRow) -> StandingTerms | Delegation | Entrustment:
    """The document of a row. Raises StandingRefused."""
    return read_document(row.kind, orjson.loads(row.document))


def for_service(
    connection: Connection, name: str, now: int, *, lock: bool = False
) -> tuple[StandingAuthorization, ...]:
    """The papers in force at `now` (ms) that name this service; locked, none is revoked while it is used."""
    query = _in_force((STANDING,), now)
    rows = fetch_values(connection, query.with_for_update() if lock else query, StandingRow)
    named = read_rows(table, rows, lambda row: (row, orjson.loads(row.document).get("grantee")))
    return tuple(_standing(connection, row, now) for row, grantee in named if grantee == name)


def papers_lending_to(connection: Connection, unit: str, now: int, *, lock: bool = False) -> tuple[StandingRow, ...]:
    """The papers in force at `now` (ms) that lend this unit anything; locked, none is revoked while it is used."""
    query = _in_force(LENDING, now)
    rows = fetch_values(connection, query.with_for_update(read=True) if lock else query, StandingRow)
    return tuple(row for row, name in read_rows(table, rows, lambda row: (row, borrower(row))) if name == unit)


def borrower(row: StandingRow) -> str:
    """The name of the unit a delegation lends to, or that an entrustment has publish."""
    document = orjson.loads(row.document)
    return str(document.get("unit") or document.get("publisher", ""))


def grantor(row: StandingRow) -> str:
    """The name of the unit whose paper it is."""
    return str(orjson.loads(row.document).get("grantor", ""))


def uses(connection: Connection, row: StandingRow) -> int:
    """How many releases rest on a paper."""
    if row.kind in LENDING:
        return audit.count_of(connection, f"{row.kind}/{row.id}", USE)
    return count_releases(connection, row.id)


def count_releases(connection: Connection, standing: int, since: int = 0) -> int:
    """How many warnings a standing paper released from `since` (ms) on."""
    released = alerts.c.released_at.is_not(None) & (alerts.c.released_at > since)
    query = select(func.count()).select_from(alerts).where(alerts.c.standing == standing, released)
    return connection.execute(query).scalar_one()


def _in_force(kinds: Sequence[str], now: int) -> Select[Any]:
    return (
        select(table)
        .where(
            table.c.kind.in_(kinds),
            table.c.state == IN_FORCE,
            table.c.valid_from <= now,
            table.c.valid_until > now,
        )
        .order_by(table.c.id)
    )


def _standing(connection: Connection, row: StandingRow, now: int) -> StandingAuthorization:
    document = document_of(orjson.loads(row.document))
    used = count_releases(connection, row.id, now - 3_600_000)
    return StandingAuthorization(row.id, document, row.digest, *_read_decisions(connection, row), used)


def load_lending(connection: Connection, row: StandingRow) -> SignedDelegation | Entrusted:
    """A delegation or an entrustment with its decisions. Raises StandingRefused."""
    if row.kind == ENTRUSTMENT:
        document = entrustment_of(orjson.loads(row.document))
        return Entrusted(row.id, document, row.digest, *_read_decisions(connection, row))
    return SignedDelegation(
        row.id, delegation_of(orjson.loads(row.document)), row.digest, *_read_decisions(connection, row)
    )


def _read_decisions(
    connection: Connection, row: StandingRow
) -> tuple[frozenset[int], tuple[Decision, ...], datetime | None]:
    """Who wrote it, what was decided on it, and when it was revoked."""
    author = officials.by_id(connection, row.created_by)
    authors = frozenset({row.created_by} | ({author.official.person} if author is not None else set()))
    revoked = from_ms(row.revoked_at) if row.revoked_at is not None else None
    return authors, decisions(connection, row), revoked
