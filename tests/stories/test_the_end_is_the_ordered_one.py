"""When a warning is over its order says: an end that somebody writes into the row ends nothing and hides nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.alert.views import AlertView
from hub.dossier.in_force import InForce
from hub.dossier.verified_order import VerifiedOrders
from hub.evidence.acts_patrol import ActsPatrol
from hub.store.records import alarms
from tests.stories.town import BRIDGE, Town


@pytest.fixture
async def flood(town: Town) -> AlertView:
    """Released, and its row made to say that it was over long ago."""
    view = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.sql("UPDATE alerts SET expires_at = 1 WHERE id = ?", view.id)
    return view


async def shown_anew(town: Town) -> set[int]:
    """What a process that has just begun shows everybody."""
    orders = VerifiedOrders(town.hub.acts, town.hub.policy.events)
    shows = replace(town.hub.alerts, orders=orders, public_record=InForce(orders))
    return {each.id for each in await shows.public(100)}


async def test_an_end_written_by_hand_ends_no_warning(town: Town, flood: AlertView) -> None:
    await town.sweeps()
    assert (await town.hub.alerts.get(flood.id)).stage == "released"


async def test_the_patrol_tells_of_it_and_the_warning_is_shown_and_sent_again(town: Town, flood: AlertView) -> None:
    await ActsPatrol(town.hub.db, town.hub.acts, town.clock).look()
    told = [(row.kind, row.detail) for row in await town.hub.db.read(alarms.recent)]
    assert ("acts-differ", "its row has another end") in told
    assert (await town.hub.alerts.get(flood.id)).expires_at == flood.expires_at
    assert await shown_anew(town) == {flood.id}
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge"))


async def test_it_is_over_when_its_order_says_so(town: Town, flood: AlertView) -> None:
    assert flood.expires_at is not None
    town.clock.advance((flood.expires_at - town.clock.now()).total_seconds())
    await town.sweeps()
    assert (await town.hub.alerts.get(flood.id)).stage == "expired"


async def test_without_asking_the_order_the_row_ends_it(
    town: Town, flood: AlertView, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.scheduler.sweep.is_over", lambda *_: True)
    await town.sweeps()
    assert (await town.hub.alerts.get(flood.id)).stage == "expired"
