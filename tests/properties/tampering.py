"""Somebody with SQL has a hand in the record of a warning, and it is put back as the hub left it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, delete, insert, select, update

from hub.store.schema import acts, alert_authors, alerts, decisions, forms, orders, standing_authorisations
from tests.properties.agency import Agency
from tests.properties.policy_model import File


@dataclass(frozen=True)
class Kept:
    """The rows of one subject in one table, as they were."""

    table: Table
    column: Column[Any]
    value: object
    rows: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, connection: Connection, table: Table, column: Column[Any], value: object) -> Kept:
        found = connection.execute(select(table).where(column == value)).mappings()
        return cls(table, column, value, tuple(dict(row) for row in found))

    def put_back(self, connection: Connection) -> None:
        connection.execute(delete(self.table).where(self.column == self.value))
        if self.rows:
            connection.execute(insert(self.table), list(self.rows))


@asynccontextmanager
async def spoilt(agency: Agency, file: File) -> AsyncIterator[int]:
    """Inside, the record of a warning may be written to; afterwards it is as the hub left it. Gives the newest act."""
    where = (
        (acts, acts.c.subject, f"alert/{file.number}"),
        (alerts, alerts.c.id, file.number),
        (decisions, decisions.c.alert, file.number),
        (forms, forms.c.alert, file.number),
        (alert_authors, alert_authors.c.alert, file.number),
        (orders, orders.c.alert, file.number),
    )
    async with _put_back(agency, where) as kept:
        yield len(kept[0].rows)


@asynccontextmanager
async def spoilt_paper(agency: Agency, number: int, kind: str = "standing") -> AsyncIterator[int]:
    """A paper signed beforehand, for as long as its acts and its row are written over; gives how many acts it had."""
    papers = standing_authorisations
    where = ((acts, acts.c.subject, f"{kind}/{number}"), (papers, papers.c.id, number))
    async with _put_back(agency, where) as kept:
        yield len(kept[0].rows)


@asynccontextmanager
async def _put_back(
    agency: Agency, where: Sequence[tuple[Table, Column[Any], object]]
) -> AsyncIterator[tuple[Kept, ...]]:
    db = agency.town.hub.db
    kept = await db.read(lambda connection: tuple(Kept.read(connection, *each) for each in where))

    def put_back(connection: Connection) -> None:
        for each in kept:
            each.put_back(connection)

    try:
        yield kept
    finally:
        await db.write(put_back)


async def undo_no(agency: Agency, file: File, digest: str) -> None:
    """The row and the decisions as they were before somebody said no."""

    def work(connection: Connection) -> None:
        values = {"stage": "approved", "digest": digest, "ended_at": None}
        connection.execute(update(alerts).where(alerts.c.id == file.number).values(**values))
        mine = decisions.c.alert == file.number
        connection.execute(delete(decisions).where(mine, decisions.c.verdict != "approve"))
        connection.execute(update(decisions).where(mine, decisions.c.digest == digest).values(void=False))

    await agency.town.hub.db.write(work)


async def undo_revocation(agency: Agency, number: int) -> None:
    """The row of a paper as it was before it was revoked."""
    papers = standing_authorisations
    values = {"state": "in-force", "revoked_at": None, "revoked_by": None}
    await agency.town.hub.db.write(
        lambda connection: connection.execute(update(papers).where(papers.c.id == number).values(**values))
    )


async def strike_out(agency: Agency, file: File, person: int) -> None:
    """Who had a hand in it never had."""
    accounts = [number for number, clerk in agency.oracle.clerks.items() if clerk.person == person]
    mine = (alert_authors.c.alert == file.number, alert_authors.c.official.in_(accounts))

    def work(connection: Connection) -> None:
        connection.execute(delete(alert_authors).where(*mine))
        created = (alerts.c.id == file.number, alerts.c.created_by.in_(accounts))
        connection.execute(update(alerts).where(*created).values(created_by=0))

    await agency.town.hub.db.write(work)
