"""What a submission costs the database: the dossier is loaded once, and the row of the alert is changed once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import event

from hub.alert.views import AlertView
from hub.dossier import frozen, last_messages
from hub.signoff import freeze, submit
from hub.store.alerts import alerts
from tests.stories.town import BRIDGE, Town
from tests.stories.warnings import because


@dataclass
class NoView:
    """In the place of the views of alerts: what is shown after an act is no part of what is counted."""

    orders: Any = None

    async def get(self, alert_id: int) -> int:
        return alert_id


@contextmanager
def statements(town: Town) -> Iterator[list[str]]:
    """Every statement that the hub sends meanwhile."""
    sent: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(" ".join(statement.split()))

    event.listen(town.hub.db.engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(town.hub.db.engine, "before_cursor_execute", hear)


async def costs(town: Town, draft: AlertView) -> tuple[int, int]:
    """How often the submission of a draft loads its dossier (whose decisions nothing else asks for) and changes its
    row.
    """
    submission = replace(town.hub.submission, alerts=NoView())
    with statements(town) as sent:
        await submission.submit(town.officials["author"], draft.id, draft.version)
    loads = [each for each in sent if "FROM decisions JOIN officials" in each]
    return len(loads), len([each for each in sent if each.startswith("UPDATE alerts ")])


async def test_a_submission_loads_the_dossier_once_and_changes_the_alert_once(town: Town) -> None:
    assert await costs(town, await town.drafts()) == (1, 1)


async def test_a_dossier_that_is_loaded_again_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def reloaded(connection: Any, dossier: frozen.Dossier, *rest: Any) -> Any:
        frozen.load(connection, dossier.row)
        return must_be_joint(connection, *rest)

    must_be_joint = freeze.must_be_joint
    monkeypatch.setattr(
        freeze, "must_be_joint", lambda connection, policy, dossier: reloaded(connection, dossier, policy, dossier)
    )
    assert await costs(town, await town.drafts()) == (2, 1)


async def test_an_alert_that_is_changed_column_by_column_is_counted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_by_one(connection: Any, alert: int, stage: Any, **values: Any) -> None:
        genuine(connection, alert, stage)
        for name, value in values.items():
            alerts.change(connection, alert, **{name: value})

    genuine = alerts.change_stage
    monkeypatch.setattr(submit.alerts, "change_stage", one_by_one)
    assert (await costs(town, await town.drafts()))[1] > 1


async def test_what_is_frozen_is_what_the_database_gives_back(town: Town) -> None:
    """The digest is taken in memory, before anything is written: decisions take it anew from what is stored."""
    flood = await town.warns(town.cap(BRIDGE))
    lift = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    for draft in (await town.drafts(town.cap(identifier="second")), lift):
        view = await town.submits(draft)
        read_back = await town.hub.db.read(lambda connection, number=view.id: frozen.of(connection, number).digest())
        assert view.digest == read_back


async def test_what_was_told_before_is_read_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = await town.warns(town.cap(BRIDGE))
    lift = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    calls: list[int] = []
    genuine = last_messages.LastMessages.read.__func__

    def read(cls: type, *given: Any) -> Any:
        calls.append(1)
        return genuine(cls, *given)

    monkeypatch.setattr(last_messages.LastMessages, "read", classmethod(read))
    await town.submits(lift)
    assert calls == [1]
