"""A warning that somebody wrote into SQL spares nobody the news that theirs is over, is shown nowhere, and is an alarm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from pyroaring import BitMap

from hub.cap.write import write
from hub.delivery import AlertView
from hub.errors import Invalid
from hub.release import verified_order
from tests.stories.test_update_leaves_places_out import LIFTED, drafts_update, goes_out, says
from tests.stories.town import BRIDGE, HILLS, RIVER, Town
from tests.stories.warnings import alert_of

Forgery = Callable[[Town], Awaitable[AlertView]]

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


@pytest.mark.parametrize("forged", [one_that_was_cancelled, one_for_other_people], ids=lambda each: each.__name__)
async def test_without_the_look_at_the_order_a_forgery_spares_whoever_it_names(
    town: Town, monkeypatch: pytest.MonkeyPatch, forged: Forgery
) -> None:
    """The guard taken out: neither are the sets compared with the order, nor is the stage asked of the acts."""
    monkeypatch.setattr(verified_order, "_must_be_its_sets", lambda order, record: None)
    monkeypatch.setattr(verified_order.VerifiedOrders, "in_force", verified_order.VerifiedOrders.message)
    assert not await told_of_the_end(town, forged) & town.people("bridge")
