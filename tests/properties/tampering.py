"""Somebody with SQL undoes a no: the row and the decisions as they were before it, and the acts spoilt in some way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hub.store.schema import acts, alerts, decisions
from tests.properties.office import Office
from tests.properties.statute import File

#: `last` is the number of the no; another subject's act is one that the hub sealed, too
TAMPERINGS = (
    "SELECT 1",
    "DELETE FROM acts WHERE subject = '{subject}' AND number = {last}",
    "DELETE FROM acts WHERE subject = '{subject}' AND number > 1",
    "DELETE FROM acts WHERE subject = '{subject}'",
    "UPDATE acts SET jws = 'a.b.c' WHERE subject = '{subject}' AND number = {last}",
    (
        "UPDATE acts SET jws = (SELECT jws FROM acts WHERE subject = '{subject}' AND number = {last} - 1)"
        " WHERE subject = '{subject}' AND number = {last}"
    ),
    (
        "UPDATE acts SET jws = (SELECT coalesce(max(jws), 'none') FROM acts WHERE subject <> '{subject}')"
        " WHERE subject = '{subject}' AND number = {last}"
    ),
    "UPDATE acts SET number = number + 50 WHERE subject = '{subject}' AND number = {last}",
)


@asynccontextmanager
async def undone(office: Office, file: File, digest: str) -> AsyncIterator[None]:
    """Inside, the record says that nobody said no; afterwards it is as the hub left it."""
    town, subject, number = office.town, f"alert/{file.number}", file.number
    kept = await town.hub.db.read(lambda connection: _kept(connection, subject, number))
    await town.hub.db.write(lambda connection: _turn_back(connection, number, digest))
    await town.sql(office.dice.choice(TAMPERINGS).format(subject=subject, last=len(kept[0])))
    try:
        yield
    finally:
        await town.hub.db.write(lambda connection: _restore(connection, subject, number, kept))


def _kept(connection: Connection, subject: str, number: int) -> tuple[list[Any], list[Any], Any]:
    rows = connection.execute(select(acts).where(acts.c.subject == subject).order_by(acts.c.number)).mappings().all()
    said = connection.execute(select(decisions).where(decisions.c.alert == number)).mappings().all()
    names = (alerts.c.stage, alerts.c.digest, alerts.c.ended_at, alerts.c.version)
    row = connection.execute(select(*names).where(alerts.c.id == number)).mappings().one()
    return [dict(each) for each in rows], [dict(each) for each in said], dict(row)


def _turn_back(connection: Connection, number: int, digest: str) -> None:
    connection.execute(
        update(alerts).where(alerts.c.id == number).values(stage="approved", digest=digest, ended_at=None)
    )
    mine = decisions.c.alert == number
    connection.execute(delete(decisions).where(mine, decisions.c.verdict != "approve"))
    connection.execute(update(decisions).where(mine, decisions.c.digest == digest).values(void=False))


def _restore(connection: Connection, subject: str, number: int, kept: tuple[list[Any], list[Any], Any]) -> None:
    rows, said, row = kept
    connection.execute(delete(acts).where(acts.c.subject == subject))
    connection.execute(insert(acts), rows)
    connection.execute(delete(decisions).where(decisions.c.alert == number))
    connection.execute(insert(decisions), said)
    connection.execute(update(alerts).where(alerts.c.id == number).values(**row))
