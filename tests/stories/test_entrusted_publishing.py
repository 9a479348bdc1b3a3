"""A warning centre publishes for the unit that entrusts it (委托发布); the unit stays the issuer, and signs."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approvals.grant import EMERGENCY
from hub.alert.views import AlertView, PlanRequest
from hub.dossier.issuers import IssuersRequest
from hub.errors import Forbidden, Invalid
from hub.signoff.standing import StandingDecisionRequest, StandingView
from tests.stories.test_the_office import tornado
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.units import enters
from tests.stories.warnings import because

FOR_OFFICE = IssuersRequest(principal="office")


@pytest.fixture
async def centre(settle: Any) -> Town:
    """The town whose officials are of the county's station; a warning centre, and a stranger, beside it."""
    town = await settle(Cast(bridge=2, river=1, hills=0, officials_of=BAOTA))
    for name in ("kong", "liang"):
        await enters(town, name, "warning centre", kind="warning-centre")
    await enters(town, "chen", "another station")
    return town


def document(town: Town, **changes: Any) -> dict[str, Any]:
    now = town.clock.now()
    return {
        "name": "rain of the county",
        "document_no": "〔2026〕8号",
        "grantor": "office",
        "publisher": "warning centre",
        "events": ["暴雨"],
        "levels": ["orange"],
        "areas": [BAOTA],
        "channels": ["sms"],
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(hours=2)).isoformat(),
        "review_by": (now + timedelta(hours=1)).isoformat(),
    } | changes


async def entrusts(town: Town, **changes: Any) -> StandingView:
    """The paper, proposed and signed by the station's own officials."""
    papers, of = town.hub.entrustments, town.officials
    propose = partial(papers.propose, official=of["author"], tree=document(town, **changes))
    paper = await town.hub.transactions.write("author", propose)
    for by, step in (("reviewer", "review"), ("signer", "sign")):
        word = StandingDecisionRequest(step, "approve", paper.digest)
        paper = await town.hub.transactions.write(
            by, partial(papers.decide, official=of[by], standing=paper.id, word=word)
        )
    assert paper.state == "in-force"
    return paper


async def drafts(town: Town, by: str = "kong", stated: IssuersRequest = FOR_OFFICE, **cap: Any) -> AlertView:
    plan = PlanRequest(channels=("sms",))
    return await town.hub.drafting.create(town.officials[by], town.cap(**cap), plan, stated)


async def signs(town: Town, view: AlertView) -> AlertView:
    view = await town.submits(view, by="kong")
    for by, step in (("reviewer", "review"), ("signer", "sign")):
        view = await town.decides(view, by, step)
    return view


async def test_the_centre_writes_and_releases_what_its_principal_signed_and_the_principal_issues_it(
    centre: Town,
) -> None:
    paper = await entrusts(centre)
    view = await drafts(centre)
    assert (view.unit, view.issuers.publisher, view.issuers.entrustment) == ("office", "warning centre", paper.id)
    view = await centre.releases(await signs(centre, view), by="liang")
    assert (view.stage, view.issuers.signing) == ("released", ("office",))
    await centre.rests()
    await centre.inbox("sms").expects(view, centre.people("bridge", "river"))
    assert (await centre.hub.transactions.read(lambda tx: centre.hub.entrustments.get(tx, paper.id))).uses == 1


async def test_nobody_publishes_for_a_unit_that_has_not_entrusted_it(centre: Town) -> None:
    with pytest.raises(Forbidden) as refused:
        await drafts(centre)
    assert (refused.value.rule, "entrustment" in str(refused.value)) == ("entrustment", True)
    await entrusts(centre)
    with pytest.raises(Forbidden) as strange:
        await drafts(centre, by="chen")
    assert strange.value.rule == "entrustment"


async def test_an_entrustment_for_the_short_way_alone_publishes_by_it_and_by_no_other(centre: Town) -> None:
    paper = await entrusts(centre, events=["龙卷风"], emergency_only=True)
    kong, plan = centre.officials["kong"], PlanRequest(channels=("sms",))
    view = await centre.hub.drafting.create(kong, tornado(centre, "at-hand"), plan, FOR_OFFICE)
    assert view.issuers.entrustment == paper.id
    with pytest.raises(Forbidden) as refused:
        await centre.submits(view, by="kong")
    assert refused.value.rule == "UNIT"
    view = await centre.hub.submission.submit(kong, view.id, view.version, EMERGENCY)
    view = await centre.releases(await centre.decides(view, "signer", "sign"), by="liang")
    assert (view.stage, view.issuers.signing) == ("released", ("office",))


