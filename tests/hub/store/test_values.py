"""What leaves the store and what enters it has the columns of its table, each with its type."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import pytest
from sqlalchemy import Column, MetaData, String, Table

from hub.errors import RowUnreadable
from hub.store import schema
from hub.store.access.admin_requests import RequestRow
from hub.store.alerts.alert_row import AlertCells, AlertHead, AlertRow
from hub.store.alerts.alerts import NewDecision, StoredDecision
from hub.store.alerts.countersignatures import CountersignatureRow, DueCountersignature
from hub.store.alerts.duties import DutyRow, MetDuty
from hub.store.alerts.referrals import LateReferral, ListedReferral, NewReferral, ReferralRow
from hub.store.alerts.released import PublicName
from hub.store.alerts.standing import NewStandingDecision, StandingChange, StandingDecisionRow, StandingRow
from hub.store.records.alarms import AlarmRow
from hub.store.sql.rows import must_fit

#: values made of a whole row by its order: the table, and what its query adds behind the columns
WHOLE: dict[type[Any], tuple[Table, dict[str, object]]] = {
    StandingRow: (schema.standing_authorisations, {}),
    StandingDecisionRow: (schema.standing_decisions, {}),
    CountersignatureRow: (schema.countersignatures, {}),
    DueCountersignature: (schema.countersignatures, {"digest": str | None}),
    DutyRow: (schema.duties, {"unit": str, "level": int, "name": str | None}),
    StoredDecision: (schema.decisions, {"name": str}),
    RequestRow: (schema.admin_requests, {}),
    AlarmRow: (schema.alarms, {}),
    ReferralRow: (schema.referrals, {}),
    ListedReferral: (schema.referrals, {"name": str, "version": int}),
    LateReferral: (schema.referrals, {"level": int}),
}

#: values and changes of some columns
PARTS: dict[type[Any], Table] = {
    AlertHead: schema.alerts,
    AlertRow: schema.alerts,
    AlertCells: schema.alerts,
    PublicName: schema.alerts,
    NewDecision: schema.decisions,
    NewReferral: schema.referrals,
    NewStandingDecision: schema.standing_decisions,
}


def type_of(column: Column[Any]) -> object:
    kind = column.type.python_type
    return kind | None if column.nullable else kind


@pytest.mark.parametrize("value", WHOLE)
def test_a_value_has_the_columns_of_its_table_in_their_order_and_of_their_types(value: type[Any]) -> None:
    table, more = WHOLE[value]
    wanted = {column.name: type_of(column) for column in table.c} | more
    hints = get_type_hints(value)
    assert [each.name for each in fields(value)] == list(wanted)
    assert {name: hints[name] for name in wanted} == wanted


@pytest.mark.parametrize("value", PARTS)
def test_a_part_of_a_row_has_the_types_of_its_columns(value: type[Any]) -> None:
    for name, kind in get_type_hints(value).items():
        assert kind == type_of(PARTS[value].c[name]), name


@pytest.mark.parametrize("change", [StandingChange, MetDuty])
def test_what_may_be_written_is_of_the_type_of_its_column_and_never_taken_away(change: type[Any]) -> None:
    table = {StandingChange: schema.standing_authorisations, MetDuty: schema.duties}[change]
    for name, kind in get_type_hints(change).items():
        assert kind == table.c[name].type.python_type, name


def test_an_alert_has_every_column_and_all_but_its_number_may_be_written() -> None:
    assert {each.name for each in fields(AlertRow)} == set(schema.alerts.c.keys())
    assert get_type_hints(AlertCells).keys() == set(schema.alerts.c.keys()) - {"id"}


TABLE = Table("things", MetaData(), Column("name", String, primary_key=True), Column("word", String, nullable=False))


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    word: Any
    beside: Any = 1


def test_a_value_is_compared_with_the_columns_of_its_table_as_a_row_is() -> None:
    must_fit(TABLE, Thing("a", "b", beside=b"of another table"))
    with pytest.raises(RowUnreadable, match="things/a"):
        must_fit(TABLE, Thing("a", 7))


def test_what_is_neither_a_row_nor_a_value_is_not_taken_for_one_that_fits() -> None:
    with pytest.raises(TypeError):
        must_fit(TABLE, object())
