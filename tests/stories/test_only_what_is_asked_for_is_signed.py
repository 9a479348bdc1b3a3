"""A step that the flow does not ask for is refused, and its signer stays free for the one that is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from approvals.approval_rule import ApprovalRule
from approvals.grant import EMERGENCY
from approvals.official import Official, Right
from hub.alert.views import AlertView
from hub.clock import to_ms
from hub.errors import Conflict, Forbidden
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from tests.stories import test_evacuation as evacuation
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, paper
from tests.stories.town import Cast, Town
from tests.stories.warnings import because

Asked = Callable[[Any], Awaitable[tuple[Town, AlertView]]]


async def joins(town: Town, name: str, like: str, *rights: Right) -> Official:
    """One more official of the unit of another."""
    one = town.officials[like]
    new = NewOfficial(name, one.unit, one.area, frozenset(rights), one.kind)
    town.officials[name] = await town.hub.db.write(
        lambda connection: officials.add(connection, new, to_ms(town.clock.now()))
    )
    return town.officials[name]


async def lift_of_a_notice(settle: Any) -> tuple[Town, AlertView]:
    """By a township, which asks for one signature and no review."""
    town = await evacuation.settled(settle)
    told = await evacuation.orders(town)
    lift = await town.hub.drafting.cancel(town.officials["mayor"], told.id, because("滑坡体已经稳定"))
    await joins(town, "secretary", "deputy", Right.REVIEW, Right.SIGN)
    return town, await evacuation.submits(town, lift)


async def lift_of_a_warning(settle: Any) -> tuple[Town, AlertView]:
    """The short way: one signature."""
    town: Town = await settle(Cast())
    told = await town.warns(channels=("sms",))
    lift = await town.hub.drafting.cancel(town.officials["author"], told.id, because("险情解除"))
    await joins(town, "secretary", "signer", Right.REVIEW, Right.SIGN)
    return town, await town.hub.submission.submit(town.officials["author"], lift.id, lift.version, EMERGENCY)


LIFTS = {"of a notice": lift_of_a_notice, "of a warning": lift_of_a_warning}


async def is_refused(town: Town, view: AlertView, by: str, step: str) -> Conflict:
    """The word of an official, which leaves the acts as they were."""
    before = await town.acts_of(view)
    with pytest.raises(Conflict) as refused:
        await town.decides(view, by, step)
    assert (refused.value.rule, refused.value.place) == (ApprovalRule.STEP_UNASKED, "step")
    assert await town.acts_of(view) == before
    return refused.value


@pytest.mark.parametrize("lift", sorted(LIFTS))
async def test_a_review_of_a_lift_is_refused_and_its_reviewer_still_signs(settle: Any, lift: str) -> None:
    town, view = await LIFTS[lift](settle)
    refused = await is_refused(town, view, "secretary", "review")
    assert "1 x sign" in refused.members["remedy"]
    told = await town.hub.transactions.read(
        lambda tx: town.hub.authority.of_alert(tx, town.officials["secretary"], view.id)
    )
    assert (told.you["review"].rule, told.you["sign"].answer) == (ApprovalRule.STEP_UNASKED, "allowed")
    view = await town.decides(view, "secretary", "sign")
    assert view.stage == "approved"


@pytest.mark.parametrize("lift", sorted(LIFTS))
async def test_without_the_guard_the_reviewer_is_spent(settle: Any, lift: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.signoff.decide.must_be_asked", lambda *_: None)
    town, view = await LIFTS[lift](settle)
    view = await town.decides(view, "secretary", "review")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "secretary", "sign")
    assert refused.value.rule == "SEP-2"


async def test_an_approved_warning_takes_no_further_signature_and_still_takes_a_no(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    refused = await is_refused(town, view, "second", "sign")
    assert "has been given" in str(refused)
    assert (await town.decides(view, "second", "sign", verdict="return", reason="地名有误")).stage == "draft"


async def test_where_a_signature_counts_no_more_another_is_asked_for(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    gone = town.officials["signer"].id
    await town.hub.db.write(lambda connection: officials.set_active(connection, gone, active=False))
    view = await town.decides(view, "second", "sign")
    assert (await town.releases(view)).stage == "released"


async def test_a_second_review_is_refused_while_a_signature_is_wanted(town: Town) -> None:
    await joins(town, "secretary", "reviewer", Right.REVIEW)
    view = await town.submits(await town.drafts(channels=("sms",)))
    view = await town.decides(view, "reviewer", "review")
    refused = await is_refused(town, view, "secretary", "review")
    assert "1 x sign" in refused.members["remedy"]


async def test_a_paper_takes_no_step_that_it_does_not_ask_for(settle: Any) -> None:
    town: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    sensor = await Sensor.known(town)
    await joins(town, "secretary", "reviewer", Right.REVIEW)
    made = await town.hub.transactions.write(
        town.officials["author"].name,
        lambda tx: town.hub.standings.propose(tx, town.officials["author"], paper(town.clock.now())),
    )
    made = await sensor.decides(made, "reviewer", "review")
    with pytest.raises(Conflict) as refused:
        await sensor.decides(made, "secretary", "review")
    assert (refused.value.rule, refused.value.place) == (ApprovalRule.STEP_UNASKED, "step")
    assert (await sensor.decides(made, "signer", "sign")).state in ("in-force", "proposed")
