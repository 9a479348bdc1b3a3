"""What the record of one warning holds beside the warning itself: who had a hand in it, and the papers it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_PERSON = func.coalesce(officials.c.account_of, officials.c.id).label("person")


def authors(connection: Connection, alert: int) -> Sequence[Row[Any]]:
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
    return connection.execute(query).all()


def list_decisions(connection: Connection, alert: int) -> Sequence[Row[Any]]:
    """Every decision, the void ones too, with the person, name and unit of who took it; oldest first."""
    query = _select_with_names(decisions).where(decisions.c.alert == alert).order_by(decisions.c.id)
    return connection.execute(query).all()


def delegations(connection: Connection, alert: int) -> frozenset[int]:
    """Numbers of the delegations under which it was submitted or decided on."""
    submitted = select(alerts.c.delegation).where(alerts.c.id == alert)
    decided = select(decisions.c.delegation).where(decisions.c.alert == alert)
    return frozenset(
        number for query in (submitted, decided) for number in connection.execute(query).scalars() if number
    )


def paper(connection: Connection, number: int) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
    """An authorisation (授权书) and the decisions on it."""
    row = connection.execute(select(standing_authorisations).where(standing_authorisations.c.id == number)).first()
    query = _select_with_names(standing_decisions).where(standing_decisions.c.standing == number)
    said = connection.execute(query.order_by(standing_decisions.c.id)).all()
    return None if row is None else (dict(row._mapping), [dict(each._mapping) for each in said])  # noqa: SLF001


def papers(connection: Connection, alert: int) -> dict[str, list[Mapping[str, Any]]]:
    """Countersignatures owed or given, and referrals, by kind."""
    given = countersignatures.outerjoin(officials, officials.c.id == countersignatures.c.official)
    signed = select(countersignatures, _PERSON).select_from(given).where(countersignatures.c.alert == alert)
    raised = select(referrals).where(referrals.c.alert == alert)
    found: dict[str, list[Mapping[str, Any]]] = {}
    for kind, query in (("countersignature", signed), ("referral", raised)):
        rows = connection.execute(query).all()
        found[kind] = [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name of it
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


def _select_with_names(table: Table) -> Any:
    joined = table.join(officials, officials.c.id == table.c.official)
    return select(table, officials.c.name, officials.c.unit, _PERSON).select_from(joined)
