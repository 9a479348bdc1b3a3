"""Where the law says together, each unit signs for itself; who was only consulted is named, and signs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from approvals.authority import Policy
from approvals.rule import Partners
from hub.alert.views import AlertView, PlanRequest
from hub.dossier.issuers import IssuersRequest
from hub.errors import Conflict, Forbidden, Invalid
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.units import enters
from tests.stories.warnings import alert_of, because

STATION = IssuersRequest(joint=("county station",))


@pytest.fixture
async def land(settle: Any) -> Town:
    """The town whose officials are of the county's land office, with the weather station of the county beside it."""
    town = await settle(Cast(bridge=2, river=1, hills=0, officials_of=BAOTA, kind="natural-resources"))
    for name in ("mei", "ning", "ou", "pan"):
        await enters(town, name, "county station")
    await enters(town, "shui", "water office", kind="water")
    return town


def slide(town: Town, number: int = 1, event: str = "地质灾害") -> bytes:
    """A warning of the hazard, orange, in Chinese."""
    alert = alert_of(town.clock.now(), f"slide-{number}", BAOTA)
    info = replace(alert.infos[0], event=event, headline=f"{event}橙色预警", categories=("Geo",))
    return write(replace(alert, infos=(info,)))


async def drafts(town: Town, stated: IssuersRequest, cap: bytes = b"", by: str = "author") -> AlertView:
    plan = PlanRequest(channels=("sms",))
    return await town.hub.drafting.create(town.officials[by], cap or slide(town), plan, stated)


async def _joined(town: Town) -> AlertView:
    """Both offices have signed; the station also releases, or the land office."""
    view = await town.submits(await drafts(town, STATION))
    for by, step in (("reviewer", "review"), ("signer", "sign"), ("mei", "review"), ("ning", "sign")):
        view = await town.decides(view, by, step)
    return view


async def test_one_party_alone_does_not_submit_what_the_law_has_two_issue(land: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await land.submits(await drafts(land, IssuersRequest()))
    assert refused.value.rule == "joint"
    for said in ("meteorological", "county station", "地质灾害防治条例"):
        assert said in str(refused.value)


async def test_a_release_by_one_party_alone_is_refused_and_names_the_missing_one(land: Town) -> None:
    view = await land.submits(await drafts(land, STATION))
    for by, step in (("reviewer", "review"), ("signer", "sign")):
        view = await land.decides(view, by, step)
    assert (view.stage, view.missing) == ("submitted", ("review", "sign"))
    assert {step.issuer for step in view.steps if step.given < step.wanted} == {"county station"}
    with pytest.raises(Conflict):
        await land.releases(view)
    await land.seals(view, "approved")
    await land.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", view.id)
    with pytest.raises(Conflict) as refused:
        await land.releases(view)
    assert "county station" in str(refused.value)
    await land.rests()
    assert land.sms.counts.received == 0


async def test_without_counting_by_unit_one_party_alone_would_release(
    land: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Policy.authorize

    def unparted(self: Policy, stakes: Any, *given: Any, **more: Any) -> Any:
        return whole(self, replace(stakes, issuers=stakes.issuers[:1]), *given, **more)

    monkeypatch.setattr(Policy, "authorize", unparted)
    view = await land.submits(await drafts(land, STATION))
    for by, step in (("reviewer", "review"), ("signer", "sign")):
        view = await land.decides(view, by, step)
    assert (await land.releases(view)).stage == "released"
    await land.dispatches()  # the workers know from the order who signed
    assert land.sms.counts.received == 0
    assert ("no-warrant", "county station issues it, and did not sign") in await land.alarms()


async def test_what_both_have_signed_goes_out_and_is_of_both(land: Town) -> None:
    view = await land.releases(await _joined(land), by="pan")
    assert view.issuers.signing == ("office", "county station")
    await land.rests()
    await land.inbox("sms").expects(view, land.people("bridge", "river"))


async def test_nobody_of_one_party_signs_for_the_other(land: Town) -> None:
    view = await land.submits(await drafts(land, STATION))
    view = await land.decides(view, "mei", "review")
    view = await land.decides(view, "ning", "sign")
    with pytest.raises(Conflict, match="1 x review of office, 1 x sign of office") as refused:
        await land.decides(view, "ou", "sign")
    assert refused.value.rule == "step-unasked"
    assert {step.issuer for step in view.steps if step.given < step.wanted} == {"office"}


async def test_a_cancel_is_as_joint_as_what_it_ends_and_either_party_drafts_it(land: Town) -> None:
    warned = await land.releases(await _joined(land))
    over = await land.hub.drafting.cancel(land.officials["mei"], warned.id, because("险情解除"))
    assert over.issuers == warned.issuers
    view = await land.submits(over, by="mei")
    for by, step in (("reviewer", "review"), ("signer", "sign"), ("ning", "review"), ("ou", "sign")):
        assert view.stage == "submitted"
        view = await land.decides(view, by, step)
    assert (await land.releases(view)).stage == "released"


async def test_a_unit_that_was_only_consulted_has_no_part_in_it(land: Town) -> None:
    view = await land.submits(await drafts(land, replace(STATION, consulted=("water office",))))
    with pytest.raises(Forbidden):
        await land.decides(view, "shui", "sign")


async def test_a_draft_that_does_not_say_whom_it_consulted_is_shown_so_to_the_signers(settle: Any) -> None:
    town = await settle(Cast(bridge=2, river=0, hills=0, officials_of=BAOTA, kind="water"))
    await enters(town, "mei", "county station")
    silent = await town.submits(await drafts(town, IssuersRequest(), slide(town, 1, "山洪")))
    (found,) = [each for each in silent.findings if each["rule"] == "consulted-unstated"]
    assert found["values"] == {"kinds": ["meteorological"]}
    asked = await drafts(town, IssuersRequest(consulted=("county station",)), slide(town, 2, "山洪"))
    told = await town.submits(asked)
    assert not [each for each in told.findings if each["rule"] == "consulted-unstated"]


async def test_who_issues_it_is_said_anew_by_an_edit_that_voids_what_was_decided(land: Town) -> None:
    draft = await drafts(land, IssuersRequest())
    stated = await land.hub.drafting.restate(land.officials["editor"], draft.id, draft.version, STATION)
    assert (stated.version, stated.issuers.joint) == (draft.version + 1, ("county station",))
    assert (await land.submits(stated)).stage == "submitted"


async def test_a_rule_that_says_with_whom_takes_the_place_of_the_table(
    land: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Policy, "partners", lambda *_: Partners(joint=("water",)))
    with pytest.raises(Invalid) as refused:
        await land.submits(await drafts(land, STATION))
    assert "water office" in str(refused.value)
