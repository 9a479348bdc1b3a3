"""One row of the table of alerts, as a value: what leaves the store, and the changes that enter it.

A cell holds what its column is declared to hold, wherever the hub wrote it. What somebody else wrote may be anything:
`hub.store.sql.rows` compares a row with its columns before anybody rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from operator import itemgetter
from typing import Any, TypedDict, Unpack, cast

import orjson
from sqlalchemy import ColumnElement, Connection, Select

from hub.store.schema import alerts
from hub.store.sql.rows import reading_row


@dataclass(frozen=True, slots=True)
class AlertHead:
    """What names an alert and says where it stands: what is read where many alerts are looked at together."""

    id: int
    identifier: str
    world: str
    msg_type: str
    stage: str
    level: int
    root: int | None
    relays: int | None
    submission: int
    released_at: int | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class AlertRow(AlertHead):
    """An alert as its row has it. The schema says what each column is; times in ms."""

    sender: str
    sent: str
    status: str
    scope: str
    event: str
    headline: str
    version: int
    content: bytes
    source: bytes
    source_digest: str
    findings: str
    plan: str
    digest: str | None
    targeted: int | None
    parts: str
    unit: str
    issuers: str
    path: str
    rule: str
    standing: int | None
    delegation: int | None
    service: int | None
    signature: str
    created_by: int
    created_at: int
    submitted_at: int | None
    ended_at: int | None


class AlertChange(TypedDict, total=False):
    """Columns of an alert that are written, all but its stage; the others keep what they hold, or their default."""

    identifier: str
    world: str
    msg_type: str
    level: int
    root: int | None
    relays: int | None
    submission: int
    released_at: int | None
    expires_at: int
    sender: str
    sent: str
    status: str
    scope: str
    event: str
    headline: str
    version: int
    content: bytes
    source: bytes
    source_digest: str
    findings: str
    plan: str
    digest: str | None
    targeted: int | None
    parts: str
    unit: str
    issuers: str
    path: str
    rule: str
    standing: int | None
    delegation: int | None
    service: int | None
    signature: str
    created_by: int
    created_at: int
    submitted_at: int | None
    ended_at: int | None


class AlertCells(AlertChange, total=False):
    """As `AlertChange`, with the stage: of an alert that is added, or is only thought of."""

    stage: str


#: the number of an alert that is not stored yet: every message of its chain comes before it
UNSAVED = 2**31 - 1
_DEFAULTS: AlertCells = {
    "submission": 0,
    "parts": "[]",
    "unit": "",
    "issuers": "{}",
    "path": "full",
    "rule": "",
    "signature": "",
}
COLUMNS = tuple(each.name for each in fields(AlertRow))
HEAD: list[ColumnElement[Any]] = [alerts.c[each.name] for each in fields(AlertHead)]  #: in the order of its fields
_in_order = itemgetter(*(alerts.c.keys().index(name) for name in COLUMNS))  #: of a row as the table has its columns


def fetch_alerts(connection: Connection, query: Select[Any]) -> list[AlertRow]:
    """The alerts that a query of the whole table finds, each as its row lies there."""
    return [_alert(row) for row in connection.execute(query)]


def fetch_alert(connection: Connection, query: Select[Any]) -> AlertRow | None:
    """The one alert that such a query finds; None where it finds none."""
    row = connection.execute(query).one_or_none()
    return None if row is None else _alert(row)


def _alert(row: Sequence[Any]) -> AlertRow:
    return AlertRow(*_in_order(row))


def new_row(**cells: Unpack[AlertCells]) -> AlertRow:
    """An alert that is not stored yet: what is not said of it is as the store would have it."""
    values: dict[str, Any] = {**dict.fromkeys(COLUMNS), **_DEFAULTS, "id": UNSAVED, **cells}
    return AlertRow(**values)


def with_id(row: AlertRow, number: int) -> AlertRow:
    """The row under the number it was stored by."""
    return replace(row, id=number)


def cells_of(row: AlertRow) -> AlertCells:
    """Everything the row says beside its number."""
    return cast("AlertCells", {name: getattr(row, name) for name in COLUMNS if name != "id"})


def with_values(row: AlertRow, **values: Unpack[AlertCells]) -> AlertRow:
    """The row as it will read once these values are written; nothing is."""
    return replace(row, **values)


def changed_values(before: AlertRow, after: AlertRow) -> AlertCells:
    """The values that make the one row the other."""
    changed = {name: new for name in COLUMNS if (new := getattr(after, name)) != getattr(before, name)}
    return cast("AlertCells", changed)


def findings_of(row: AlertRow) -> list[dict[str, Any]]:
    """What was found of an alert when it was written. Raises RowUnreadable."""
    return _list_of(row, row.findings)


def parts_of(row: AlertRow) -> list[dict[str, Any]]:
    """The parts of an alert as they were counted at its submission. Raises RowUnreadable."""
    return _list_of(row, row.parts)


def _list_of(row: AlertRow, text: str) -> list[dict[str, Any]]:
    with reading_row(alerts, row.id):
        found = orjson.loads(text)
        if not (isinstance(found, list) and all(isinstance(each, dict) for each in found)):
            raise TypeError
        return found
