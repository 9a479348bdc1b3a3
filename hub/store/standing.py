"""Standing authorisations in SQL: the papers, what was decided on them, and how often they were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, insert, select, update

from approvals.decision import Decision
from approvals.document import Document, document_of
from approvals.standing import Standing
from hub.clock import from_ms
from hub.errors import Conflict
from hub.store import officials
from hub.store.schema import alerts, standing_authorisations, standing_decisions

PROPOSED, IN_FORCE, REJECTED, REVOKED = "proposed", "in-force", "rejected", "revoked"

StandingRow = Row[Any]


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A paper as it is proposed. `document` is canonical JSON; times in ms."""

    name: str
    document: str
    digest: str
    valid_from: int
    valid_until: int
    created_by: int


def add(connection: Connection, new: NewPaper, at: int) -> int:
    """Keeps a proposed paper; returns its id. Raises Conflict for a name in use."""
    known = select(standing_authorisations.c.id).where(standing_authorisations.c.name == new.name)
    if connection.execute(known).first() is not None:
        raise Conflict("an authorisation of this name exists", rule="standing-exists", place="name")
    values = {
        "name": new.name,
        "document": new.document,
        "digest": new.digest,
        "state": PROPOSED,
        "valid_from": new.valid_from,
        "valid_until": new.valid_until,
        "created_by": new.created_by,
        "created_at": at,
    }
    statement = insert(standing_authorisations).values(**values).returning(standing_authorisations.c.id)
    made: int = connection.execute(statement).scalar_one()
    return made


def get(connection: Connection, standing: int, *, lock: bool = False) -> StandingRow | None:
    query = select(standing_authorisations).where(standing_authorisations.c.id == standing)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def everything(connection: Connection) -> Sequence[StandingRow]:
    return connection.execute(select(standing_authorisations).order_by(standing_authorisations.c.id)).all()


def change(connection: Connection, standing: int, **values: Any) -> None:
    changed = update(standing_authorisations).where(standing_authorisations.c.id == standing).values(**values)
    connection.execute(changed)


def insert_decision(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(standing_decisions).values(**values))


def decision_rows(connection: Connection, standing: int) -> Sequence[Row[Any]]:
    query = select(standing_decisions).where(standing_decisions.c.standing == standing)
    return connection.execute(query.order_by(standing_decisions.c.id)).all()


def decisions(connection: Connection, standing: int) -> tuple[Decision, ...]:
    """What was decided, by those who are still in office: who has left no longer signs for anything."""
    found: list[Decision] = []
    for row in decision_rows(connection, standing):
        record = officials.by_id(connection, row.official)
        if record is not None and record.active:
            word = (row.step, row.verdict, row.digest, from_ms(row.at), row.reason, row.seal)
            found.append(Decision(record.official, *word))
    return tuple(found)


def deciders(connection: Connection, standing: int) -> frozenset[int]:
    """The accounts that decided on it and the persons behind them, in office or not (SEP-2)."""
    rows = decision_rows(connection, standing)
    found = [record.official for row in rows if (record := officials.by_id(connection, row.official)) is not None]
    return frozenset(number for one in found for number in (one.id, one.person))


def load(connection: Connection, row: StandingRow, now: int) -> Standing:
    """The paper with its decisions and its uses of the last hour, ready to be asked."""
    author = officials.by_id(connection, row.created_by)
    authors = frozenset({row.created_by} | ({author.official.person} if author is not None else set()))
    return Standing(
        id=row.id,
        document=document_in(row),
        digest=row.digest,
        authors=authors,
        decisions=decisions(connection, row.id),
        revoked_at=from_ms(row.revoked_at) if row.revoked_at is not None else None,
        used=uses(connection, row.id, now - 3_600_000),
    )


def document_in(row: StandingRow) -> Document:
    """The document of a row. Raises StandingRefused where somebody changed it into something that is none."""
    return document_of(orjson.loads(row.document))


def for_service(connection: Connection, name: str, now: int) -> tuple[Standing, ...]:
    """The papers in force at `now` (ms) that name this service, each locked: it is not revoked while it is used."""
    query = select(standing_authorisations).where(
        standing_authorisations.c.state == IN_FORCE,
        standing_authorisations.c.valid_from <= now,
        standing_authorisations.c.valid_until > now,
    )
    rows = connection.execute(query.order_by(standing_authorisations.c.id).with_for_update()).all()
    mine = [row for row in rows if orjson.loads(row.document).get("grantee") == name]
    return tuple(load(connection, row, now) for row in mine)


def uses(connection: Connection, standing: int, since: int = 0) -> int:
    """How many warnings were released by it from `since` (ms) on."""
    released = alerts.c.released_at.is_not(None) & (alerts.c.released_at > since)
    query = select(func.count()).select_from(alerts).where(alerts.c.standing == standing, released)
    return connection.execute(query).scalar_one()
