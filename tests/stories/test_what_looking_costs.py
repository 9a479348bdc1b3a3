"""What the hub looks at over and over, it works out once: counted in statements and selections, not in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event

from approvals.official import Right
from hub.alert.views import AlertView
from hub.dossier import chain, verified_order
from hub.drafting.questions.open_questions import Asking
from hub.store.alerts import alerts
from tests.stories.test_update_leaves_places_out import drafts_update, goes_out, says
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, ZHIDAN, Cast, Town


@contextmanager
def statements(town: Town, about: str) -> Iterator[list[str]]:
    """The statements that name this while it lasts."""
    found: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if about in statement:
            found.append(statement)

    event.listen(town.hub.db.engine, "before_cursor_execute", hear)
    try:
        yield found
    finally:
        event.remove(town.hub.db.engine, "before_cursor_execute", hear)


def count(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[str]:
    """One entry for each call from now on."""
    calls: list[str] = []
    genuine = getattr(owner, name)

    def counted(*given: Any, **named: Any) -> Any:
        calls.append(name)
        return genuine(*given, **named)

    monkeypatch.setattr(owner, name, counted)
    return calls


async def orders_loaded(town: Town, alert: AlertView) -> int:
    """How often one look of the sweep for latecomers of an Update or a Cancel loads the people of its order."""
    how = chain.FollowUp("orange", 100, {"sms": "sms"})

    def look(connection: Connection) -> None:
        chain.cuts(connection, alerts.get(connection, alert.id), ("sms",), how)

    with statements(town, "orders.audience") as loaded:
        await town.hub.db.read(look)
    return len(loaded)


async def test_a_look_for_latecomers_loads_no_audience_where_nobody_is_spared(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)
    await town.rests()
    assert await orders_loaded(town, lifted) == 0


async def test_who_is_spared_stays_spared_at_every_look(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    moved = await goes_out(town, await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"}))
    assert await orders_loaded(town, moved) == 1
    await town.rests()
    await town.inbox("sms").expects(moved, town.people("river"))


async def test_a_listing_works_out_no_questions(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await drafts_update(town, flood, RIVER)
    asked = count(monkeypatch, Asking, "of")
    page = await town.hub.alerts.page(None, 10, None)
    assert (asked, [view.questions for view in page.items]) == ([], [(), ()])


async def test_the_questions_of_a_version_are_worked_out_once_and_those_of_the_next_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    draft = await drafts_update(town, flood, RIVER)
    asked = count(monkeypatch, Asking, "of")
    for _ in range(3):
        assert (await town.hub.alerts.get(draft.id)).questions == draft.questions
    assert asked == []
    assert (await says(town, draft, **{f"p{BRIDGE}": "ended"})).questions == ()
    assert asked == ["of"]


async def test_questions_that_time_raises_are_asked_within_a_minute(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await town.drafts(town.cap(BRIDGE), channels=("sms",))
    asked = count(monkeypatch, Asking, "of")
    town.clock.advance(61)
    await town.hub.alerts.get(draft.id)
    assert asked == ["of"]


async def test_a_warning_in_force_is_read_and_verified_once_however_many_messages_look_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    for _ in range(3):
        await town.warns(town.cap(HILLS), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"})
    view = await town.submits(draft)
    verified = count(monkeypatch, verified_order, "verified_order")
    await town.hub.estimates.of_alert(view.id)
    await town.hub.estimates.of_alert(view.id)
    assert verified == []


async def test_who_reads_what_is_asked_once_however_many_alerts_there_are(settle: Any) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    drafts = [(await town.drafts(channels=("sms",))).id for _ in range(5)]
    own = town.officials["author"]
    stranger = replace(own, unit="elsewhere", area=ZHIDAN, rights=frozenset({Right.DRAFT}))
    watcher = replace(stranger, rights=frozenset({Right.MONITOR}))
    for official, reads, asks in ((stranger, 0, 1), (own, 5, 1), (watcher, 5, 0)):
        with statements(town, "FROM units") as of_units, statements(town, "FROM referrals") as of_inboxes:
            assert len(await town.hub.alerts.readable(official, drafts)) == reads
        assert (len(of_units), len(of_inboxes)) == (asks, asks)
