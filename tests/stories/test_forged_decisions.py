"""Decisions copied in SQL from another warning take no step of this one: nothing is shown as taken, nobody is kept out."""

from __future__ import annotations

import pytest

from approvals.official import Right
from hub.alert.views import AlertView
from hub.dossier import sealed_decisions
from hub.errors import Conflict, Forbidden
from hub.signoff.countersign import Countersigning
from tests.stories.test_joint_issuers import STATION, drafts, land, slide
from tests.stories.test_the_office import countersigns, rushed
from tests.stories.town import Town

__all__ = ["land"]
COLUMNS = "official, step, verdict, reason, at, void, seal"


async def copies(town: Town, model: AlertView, target: AlertView, *but: str) -> None:
    """The decisions on one warning, seals and all, written under another; without those of the ones named last."""
    others = {town.officials[name].id for name in but}
    marks = ", ".join("?" for _ in others) or "0"
    await town.sql(
        f"INSERT INTO decisions (alert, digest, {COLUMNS}) SELECT ?, ?, {COLUMNS} FROM decisions"
        f" WHERE alert = ? AND official NOT IN ({marks})",
        target.id, target.digest, model.id, *others,
    )  # fmt: skip


async def _forged(land: Town) -> AlertView:
    """A joint warning under which SQL tells of everybody's decision but the last signature."""
    model = await land.submits(await drafts(land, STATION))
    for by, step in (("reviewer", "review"), ("signer", "sign"), ("mei", "review"), ("ning", "sign")):
        model = await land.decides(model, by, step)
    view = await land.submits(await drafts(land, STATION, slide(land, 2)))
    await copies(land, model, view, "ning")
    return await land.hub.alerts.get(view.id)


async def test_copied_decisions_of_a_joint_warning_count_for_no_issuer_and_are_an_alarm(land: Town) -> None:
    view = await _forged(land)
    assert sorted(view.missing) == ["review", "review", "sign", "sign"]
    told = await land.hub.transactions.read(
        lambda tx: land.hub.authority.of_alert(tx, land.officials["reviewer"], view.id)
    )
    assert sum(step.missing for step in told.steps) == 4
    assert told.you[Right.REVIEW.value].answer == "allowed", "nobody is kept out by a decision they never took"
    view = await land.decides(view, "ning", "sign")
    assert (view.stage, sorted(view.missing)) == ("submitted", ["review", "review", "sign"])
    assert [kind for kind, _ in await land.alarms()] == ["forged-decision"] * 3
    with pytest.raises(Conflict):
        await land.releases(view)
    view = await land.decides(view, "reviewer", "review")
    assert sorted(view.missing) == ["review", "sign"], "and whom the forger named decides for themselves"


async def test_without_the_seals_one_signature_over_copied_decisions_would_approve(
    land: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await _forged(land)
    monkeypatch.setattr(sealed_decisions, "broken_seal", lambda *_: "")
    assert (await land.hub.alerts.get(view.id)).missing == ("sign",)
    assert (await land.decides(view, "ning", "sign")).stage == "approved"


SPOILT = ["UPDATE decisions SET seal = ''", "UPDATE decisions SET void = TRUE", "DELETE FROM decisions"]


@pytest.mark.parametrize("spoilt", SPOILT)
async def test_who_signed_what_was_released_never_countersigns_it_whatever_sql_says_of_it(
    town: Town, spoilt: str
) -> None:
    released = await rushed(town)
    await town.sql(spoilt)
    signer = town.officials["signer"]
    assert not await town.hub.db.read(lambda c: town.hub.countersigning.may_give(c, signer, released.id))
    with pytest.raises(Forbidden) as refused:
        await countersigns(town, released, "signer")
    assert refused.value.rule == "SEP-2"
    met = (await countersigns(town, released, "reviewer")).countersignature
    assert met is not None
    assert met.by == "reviewer"


async def test_without_the_order_who_signed_would_countersign_as_soon_as_sql_lost_the_seal(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = await rushed(town)
    await town.sql(SPOILT[0])
    monkeypatch.setattr(Countersigning, "_decisions_in_order", lambda *_: ())
    met = (await countersigns(town, released, "signer")).countersignature
    assert met is not None
    assert met.by == "signer"


async def test_a_release_whose_order_is_not_the_sealed_one_is_not_approved_afterwards_but_can_be_refused(
    town: Town,
) -> None:
    released = await rushed(town)
    await town.sql("UPDATE orders SET jws = ''")
    with pytest.raises(Conflict) as refused:
        await countersigns(town, released, "reviewer")
    assert refused.value.rule == "order-disputed"
    await countersigns(town, released, "reviewer", "reject", "nobody ordered it")
    assert (await town.hub.alerts.page(None, 1, None)).items[0].msg_type == "Cancel"
