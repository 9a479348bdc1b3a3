"""A decision, a release and a view each load the dossier of the warning once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from approvals.decision import APPROVE
from hub.alert.views import AlertView
from hub.dossier import frozen
from tests.hub.signoff.test_submit_writes_once import NoView, statements
from tests.stories.town import Town

Act = Callable[[Town, AlertView], Awaitable[Any]]


async def decides(town: Town, view: AlertView) -> None:
    decisions = replace(town.hub.decisions, alerts=NoView(town.hub.alerts.orders))
    said = {"step": "review", "verdict": APPROVE, "digest": view.digest, "reason": ""}
    await decisions.decide(town.officials["reviewer"], view.id, **said)


async def releases(town: Town, view: AlertView) -> None:
    await replace(town.hub.releases, alerts=NoView()).release(town.officials["releaser"], view.id, view.digest)


async def is_shown(town: Town, view: AlertView) -> None:
    await town.hub.alerts.get(view.id)


async def loads(town: Town, act: Act) -> int:
    """How often the act loads the dossier: nothing else asks for the persons behind its authors."""
    view = await (town.prepares() if act is releases else town.submits(await town.drafts()))
    with statements(town) as sent:
        await act(town, view)
    return len([each for each in sent if "FROM alert_authors LEFT OUTER JOIN officials" in each])


@pytest.mark.parametrize("act", [decides, releases, is_shown])
async def test_an_act_loads_its_dossier_once(town: Town, act: Act) -> None:
    assert await loads(town, act) == 1


async def test_a_decision_that_loads_again_what_it_decided_on_is_counted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "with_decision", lambda connection, dossier, _: frozen.load(connection, dossier.row))
    assert await loads(town, decides) == 2


async def test_whoever_left_office_meanwhile_decides_nothing(town: Town) -> None:
    """The decision is recorded, and takes the warning no further: it counts as it would be read back."""
    view = await town.submits(await town.drafts())
    reviewed = await town.decides(view, "reviewer", "review")
    assert reviewed.missing == ("sign",)
    await town.sql("UPDATE officials SET active = ? WHERE id = ?", False, town.officials["signer"].id)
    assert (await town.decides(reviewed, "signer", "sign")).stage == "submitted"
