"""Submitting: every form rendered, everyone counted, all of it frozen under one digest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyroaring import BitMap

from hub.alert.alert import Area, Scope, Status
from hub.alert.views import PlanRequest
from hub.audience.plan import Plan
from hub.dossier import frozen
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.signoff import submit
from targeting.audience import Audience, Circle, Polygon
from templates.catalog import Catalog, TemplateRefused
from tests.stories.town import BRIDGE, HILLS, Cast, Town
from tests.stories.warnings import because


async def test_submitting_freezes_one_form_for_every_channel_and_language(town: Town) -> None:
    view = await town.submits(await town.drafts())
    forms = await town.hub.alerts.forms(view.id)
    assert {(form.channel, form.language) for form in forms} == {
        (channel, language) for channel in ("sms", "voice") for language in ("zh-CN", "en-US")
    }
    assert (view.stage, view.targeted) == ("submitted", 20)
    assert view.digest
    assert view.missing == ("review", "sign")


async def test_a_draft_edited_since_it_was_read_is_not_submitted(town: Town) -> None:
    view = await town.drafts()
    cap = town.cap(identifier=view.identifier, headline="改过")
    await town.hub.drafting.replace(town.officials["editor"], view.id, 1, cap, PlanRequest(("sms",)))
    with pytest.raises(Conflict) as refused:
        await town.submits(view)
    assert refused.value.rule == "version"


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST, Status.SYSTEM])
async def test_a_live_hub_refuses_whatever_is_not_actual(town: Town, status: Status) -> None:
    draft = await town.drafts(town.cap(status=status, note="drill"))
    with pytest.raises(Conflict) as refused:
        await town.submits(draft)
    assert refused.value.rule == "EX-1"
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"


async def test_an_exercise_hub_refuses_an_actual_warning(settle) -> None:
    town = await settle(Cast(hub={"world": "exercise"}))
    with pytest.raises(Conflict) as refused:
        await town.submits(await town.drafts())
    assert refused.value.rule == "EX-1"


@pytest.mark.parametrize(
    ("scope", "more"), [(Scope.RESTRICTED, {"restriction": "staff"}), (Scope.PRIVATE, {"addresses": ("a@b.example",)})]
)
async def test_only_what_is_public_may_reach_public_channels(town: Town, scope: Scope, more) -> None:
    draft = await town.drafts(town.cap(scope=scope, **more))
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert (refused.value.rule, refused.value.place) == ("X2", "alert/scope")


async def test_a_cap_draft_never_leaves(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await town.submits(await town.drafts(town.cap(status=Status.DRAFT)))
    assert refused.value.rule == "X20"


async def test_an_alert_that_ended_meanwhile_is_not_submitted(town: Town) -> None:
    draft = await town.drafts()
    town.clock.advance(6 * 3600)
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "X21"


async def test_an_audience_of_nobody_is_refused(settle) -> None:
    town = await settle(Cast(hills=0))
    with pytest.raises(Invalid) as refused:
        await town.submits(await town.drafts(town.cap(HILLS)))
    assert refused.value.rule == "audience-empty"


async def test_a_shape_that_is_not_on_the_earth_is_refused_by_its_name(town: Town) -> None:
    draft = await town.drafts(town.cap(BRIDGE))
    plan = Plan(Audience(polygons=(Polygon(((0.0, 0.0),) * 4),)), ("sms",))
    await town.sql("UPDATE alerts SET plan = ? WHERE id = ?", plan.to_json(), draft.id)
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "X9"
    assert "polygon 1" in str(refused.value)


async def test_a_circle_finds_exactly_those_who_live_in_it(town: Town) -> None:
    area = Area("here", circles=(Circle(36.6, 109.5, 3.0),))
    view = await town.submits(await town.drafts(town.cap(areas=(area,))))
    assert view.targeted == 12


async def test_who_may_not_draft_may_not_submit(town: Town) -> None:
    draft = await town.drafts()
    with pytest.raises(Forbidden) as refused:
        await town.submits(draft, by="reviewer")
    assert refused.value.rule == "RIGHT"


async def test_what_was_submitted_is_not_submitted_again(town: Town) -> None:
    view = await town.submits(await town.drafts())
    with pytest.raises(Conflict) as refused:
        await town.submits(view)
    assert refused.value.rule == "stage"


async def test_an_alert_nobody_drafted_cannot_be_submitted(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.hub.submission.submit(town.officials["author"], 4711, 1)


async def test_a_template_that_cannot_say_the_warning_is_a_refusal_and_freezes_nothing(town: Town) -> None:
    class Broken(Catalog):
        def render(self, *arguments: object) -> object:
            raise TemplateRefused("alert/zh/sms.txt: no such file")

    draft = await town.drafts()
    submission = replace(town.hub.submission, catalog=Broken())
    with pytest.raises(Invalid) as refused:
        await submission.submit(town.officials["author"], draft.id, 1)
    assert refused.value.rule == "template"
    assert "alert/zh/sms.txt" in str(refused.value)
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"


async def test_a_warning_without_a_rule_of_authority_is_a_refusal(town: Town) -> None:
    draft = await town.drafts()
    submission = replace(town.hub.submission, policy=replace(town.hub.policy, rules=()))
    with pytest.raises(Conflict) as refused:
        await submission.submit(town.officials["author"], draft.id, 1)
    assert refused.value.rule == "policy"


async def test_the_same_content_submitted_twice_has_two_digests_that_differ_by_the_submission_alone(town: Town) -> None:
    first = await town.submits(await town.drafts())
    before = await town.hub.db.read(lambda connection: frozen.of(connection, first.id).document())
    back = await town.decides(first, "reviewer", "review", verdict="return", reason="wait")
    again = await town.submits(back)
    after = await town.hub.db.read(lambda connection: frozen.of(connection, first.id).document())
    assert again.digest != first.digest
    assert (before.pop("submission"), after.pop("submission")) == (1, 2)
    assert before == after


async def alarms_of_a_cancel(town: Town) -> list[tuple[str, str]]:
    """The new alarms once the end of a warning is submitted whose order was given other people in SQL after it was
    drafted.
    """
    flood = await town.warns(channels=("sms",))
    lift = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
    await town.sql("UPDATE orders SET audience = ? WHERE alert = ?", BitMap([1]).serialize(), flood.id)
    before = await town.alarms()
    await town.submits(lift)
    return [each for each in await town.alarms() if each not in before]


async def test_an_order_that_turns_out_to_be_disputed_is_an_alarm_once_the_submission_stands(town: Town) -> None:
    assert "order-disputed" in {kind for kind, _ in await alarms_of_a_cancel(town)}


async def test_it_is_the_write_that_raises_the_alarm(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what was only read raises nothing."""
    monkeypatch.setattr(submit, "raise_dispute", lambda *_: None)
    assert await alarms_of_a_cancel(town) == []
