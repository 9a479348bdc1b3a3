"""What the record of one warning holds beside the warning itself: who had a hand in it, and the papers it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, select

from hub.store.schema import (
    alert_authors,
    alerts,
    campaigns,
    countersignatures,
    decisions,
    officials,
    referrals,
    shards,
    standing_authorisations,
    standing_decisions,
)

Document = Mapping[str, Any]  #: a row as evidence shows it: every column under its name, whatever it holds

_PERSON = func.coalesce(officials.c.account_of, officials.c.id).label("person")


def authors(connection: Connection, alert: int) -> list[Document]:
    """(official, person, name, unit, role, at) of everyone who had a hand in the text; name empty for no official."""
    query: Select[Any] = (
        select(
            alert_authors.c.official,
            func.coalesce(officials.c.account_of, alert_authors.c.official).label("person"),
            func.coalesce(officials.c.name, "").label("name"),
            func.coalesce(officials.c.unit, "").label("unit"),
            alert_authors.c.role,
            alert_authors.c.at,
        )
        .outerjoin(officials, officials.c.id == alert_authors.c.official)
        .where(alert_authors.c.alert == alert)
        .order_by(alert_authors.c.at, alert_authors.c.official, alert_authors.c.role)
    )
    return [_document(row) for row in connection.execute(query)]


def list_decisions(connection: Connection, alert: int) -> list[Document]:
    """Every decision, the void ones too, with the person, name and unit of who took it; oldest first."""
    query = _select_with_names(decisions).where(decisions.c.alert == alert).order_by(decisions.c.id)
    return [_document(row) for row in connection.execute(query)]


def delegations(connection: Connection, alert: int) -> frozenset[int]:
    """Numbers of the delegations under which it was submitted or decided on."""
    submitted = select(alerts.c.delegation).where(alerts.c.id == alert)
    decided = select(decisions.c.delegation).where(decisions.c.alert == alert)
    return frozenset(
        number for query in (submitted, decided) for number in connection.execute(query).scalars() if number
    )


def paper(connection: Connection, number: int) -> tuple[Document, list[Document]] | None:
    """An authorisation (授权书) and the decisions on it."""
    row = connection.execute(select(standing_authorisations).where(standing_authorisations.c.id == number)).first()
    query = _select_with_names(standing_decisions).where(standing_decisions.c.standing == number)
    said = connection.execute(query.order_by(standing_decisions.c.id)).all()
    return None if row is None else (_document(row), [_document(each) for each in said])


def papers(connection: Connection, alert: int) -> dict[str, list[Document]]:
    """Countersignatures owed or given, and referrals, by kind."""
    given = countersignatures.outerjoin(officials, officials.c.id == countersignatures.c.official)
    signed = select(countersignatures, _PERSON).select_from(given).where(countersignatures.c.alert == alert)
    raised = select(referrals).where(referrals.c.alert == alert)
    found: dict[str, list[Document]] = {}
    for kind, query in (("countersignature", signed), ("referral", raised)):
        found[kind] = [_document(row) for row in connection.execute(query)]
    return found


def shard_counts(connection: Connection, alert: int) -> dict[str, dict[str, int]]:
    """Per channel: how many shards in which state."""
    query = (
        select(campaigns.c.channel, shards.c.state, func.count())
        .join(shards, shards.c.campaign == campaigns.c.id)
        .where(campaigns.c.alert == alert)
        .group_by(campaigns.c.channel, shards.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for channel, state, count in connection.execute(query):
        found.setdefault(channel, {})[state] = count
    return found


def _document(row: Row[Any]) -> Document:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name of it


def _select_with_names(table: Table) -> Any:
    joined = table.join(officials, officials.c.id == table.c.official)
    return select(table, officials.c.name, officials.c.unit, _PERSON).select_from(joined)
