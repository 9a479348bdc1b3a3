"""A stage moves by the table of the lifecycle, with what follows from the event; else nothing is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from hub.alert.lifecycle import TRANSITIONS, LifecycleEvent, Stage
from hub.dossier import advance as module
from hub.dossier.advance import advance, next_stage, restore_stage
from hub.errors import Conflict
from hub.store.alerts import alerts
from hub.store.sql.database import Database
from hub.transaction import Tx
from tests.hub.dispatch.scene import NOW, add_alert, scratch

LATER = NOW + 1000


@pytest.fixture
def connection(db: Database) -> Iterator[Connection]:
    with scratch(db) as connection:
        yield connection


def moved(connection: Connection, stage: Stage, *events: LifecycleEvent, **options: Any) -> Any:
    """The row of an alert in a stage, with a digest, after events."""
    number = add_alert(connection, stage=stage, digest="d" * 64)
    advance(Tx(connection, LATER, "Li"), alerts.look_up(connection, number), *events, **options)  # type: ignore[arg-type]
    return alerts.look_up(connection, number)


@pytest.mark.parametrize(("stage", "event"), list(itertools.product(Stage, LifecycleEvent)))
def test_a_stage_moves_by_the_table_or_not_at_all(connection: Connection, stage: Stage, event: LifecycleEvent) -> None:
    if to := TRANSITIONS.get((stage, event)):
        assert moved(connection, stage, event).stage == to
        return
    with pytest.raises(Conflict, match=f"a warning that is {stage} cannot {event}") as refused:
        moved(connection, stage, event)
    assert (refused.value.rule, refused.value.place) == ("stage", "stage")
    assert {row.stage for row in alerts.in_stage(connection, *Stage)} == {stage}


def test_without_the_table_anything_would_move(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above: the question is what keeps a released warning from being a draft again."""
    monkeypatch.setattr(module, "stage_after", lambda stage, event: Stage.DRAFT)
    assert moved(connection, Stage.RELEASED, LifecycleEvent.RETURN).stage == Stage.DRAFT


@pytest.mark.parametrize(
    ("stage", "event"), [pair for pair in TRANSITIONS if pair[1] in (LifecycleEvent.RETURN, LifecycleEvent.ADOPT)]
)
def test_who_gets_it_back_has_a_version_that_nobody_read_or_signed(
    connection: Connection, stage: Stage, event: LifecycleEvent
) -> None:
    row = moved(connection, stage, event)
    assert (row.version, row.digest, row.ended_at) == (2, None, None)


@pytest.mark.parametrize(
    ("stage", "event"),
    [pair for pair, to in TRANSITIONS.items() if all(start is not to for start, _ in TRANSITIONS)]
    + [(Stage.RELEASED, LifecycleEvent.SUPERSEDE), (Stage.RELEASED, LifecycleEvent.EXPIRE)],
)
def test_an_end_has_its_hour(connection: Connection, stage: Stage, event: LifecycleEvent) -> None:
    row = moved(connection, stage, event)
    assert (row.ended_at, row.version, row.digest) == (LATER, 1, "d" * 64)


def test_further_columns_are_written_along(connection: Connection) -> None:
    row = moved(connection, Stage.SUBMITTED, LifecycleEvent.APPROVE, LifecycleEvent.RELEASE, released_at=LATER)
    assert (row.stage, row.released_at) == (Stage.RELEASED, LATER)


def test_of_several_events_none_is_written_where_one_is_not_possible(connection: Connection) -> None:
    with pytest.raises(Conflict, match="a warning that is released cannot approve"):
        moved(connection, Stage.APPROVED, LifecycleEvent.RELEASE, LifecycleEvent.APPROVE)
    assert {row.stage for row in alerts.in_stage(connection, *Stage)} == {Stage.APPROVED}


def test_a_row_that_was_spoilt_moves_from_where_its_acts_say_it_stands(connection: Connection) -> None:
    row = moved(connection, Stage.CANCELLED, LifecycleEvent.REJECT, known_stage=Stage.SUBMITTED)
    assert row.stage == Stage.REJECTED


def test_a_stage_is_restored_without_an_event(connection: Connection) -> None:
    number = add_alert(connection, stage=Stage.CANCELLED)
    said = type("Sequence", (), {"stage": "released", "newest": type("Act", (), {"submission": 3})})
    restore_stage(connection, number, said)  # type: ignore[arg-type]
    row = alerts.look_up(connection, number)
    assert row is not None
    assert (row.stage, row.submission) == (Stage.RELEASED, 3)


def test_nothing_else_changes_a_stage(connection: Connection) -> None:
    number = add_alert(connection)
    with pytest.raises(ValueError, match=r"hub\.dossier\.advance"):
        alerts.change(connection, number, stage=Stage.DRAFT)


def test_where_events_lead_can_be_asked_beforehand() -> None:
    assert next_stage(Stage.DRAFT, LifecycleEvent.SUBMIT, LifecycleEvent.APPROVE) is Stage.APPROVED
