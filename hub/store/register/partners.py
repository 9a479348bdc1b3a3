"""Statements about media partners: who they are, and the evidence that they pulled and aired."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from hub.store.schema import partner_events, partners
from hub.store.sql.keyed import lock_for_numbering
from hub.store.sql.numbers import free_number
from hub.store.sql.rows import read_row, read_rows

PULLED, AIRED = "pulled", "aired"


@dataclass(frozen=True, slots=True)
class Partner:
    """A media partner; `endpoint` is the endpoints.id it is pushed to."""

    id: int
    name: str
    endpoint: int | None


def add(connection: Connection, name: str, token_hash: str, endpoint: int | None = None, *, now_ms: int) -> int:
    """Stores a partner and returns its id. `token_hash` is the SHA-256 (hex) of its feed token.

    Raises ValueError when the name or the token is taken.
    """
    lock_for_numbering(connection, "partners")
    taken = (partners.c.name == name) | (partners.c.token_hash == token_hash)
    if connection.execute(select(partners.c.id).where(taken)).first():
        raise ValueError(f"partner {name}: the name or the token is taken")
    number = free_number(connection, partners)
    values = {"id": number, "name": name, "token_hash": token_hash, "endpoint": endpoint, "created_at": now_ms}
    connection.execute(partners.insert().values(**values))
    return number


def forget_token(connection: Connection, partner: int) -> None:
    """From now on no token opens the feeds in this partner's name: what is kept in its place is no SHA-256."""
    connection.execute(update(partners).where(partners.c.id == partner).values(token_hash=f"retired {partner}"))


def by_token_hash(connection: Connection, token_hash: str) -> Partner | None:
    """The partner whose feed token hashes to this."""
    row = connection.execute(_columns().where(partners.c.token_hash == token_hash)).first()
    return None if row is None else read_row(partners, row, _partner)


def list_all(connection: Connection) -> list[Partner]:
    """Every partner, by name."""
    return read_rows(partners, connection.execute(_columns().order_by(partners.c.name)), _partner)


def record(connection: Connection, partner: int, alert: int, kind: str, at: int, evidence: str) -> bool:
    """Keeps the first evidence that a partner pulled or aired an alert (`at` in ms); False where there was one."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * 5)
    done = connection.exec_driver_sql(
        f"INSERT INTO partner_events (partner, alert, kind, at, evidence) VALUES ({marks}) ON CONFLICT DO NOTHING",
        (partner, alert, kind, at, evidence),
    )
    return done.rowcount > 0


def counts(connection: Connection, alert_ids: Iterable[int]) -> dict[str, int]:
    """How many partners pulled, and how many aired, any of the alerts: each partner once per kind."""
    statement = (
        select(partner_events.c.kind, func.count(partner_events.c.partner.distinct()))
        .where(partner_events.c.alert.in_(list(alert_ids)))
        .group_by(partner_events.c.kind)
    )
    found = {kind: number for kind, number in connection.execute(statement)}  # noqa: C416
    return {PULLED: found.get(PULLED, 0), AIRED: found.get(AIRED, 0)}


def _partner(row: Row[Any]) -> Partner:
    return Partner(row.id, row.name, row.endpoint)


def _columns() -> Select[Any]:
    return select(partners.c.id, partners.c.name, partners.c.endpoint)
