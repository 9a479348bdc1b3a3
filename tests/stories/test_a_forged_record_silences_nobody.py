"""A warning that somebody wrote into SQL spares nobody the news that theirs is over, is shown nowhere, and is an alarm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from pyroaring import BitMap
from sqlalchemy import select

from hub.alert.alert import Area
from hub.alert.views import AlertView, PlanRequest
from hub.dossier import verified_order
from hub.errors import Conflict, Invalid, NotFound
from hub.evidence.acts_patrol import ActsPatrol
from hub.formats.cap.write import write
from hub.store import schema
from tests.stories.test_people_who_cannot_be_placed import VALLEY
from tests.stories.test_update_leaves_places_out import LIFTED, drafts_update, goes_out, says
from tests.stories.town import BRIDGE, HILLS, RIVER, Town
from tests.stories.warnings import alert_of, areas_of

Forgery = Callable[[Town], Awaitable[AlertView]]
Edit = Callable[[Town, AlertView], Awaitable[None]]

REVIVED = "UPDATE alerts SET stage = 'released', released_at = 1, ended_at = NULL WHERE id = ?"
COPIED = "INSERT INTO orders SELECT ?, jws, audience, endpoints, at FROM orders WHERE alert = ?"


async def a_draft_that_nobody_signed(town: Town) -> AlertView:
    genuine = await town.warns(town.cap(HILLS), channels=("sms",))
    forged = await town.drafts(town.cap(BRIDGE), channels=("sms",))
    await town.sql(COPIED, forged.id, genuine.id)
    await town.sql(REVIVED, forged.id)
    await widens(town, forged)
    return forged


async def one_that_was_cancelled(town: Town) -> AlertView:
    forged = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await town.cancels(forged)
    await town.rests()
    await town.sql(REVIVED, forged.id)
    return forged


async def one_for_other_people(town: Town) -> AlertView:
    forged = await town.warns(town.cap(HILLS), channels=("sms",))
    await widens(town, forged)
    return forged


async def one_of_another_event(town: Town) -> AlertView:
    rain = alert_of(town.clock.now(), "wind", BRIDGE, headline="大风橙色预警")
    wind = replace(rain, infos=(replace(rain.infos[0], event="大风"),))
    forged = await town.warns(write(wind), channels=("sms",))
    await town.sql(
        "UPDATE alerts SET content = (SELECT content FROM alerts AS other WHERE other.id = 1) WHERE id = ?", forged.id
    )
    return forged


async def widens(town: Town, alert: AlertView) -> None:
    """The order of an alert names everybody from now on."""
    await town.sql("UPDATE orders SET audience = ? WHERE alert = ?", BitMap(town.ids.values()).serialize(), alert.id)


FORGERIES: tuple[Forgery, ...] = (
    a_draft_that_nobody_signed,
    one_that_was_cancelled,
    one_for_other_people,
    one_of_another_event,
)


@pytest.fixture(params=FORGERIES, ids=lambda forgery: forgery.__name__)
def forgery(request: pytest.FixtureRequest) -> Forgery:
    return request.param  # type: ignore[no-any-return]


async def told_of_the_end(town: Town, forgery: Forgery) -> set[str]:
    """Whom an Update that ends a flood at the bridge tells so, after somebody put a forgery beside it."""
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    await forgery(town)
    moved = await goes_out(town, await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"}))
    texts = await town.inbox("sms").texts(moved)
    return {name for name, said in texts.items() if LIFTED in said[0]} | (texts.keys() - town.people("river"))


async def test_whoever_a_forged_warning_names_is_told_of_the_end_all_the_same(town: Town, forgery: Forgery) -> None:
    assert await told_of_the_end(town, forgery) == town.people("bridge")
    assert {"order-disputed", "acts-differ"} & {kind for kind, _ in await town.alarms()}


async def test_a_forged_warning_takes_the_place_of_none(town: Town, forgery: Forgery) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    forged = await forgery(town)
    draft = await drafts_update(town, flood, RIVER)
    with pytest.raises(Invalid) as refused:
        await says(town, draft, **{f"p{BRIDGE}": f"moved:{forged.id}"})
    assert refused.value.rule == "UC-4"


async def entries(town: Town) -> set[int]:
    """What the public feed shows once something genuine has made it read anew."""
    genuine = await town.warns(town.cap(HILLS), channels=("sms",))
    town.clock.advance(1)
    found = {each.id for each in await town.hub.alerts.public(100)}
    assert genuine.id in found
    return found - {genuine.id}


async def test_no_feed_shows_a_draft_that_somebody_released_by_hand(town: Town) -> None:
    forged = await a_draft_that_nobody_signed(town)
    assert forged.id not in await entries(town)
    with pytest.raises(NotFound):
        await town.hub.alerts.public_cap(forged.id)


async def test_no_feed_shows_a_cancelled_warning_that_somebody_turned_back(town: Town) -> None:
    forged = await one_that_was_cancelled(town)
    assert forged.id not in await entries(town)


async def test_a_feed_shows_no_text_that_nobody_signed(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.sql("UPDATE alerts SET headline = 'all is well' WHERE id = ?", flood.id)
    assert "all is well" not in [each.headline for each in await town.hub.alerts.public(9)]
    content = (await town.hub.alerts.cap(flood.id)).replace(b"50", b"5")
    await town.sql("UPDATE alerts SET content = ? WHERE id = ?", content, flood.id)
    with pytest.raises(NotFound):
        await town.hub.alerts.public_cap(flood.id)


async def test_a_view_shows_the_stage_that_the_acts_say_and_that_the_row_says_another(town: Town) -> None:
    flood = await town.submits(await town.drafts(town.cap(BRIDGE), channels=("sms",)))
    await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", flood.id)
    page = await town.hub.alerts.page(None, 10, None)
    for view in (await town.hub.alerts.get(flood.id), page.items[0]):
        assert view.stage == "submitted"
        assert view.missing
        [said] = [finding for finding in view.findings if finding["rule"] == "acts-differ"]
        assert said["values"] == {"row": "approved", "acts": "submitted"}


async def test_an_order_changed_by_hand_is_an_alarm_though_nothing_more_is_to_be_sent(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    patrol = ActsPatrol(town.hub.db, town.hub.acts, town.clock)
    await patrol.look()
    assert await town.alarms() == []
    await widens(town, flood)
    await patrol.look()
    assert ("acts-differ", "the audience is not the one that was ordered") in await town.alarms()


async def test_nobody_passes_on_what_was_never_released(town: Town) -> None:
    flood = await town.prepares(town.cap(BRIDGE), channels=("sms",))
    await town.sql("UPDATE alerts SET stage = 'released', released_at = 1 WHERE id = ?", flood.id)
    await town.sql("UPDATE alerts SET unit = '邻市气象台' WHERE id = ?", flood.id)
    relay = await town.hub.drafting.relay(
        town.officials["author"], flood.id, PlanRequest(regions=(RIVER,), channels=("sms",))
    )
    with pytest.raises(Conflict) as refused:
        await town.submits(relay)
    assert refused.value.rule == "acts"


async def test_who_asks_for_a_call_once_more_hears_no_text_that_nobody_signed(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("voice",))
    await town.rests()
    with town.hub.db.engine.connect() as connection:
        reference = connection.execute(select(schema.provider_references.c.reference)).scalars().first()
    assert await town.hub.repeats.body("voice", str(reference), "zh-CN") != b""
    await town.sql("UPDATE forms SET body = 'all is well' WHERE alert = ?", flood.id)
    assert b"all is well" not in await town.hub.repeats.body("voice", str(reference), "zh-CN")


async def narrows(town: Town, alert: AlertView) -> None:
    """The order of an alert names nobody from now on."""
    await town.sql("UPDATE orders SET audience = ? WHERE alert = ?", BitMap().serialize(), alert.id)


async def moves_and_narrows(town: Town, alert: AlertView) -> None:
    """After the hub has read it, the alert is planned for another county by its row, and its order names nobody."""
    assert alert.id in {each.id for each in await town.hub.alerts.public(9)}
    await town.sql("UPDATE alerts SET plan = replace(plan, ?, ?) WHERE id = ?", BRIDGE, HILLS, alert.id)
    await narrows(town, alert)


async def all_clear_beside(town: Town, gale_at: Area, edits: Edit, which: str) -> str:
    """What an all-clear of a flood at the bridge says, after an edit of its record or that of a gale beside it."""
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    gale = alert_of(town.clock.now(), "gale", areas=(gale_at,))
    both = {"flood": flood, "gale": await town.warns(write(gale), channels=("sms",))}
    await town.rests()
    await edits(town, both[which])
    lifted = await town.cancels(flood)
    return "\n".join(form.body for form in await town.hub.alerts.forms(lifted.id))


BRIDGE_TOWNSHIP = areas_of(BRIDGE)[0]
HIDING = [
    pytest.param(VALLEY, narrows, "gale", id="a drawn warning for nobody"),
    pytest.param(VALLEY, narrows, "flood", id="an ended one for nobody"),
    pytest.param(BRIDGE_TOWNSHIP, narrows, "gale", id="a named one for nobody"),
    pytest.param(BRIDGE_TOWNSHIP, moves_and_narrows, "gale", id="one for elsewhere"),
]


@pytest.mark.parametrize(("gale_at", "edits", "which"), HIDING)
async def test_an_all_clear_names_what_holds_beside_it_whomever_the_record_names(
    town: Town, gale_at: Area, edits: Edit, which: str
) -> None:
    assert "仍然有效" in await all_clear_beside(town, gale_at, edits, which)


async def test_without_the_look_at_the_sets_an_all_clear_hides_what_holds_beside_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified_order, "_must_be_its_sets", lambda order, record: None)
    assert "仍然有效" not in await all_clear_beside(town, VALLEY, narrows, "gale")


@pytest.mark.parametrize("forged", [one_that_was_cancelled, one_for_other_people], ids=lambda each: each.__name__)
async def test_without_the_look_at_the_order_a_forgery_spares_whoever_it_names(
    town: Town, monkeypatch: pytest.MonkeyPatch, forged: Forgery
) -> None:
    """The guard taken out: neither are the sets compared with the order, nor is the stage asked of the acts."""
    monkeypatch.setattr(verified_order, "_must_be_its_sets", lambda order, record: None)
    monkeypatch.setattr(verified_order.VerifiedOrders, "in_force", verified_order.VerifiedOrders.message)
    assert not await told_of_the_end(town, forged) & town.people("bridge")
