"""Who reads which alert and which paper: one answer for the listings, for every view of one and for the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.official import Official
from approvals.reading import ReadableAlert
from approvals.standing_terms import StandingTerms
from hub.access.permissions import Permission, holds
from hub.audience.plan import plan_of
from hub.dossier.issuers import issuers_of
from hub.errors import Forbidden, NotFound
from hub.rules.rule import Rule
from hub.store.access import services, units
from hub.store.alerts import alerts, referrals, standing
from hub.store.alerts.alert_row import AlertRow
from hub.store.alerts.standing import StandingRow
from hub.store.schema import standing_authorisations as papers
from hub.store.sql.rows import read_rows, readable


@dataclass(frozen=True, slots=True)
class Page:
    """So many of the newest alerts below the cursor `after`, of one stage where it is named."""

    after: int | None
    limit: int
    stage: str | None


def must_read(connection: Connection, policy: Policy, official: Official, alert_id: int) -> None:
    """Raises NotFound, and Forbidden for an alert that concerns neither the official's unit nor their area."""
    row = alerts.get(connection, alert_id)
    if row is None:
        raise NotFound(f"there is no alert {alert_id}", rule=Rule.ALERT_UNKNOWN)
    if not reads(connection, policy, official, row):
        text = (
            f"alert {alert_id} is neither of {official.unit} nor of its area, nor of what stands above it: ask the unit"
            " that issues it, or have the policy let you read further ([reading])"
        )
        raise Forbidden(text, rule=Rule.READING, place="alert")


def reads(connection: Connection, policy: Policy, official: Official, row: AlertRow) -> bool:
    """Whether the official reads the alert of a row."""
    return bool(readable_among(connection, policy, official, [row]))


def readable_rows(connection: Connection, policy: Policy, official: Official, newest: Page) -> Sequence[AlertRow]:
    """The newest of a page that the official reads, as many as it has room for."""
    found: list[AlertRow] = []
    after = newest.after
    while len(found) < newest.limit and (rows := alerts.page(connection, after, newest.limit, newest.stage)):
        found += readable_among(connection, policy, official, rows)
        after = rows[-1].id
    return found[: newest.limit]


def readable_among(
    connection: Connection, policy: Policy, official: Official, rows: Sequence[AlertRow]
) -> Sequence[AlertRow]:
    """Those of the rows that the official reads, in their order; none of which nobody can say whom it concerns. Asks
    for units and referrals once, however many rows there are; for neither where the policy lets the official read all.
    """
    if policy.reading.reads_all(official):
        return rows
    areas = {unit.name: unit.area for unit in units.everything(connection)}
    inboxes = referrals.units_by_alert(connection, [row.id for row in rows])
    told = readable(rows, lambda row: (row, _readable(row, areas, inboxes.get(row.id, frozenset()))))
    return [row for row, concerned in told if policy.reading.may_read(official, concerned)]


def _readable(row: AlertRow, unit_areas: Mapping[str, str], inboxes: frozenset[str]) -> ReadableAlert:
    """Units with a part in it, also those in whose inbox it lay, and every place it is of, or for."""
    issuers, plan = issuers_of(row), plan_of(row)
    named = frozenset({*issuers.signing, *issuers.consulted, issuers.publisher} - {""})
    areas = frozenset(unit_areas[name] for name in issuers.signing if name in unit_areas)
    return ReadableAlert(named | inboxes, areas | plan.audience.regions | plan.staked)


def must_read_paper(connection: Connection, policy: Policy, official: Official, row: StandingRow) -> None:
    """Raises Forbidden for a paper (授权书) that concerns neither the official's unit nor their area."""
    if not papers_among(connection, policy, official, [row]):
        text = f"{row.kind} {row.id} is neither by {official.unit} nor for it, nor of its area or what stands above it"
        remedy = "ask the unit that grants it, or have the policy let you read further ([reading])"
        raise Forbidden(text, rule=Rule.READING, place=row.kind, remedy=remedy)


def papers_among(
    connection: Connection, policy: Policy, official: Official, rows: Sequence[StandingRow]
) -> Sequence[StandingRow]:
    """Those of the rows that the official reads, in their order: as a warning, by the units and the places in it.

    An administrator may end any paper (AUTH-7), and so reads every one.
    """
    if policy.reading.reads_all(official) or holds(official, Permission.HUB_MANDATE_READ):
        return rows
    areas = {unit.name: unit.area for unit in units.everything(connection)}
    told = read_rows(papers, rows, lambda row: (row, _readable_papers(connection, row, areas)))
    return [row for row, concerned in told if policy.reading.may_read(official, concerned)]


def _readable_papers(connection: Connection, row: StandingRow, unit_areas: Mapping[str, str]) -> ReadableAlert:
    """The unit that grants it, the one that it is granted to or whose system that is, and every place it is for."""
    document = standing.document_in(row)
    service = services.by_name(connection, document.grantee) if isinstance(document, StandingTerms) else None
    named = frozenset({document.grantor, service.unit if service is not None else standing.borrower(row)} - {""})
    areas = frozenset(unit_areas[name] for name in named if name in unit_areas)
    return ReadableAlert(named, areas | frozenset(document.areas))
