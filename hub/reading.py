"""Who reads which alert: one answer for the listing, for every view of one alert and for the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection

from approvals.authority import Policy
from approvals.official import Official
from approvals.reading import Readable
from hub.errors import Forbidden, NotFound
from hub.issuers import issuers_of
from hub.release.plan import Plan
from hub.store import alerts, hand_ups, units
from hub.store.alerts import AlertRow

RULE = "reading"  #: of the refusal
BATCH = 200  #: rows looked at in one go


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
        raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown")
    if not reads(connection, policy, official, row):
        text = (
            f"alert {alert_id} is neither of {official.unit} nor of its area, nor of what stands above it: ask the unit"
            " that issues it, or have the policy let you read further ([reading])"
        )
        raise Forbidden(text, rule=RULE, place="alert")


def reads(connection: Connection, policy: Policy, official: Official, row: AlertRow) -> bool:
    """Whether the official reads the alert of a row."""
    return policy.reading.may_read(official, _readable(connection, row))


def readable_rows(connection: Connection, policy: Policy, official: Official, newest: Page) -> Sequence[AlertRow]:
    """The newest of a page that the official reads, as many as it has room for."""
    every = _every(connection, newest.after, newest.stage)
    found = (row for row in every if reads(connection, policy, official, row))
    return list(islice(found, newest.limit))


def _readable(connection: Connection, row: AlertRow) -> Readable:
    """Units with a part in it, also those in whose inbox it lay, and every place it is of, or for."""
    issuers, plan = issuers_of(row), Plan.from_json(row.plan)
    named = {*issuers.signing, *issuers.consulted, issuers.publisher} - {""}
    inboxes = {name for each in hand_ups.of_alert(connection, row.id) for name in (each.from_unit, each.to_unit)}
    found = (units.by_name(connection, name) for name in issuers.signing)
    areas = {unit.area for unit in found if unit is not None}
    return Readable(frozenset(named | inboxes), frozenset(areas | plan.audience.regions | plan.staked))


def _every(connection: Connection, after: int | None, stage: str | None) -> Iterator[AlertRow]:
    while rows := alerts.page(connection, after, BATCH, stage):
        yield from rows
        after = rows[-1].id