@pytest.mark.parametrize("changes", [{"events": ["大风"]}, {"levels": ["blue"]}, {"channels": ["voice"]}])
async def test_an_entrustment_is_for_what_it_names_and_for_nothing_else(centre: Town, changes: Any) -> None:
    await entrusts(centre, **changes)
    with pytest.raises(Forbidden) as refused:
        await drafts(centre)
    assert refused.value.rule == "entrustment"


async def test_the_centre_never_signs_for_its_principal(centre: Town) -> None:
    await entrusts(centre)
    view = await centre.submits(await drafts(centre), by="kong")
    for step in ("review", "sign"):
        with pytest.raises(Forbidden) as refused:
            await centre.decides(view, "liang", step)
        assert refused.value.rule == "UNIT"


async def test_the_centre_has_no_part_in_a_draft_that_does_not_say_that_it_publishes(centre: Town) -> None:
    await entrusts(centre)
    view = await centre.prepares(channels=("sms",))
    with pytest.raises(Forbidden) as refused:
        await centre.releases(view, by="liang")
    assert refused.value.rule == "UNIT"


async def test_a_revoked_entrustment_releases_nothing_and_its_row_does_not_bring_it_back(centre: Town) -> None:
    paper = await entrusts(centre)
    view = await signs(centre, await drafts(centre))
    await centre.hub.transactions.write(
        centre.officials["author"].name,
        lambda tx: centre.hub.entrustments.revoke(tx, centre.officials["author"], paper.id, "their desk is closed"),
    )
    for _ in range(2):
        with pytest.raises(Forbidden) as refused:
            await centre.releases(view, by="liang")
        assert refused.value.rule == "UNIT"
        await centre.sql("UPDATE standing_authorisations SET state = 'in-force', revoked_at = NULL")
    await centre.rests()
    assert centre.sms.counts.received == 0


async def test_without_the_acts_of_the_paper_its_row_would_bring_it_back(
    centre: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: the story above would fail."""
    paper = await entrusts(centre)
    view = await signs(centre, await drafts(centre))
    await centre.hub.transactions.write(
        centre.officials["author"].name,
        lambda tx: centre.hub.entrustments.revoke(tx, centre.officials["author"], paper.id, "their desk is closed"),
    )
    await centre.sql("UPDATE standing_authorisations SET state = 'in-force', revoked_at = NULL")
    monkeypatch.setattr("hub.dossier.delegation.must_be_in_force", lambda *_: None)
    assert (await centre.releases(view, by="liang")).stage == "released"


async def test_the_principal_ends_its_warning_itself_when_the_centre_may_publish_no_more(centre: Town) -> None:
    paper = await entrusts(centre)
    warned = await centre.releases(await signs(centre, await drafts(centre)), by="liang")
    await centre.hub.transactions.write(
        centre.officials["author"].name,
        lambda tx: centre.hub.entrustments.revoke(tx, centre.officials["author"], paper.id, "their desk is closed"),
    )
    over = await centre.hub.drafting.cancel(centre.officials["author"], warned.id, because("险情解除"))
    assert (over.issuers.signing, over.issuers.publisher) == (("office",), "")
    with pytest.raises(Forbidden) as refused:
        await centre.hub.drafting.cancel(centre.officials["kong"], warned.id, because("too early"))
    assert refused.value.rule == "entrustment"


async def test_the_principal_names_who_publishes_its_own_draft(centre: Town) -> None:
    await entrusts(centre)
    view = await drafts(centre, by="author", stated=IssuersRequest(publisher="warning centre"))
    view = await centre.approves(await centre.submits(view))
    assert (await centre.releases(view, by="liang")).issuers.publisher == "warning centre"


@pytest.mark.parametrize(
    ("publisher", "rule"), [("another station", "unit-unknown"), ("nowhere", "unit-unknown"), ("office", "AUTH-3")]
)
async def test_only_a_warning_centre_is_entrusted(centre: Town, publisher: str, rule: str) -> None:
    with pytest.raises(Invalid) as refused:
        await centre.hub.transactions.write(
            centre.officials["author"].name,
            lambda tx: centre.hub.entrustments.propose(
                tx, centre.officials["author"], document(centre, publisher=publisher)
            ),
        )
    assert (refused.value.rule, refused.value.place) == (rule, "publisher")
