"""Whoever runs a dam must alarm the area below it, at once and without asking: in the texts and for the zones of a paper
that the government has signed, and in no other words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from approvals.grant import EMERGENCY
from approvals.level import Level
from approvals.official import Right
from hub.alert.lifecycle import Stage
from hub.alert.views import AlertView, PlanRequest
from hub.clock import to_ms
from hub.compose.compose import Composition, compose
from hub.drafting import take_over
from hub.drafting.alarm import AlarmRequest
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from hub.signoff import freeze, referral
from hub.signoff.standing import StandingDecisionRequest, StandingView
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.alerts import alerts
from targeting.audience import Audience
from tests.media import CHANNEL_MEDIA
from tests.stories.cast import BAOTA, BRIDGE, RIVER
from tests.stories.town import CITY, Cast, Town
from tests.stories.units import enters
from tests.stories.warnings import because

GOVERNMENT, DAM = "宝塔区人民政府", "王家沟水库管理所"
CITY_GOVERNMENT = "延安市人民政府"
BELOW = "36.59,109.49 36.59,109.51 36.61,109.51 36.61,109.49 36.59,109.49"  #: around the houses of the bridge
PEOPLE = {
    "clerk": (GOVERNMENT, "government", {Right.DRAFT}),
    "head": (GOVERNMENT, "government", {Right.REVIEW}),
    "first": (GOVERNMENT, "government", {Right.SIGN}),
    "deputy": (GOVERNMENT, "government", {Right.SIGN}),
    "switch": (GOVERNMENT, "government", {Right.RELEASE}),
    "guard": (DAM, "dam-operator", {Right.DRAFT}),
    "engineer": (DAM, "dam-operator", {Right.SIGN, Right.RELEASE}),
}
UNTIL = re.compile("有效至|有效期至|至.{1,20}有效|in force until", re.IGNORECASE)
EMERGENCY_OF = ("水库重大险情", "Reservoir emergency")  #: an event whose code the table has
COLOUR = re.compile(r"[红橙黄蓝]色|\b(?:red|orange|yellow|blue)\b", re.IGNORECASE)


@dataclass
class Reservoir:
    """A government and the operator of a dam in its area."""

    town: Town

    @classmethod
    async def settled(cls, settle: Any) -> Reservoir:
        town: Town = await settle(Cast(bridge=4, river=2, hills=1))

        def work(connection: Any) -> None:
            for name, (unit, kind, rights) in PEOPLE.items():
                new = NewOfficial(name, unit, BAOTA, frozenset(rights), kind)
                town.officials[name] = officials.add(connection, new, to_ms(town.clock.now()))

        await town.hub.db.write(work)
        return cls(town)

    def paper(self, **changes: Any) -> dict[str, Any]:
        now = self.town.clock.now()
        return {
            "name": "dam break",
            "document_no": "〔2026〕9号",
            "grantor": GOVERNMENT,
            "unit": DAM,
            "acts": ["draft", "sign", "release"],
            "events": ["dam_break"],
            "levels": ["red"],
            "areas": [BAOTA],
            "channels": ["sms"],
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(days=200)).isoformat(),
            "review_by": (now + timedelta(days=90)).isoformat(),
            "texts": [
                {
                    "language": "zh-CN",
                    "event": "水库溃坝",
                    "sender_name": DAM,
                    "headline": "王家沟水库即将溃坝",
                    "description": "预计洪水{at:time}到达。",
                    "instruction": "请立即向两侧高处转移，不要沿河道方向走。",
                },
                {
                    "language": "en-US",
                    "event": "Dam break",
                    "sender_name": DAM,
                    "headline": "The Wangjiagou dam is about to break",
                    "description": "The flood is expected at {at:time}.",
                    "instruction": "Climb to high ground now. Do not go along the river.",
                },
            ],
            "zones": [{"name": "坝下", "polygon": BELOW}, {"name": "河镇", "regions": [RIVER]}],
        } | changes

    async def signed(self, **changes: Any) -> StandingView:
        delegations, people = self.town.hub.delegations, self.town.officials
        propose = partial(delegations.propose, official=people["clerk"], tree=self.paper(**changes))
        made = await self.town.hub.transactions.write("clerk", propose)
        for name, step in (("head", "review"), ("first", "sign"), ("deputy", "sign")):
            now = to_ms(self.town.clock.now())
            of = {"official": people[name].id, "session": "", "digest": made.digest, "method": "totp", "now_ms": now}
            grant = await self.town.hub.db.write(lambda c, of=of: delegations.proofs.grant(c, **of))
            word = StandingDecisionRequest(step, "approve", made.digest, "", grant.proof)
            decide = partial(delegations.decide, official=people[name], standing=made.id, word=word)
            made = await self.town.hub.transactions.write(name, decide)
        assert made.state == "in-force", made.wanted
        return made

    async def drafts(self, paper: int, **changes: Any) -> AlertView:
        asked = {"values": {"at": "20:30"}, "zones": ("坝下",)} | changes
        return await self.town.hub.drafting.alarm(self.town.officials["guard"], AlarmRequest(paper, **asked))

    async def submits(self, draft: AlertView) -> AlertView:
        guard = self.town.officials["guard"]
        return await self.town.hub.submission.submit(guard, draft.id, draft.version, EMERGENCY)

    async def alarms(self, paper: int) -> AlertView:
        signed = await self.town.decides(await self.submits(await self.drafts(paper)), "engineer", "sign")
        return await self.town.releases(signed, "engineer")

    async def lifts(self, draft: AlertView, submits: str, signs: str, releases: str) -> AlertView:
        """A Cancel that is drafted, by those named, on the short way."""
        official = self.town.officials[submits]
        view = await self.town.hub.submission.submit(official, draft.id, draft.version, EMERGENCY)
        return await self.town.releases(await self.town.decides(view, signs, "sign"), releases)

    async def stage(self, alarm: AlertView) -> Stage:
        return Stage((await self.town.hub.alerts.get(alarm.id)).stage)


@pytest.fixture
async def reservoir(settle) -> Reservoir:
    return await Reservoir.settled(settle)


async def test_the_operator_alarms_by_one_signature_in_the_signed_texts_without_a_colour(reservoir: Reservoir) -> None:
    town, paper = reservoir.town, await reservoir.signed()
    view = await reservoir.submits(await reservoir.drafts(paper.id))
    assert view.missing == ("sign",)
    told = await town.releases(await town.decides(view, "engineer", "sign"), "engineer")
    await town.rests()
    texts = await town.inbox("sms").texts(told)
    assert set(texts) == town.people("bridge"), "the zone, and nobody beyond it"
    assert "请立即向两侧高处转移" in texts["bridge-0"][0]
    assert "20:30" in texts["bridge-0"][0]
    assert "Climb to high ground now" in texts["bridge-3"][0]
    assert UNTIL.search(texts["bridge-0"][0])
    assert UNTIL.search(texts["bridge-3"][0])
    assert not [text for [text] in texts.values() if COLOUR.search(text)]
    shown = await town.hub.alerts.get(told.id)
    assert shown.countersignature is not None
    met = await town.hub.countersigning.give(town.officials["first"], told.id, "approve", told.digest or "", "")
    assert met.countersignature is not None
    assert met.countersignature.by == "first"


@pytest.mark.parametrize(
    ("changes", "kind", "rule"),
    [
        ({"zones": ("坝上",)}, Invalid, "mandate-zone"),
        ({"values": {}}, Invalid, "mandate-text"),
        ({"values": {"at": "soon"}}, Invalid, "mandate-text"),
        ({"level": "blue"}, Invalid, "standing-level"),
    ],
)
async def test_what_the_paper_does_not_have_is_refused_by_name(reservoir: Reservoir, changes, kind, rule) -> None:
    paper = await reservoir.signed()
    with pytest.raises(kind) as refused:
        await reservoir.drafts(paper.id, **changes)
    assert refused.value.rule == rule


async def test_without_a_paper_the_operator_says_nothing_whatever_the_table_of_events_names_it(
    reservoir: Reservoir,
) -> None:
    town = reservoir.town
    with pytest.raises(NotFound) as unknown:
        await reservoir.drafts(1)
    assert unknown.value.rule == "mandate-unknown"
    cap = read(town.cap(BRIDGE)).alert
    assert cap is not None
    own = replace(
        cap, infos=tuple(replace(info, event="水库溃坝", headline="水库溃坝红色预警") for info in cap.infos[:1])
    )
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.create(town.officials["guard"], write(own), PlanRequest(("sms",)))
    assert refused.value.rule == "mandate"


async def _rewritten(reservoir: Reservoir, paper: int, identifier: str, **changes: Any) -> AlertView:
    """The alarm as the hub drafts it, changed in its Chinese block and handed in as a file."""
    town = reservoir.town
    alert = read(await town.hub.alerts.cap((await reservoir.drafts(paper)).id)).alert
    assert alert is not None
    areas = changes.pop("areas", lambda found: found)
    infos = tuple(replace(info, **changes, areas=areas(info.areas)) for info in alert.infos[:1])
    source = write(replace(alert, identifier=identifier, infos=infos))
    return await town.hub.drafting.create(town.officials["guard"], source, PlanRequest(("sms",)))


WRONGS: dict[str, dict[str, Any]] = {
    "mandate-text": {"description": "预计洪水20:30到达，请把存款转到以下账户。"},
    "mandate-zone": {"areas": lambda areas: (replace(areas[0], description="河镇"),)},
}


@pytest.mark.parametrize("rule", WRONGS)
async def test_a_word_or_a_line_that_is_not_the_papers_is_not_submitted(reservoir: Reservoir, rule: str) -> None:
    paper = await reservoir.signed()
    draft = await _rewritten(reservoir, paper.id, "rewritten", **WRONGS[rule])
    with pytest.raises(Invalid) as refused:
        await reservoir.submits(draft)
    assert refused.value.rule == rule


@pytest.mark.parametrize("rule", WRONGS)
async def test_without_the_look_into_the_paper_it_would_be_submitted(reservoir, monkeypatch, rule: str) -> None:
    """The guard taken out: the story above would fail."""
    paper = await reservoir.signed()
    monkeypatch.setattr(freeze, "must_be_as_lent", lambda _connection, _dossier: None)
    draft = await _rewritten(reservoir, paper.id, "rewritten", **WRONGS[rule])
    assert (await reservoir.submits(draft)).missing == ("sign",)


async def test_places_added_to_the_zones_and_a_mark_without_a_paper_are_refused(reservoir: Reservoir) -> None:
    town, paper = reservoir.town, await reservoir.signed()
    draft = await reservoir.drafts(paper.id)
    wider = PlanRequest(("sms",), also=Audience(frozenset({RIVER})))
    draft = await town.hub.drafting.replan(town.officials["guard"], draft.id, draft.version, wider)
    with pytest.raises(Invalid) as refused:
        await reservoir.submits(draft)
    assert refused.value.rule == "mandate-zone"
    marked = read(await town.hub.alerts.cap(draft.id)).alert
    assert marked is not None
    rain = tuple(replace(info, event="暴雨", event_codes=()) for info in marked.infos[:1])
    source = write(replace(marked, identifier="marked", infos=rain))
    own = await town.hub.drafting.create(town.officials["author"], source, PlanRequest(("sms",)))
    with pytest.raises(Invalid) as unsigned:
        await town.submits(own)
    assert unsigned.value.rule == "mandate-text"


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"zones": []}, "standing-document", "zones"),
        ({"texts": []}, "standing-document", "texts"),
        ({"zones": [{"name": "坝下"}]}, "standing-document", "zones.坝下"),
        ({"zones": [{"name": "坝下", "polygon": "36.5,109.4 36.5,109.5"}]}, "standing-document", "zones.坝下"),
        ({"zones": [{"name": "延安", "regions": ["610600000000"]}]}, "AUTH-3", "zones.延安"),
    ],
)
async def test_a_paper_with_half_of_it_is_not_proposed(
    reservoir: Reservoir, changes: dict[str, Any], rule: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await reservoir.town.hub.transactions.write(
            reservoir.town.officials["clerk"].name,
            lambda tx: reservoir.town.hub.delegations.propose(
                tx, reservoir.town.officials["clerk"], reservoir.paper(**changes)
            ),
        )
    assert (refused.value.rule, refused.value.place) == (rule, field)


async def test_a_revoked_paper_alarms_nobody(reservoir: Reservoir) -> None:
    town, paper = reservoir.town, await reservoir.signed()
    view = await reservoir.submits(await reservoir.drafts(paper.id))
    await town.hub.transactions.write(
        town.officials["first"].name,
        lambda tx: town.hub.delegations.revoke(tx, town.officials["first"], paper.id, "the dam is empty"),
    )
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "engineer", "sign")
    assert refused.value.rule == "mandate"


async def _referred(reservoir: Reservoir, draft: AlertView) -> AlertView:
    guard = reservoir.town.officials["guard"]
    return await reservoir.town.hub.referrals.refer(guard, draft.id, "let the city say it", CITY_GOVERNMENT)


async def _taken_over(reservoir: Reservoir, draft: AlertView) -> AlertView:
    clerk = reservoir.town.officials["clerk"]
    return await reservoir.town.hub.drafting.take_over(clerk, draft.id, draft.version, "we say it")


DOORS = {"refers": _referred, "takes over": _taken_over}


@pytest.mark.parametrize("act", DOORS)
async def test_an_alarm_stays_with_the_operator_whose_paper_it_rests_on(reservoir: Reservoir, act: str) -> None:
    await enters(reservoir.town, "city", CITY_GOVERNMENT, kind="government", area=CITY)
    draft = await reservoir.drafts((await reservoir.signed()).id)
    with pytest.raises(Conflict, match=act) as refused:
        await DOORS[act](reservoir, draft)
    assert refused.value.rule == "mandate-text"
    assert (await reservoir.submits(draft)).missing == ("sign",), "and as it is it goes its way"


@pytest.mark.parametrize(("act", "module"), [("refers", referral), ("takes over", take_over)])
async def test_without_the_look_an_alarm_would_change_hands(reservoir: Reservoir, monkeypatch, act, module) -> None:
    await enters(reservoir.town, "city", CITY_GOVERNMENT, kind="government", area=CITY)
    draft = await reservoir.drafts((await reservoir.signed()).id)
    monkeypatch.setattr(module, "must_not_change_hands", lambda *_: None)
    assert (await DOORS[act](reservoir, draft)).version >= draft.version


LIFTERS = [("guard", "engineer", "engineer"), ("clerk", "first", "switch")]  #: the operator itself; the government


@pytest.mark.parametrize("people", LIFTERS)
async def test_an_alarm_is_lifted_by_its_operator_or_the_government_above_it(reservoir: Reservoir, people) -> None:
    told = await reservoir.alarms((await reservoir.signed()).id)
    drafting, drafter = reservoir.town.hub.drafting, reservoir.town.officials[people[0]]
    await reservoir.lifts(await drafting.cancel(drafter, told.id, because("险情解除")), *people)
    assert await reservoir.stage(told) is Stage.CANCELLED


async def test_the_end_of_an_alarm_calls_it_one_and_names_no_colour(reservoir: Reservoir) -> None:
    told = await reservoir.alarms((await reservoir.signed()).id)
    draft = await reservoir.town.hub.drafting.cancel(reservoir.town.officials["guard"], told.id, because("险情解除"))
    await reservoir.lifts(draft, "guard", "engineer", "engineer")
    clear = read(await reservoir.town.hub.alerts.cap(draft.id)).alert
    assert clear is not None
    chinese, english = (next(i.headline for i in clear.infos if i.language == tag) for tag in ("zh-CN", "en-US"))
    assert chinese.startswith(DAM)
    assert chinese.endswith("解除水库溃坝警报。")
    assert "lifted the Dam break warning at" in english
    assert not COLOUR.search(chinese + english)


async def test_until_when_an_alarm_holds_is_said_in_every_form(reservoir: Reservoir) -> None:
    draft = await reservoir.drafts((await reservoir.signed()).id)
    made = read(await reservoir.town.hub.alerts.cap(draft.id)).alert
    assert made is not None
    catalog, gather = reservoir.town.hub.submission.catalog, {"voice": "https://hub.example/voice"}
    work = Composition(made, Level.RED, b"", catalog, CHANNEL_MEDIA, gather)
    forms = compose(work, ("sms", "voice", "email", "wecom"))
    assert len(forms) == 8
    assert [form for form in forms if not UNTIL.search(form.text or form.body)] == []


async def test_an_event_with_a_code_is_alarmed_of_under_it(reservoir: Reservoir) -> None:
    texts = [{**text, "event": event} for text, event in zip(reservoir.paper()["texts"], EMERGENCY_OF, strict=True)]
    paper = await reservoir.signed(events=["dam_emergency"], texts=texts)
    draft = await reservoir.drafts(paper.id)
    made = read(await reservoir.town.hub.alerts.cap(draft.id)).alert
    assert made is not None
    assert {code.value for info in made.infos for code in info.event_codes} == {"11A03"}
    assert (await reservoir.submits(draft)).missing == ("sign",)


async def test_an_alarm_is_lifted_when_its_paper_is_revoked(reservoir: Reservoir) -> None:
    town, paper = reservoir.town, await reservoir.signed()
    told = await reservoir.alarms(paper.id)
    await town.hub.transactions.write(
        town.officials["first"].name,
        lambda tx: town.hub.delegations.revoke(tx, town.officials["first"], paper.id, "the dam is empty"),
    )
    draft = await town.hub.drafting.cancel(town.officials["clerk"], told.id, because("险情解除"))
    await reservoir.lifts(draft, "clerk", "first", "switch")
    assert await reservoir.stage(told) is Stage.CANCELLED


async def test_an_alarm_whose_countersignature_is_refused_is_lifted(reservoir: Reservoir) -> None:
    town = reservoir.town
    told = await reservoir.alarms((await reservoir.signed()).id)
    first = town.officials["first"]
    await town.hub.countersigning.give(first, told.id, "reject", told.digest or "", "the dam holds")
    draft = (await town.hub.alerts.page(None, 1, None)).items[0]
    assert draft.root == told.id
    taken = await town.hub.drafting.take_over(town.officials["clerk"], draft.id, draft.version, "the dam holds")
    await reservoir.lifts(taken, "clerk", "deputy", "switch")
    assert await reservoir.stage(told) is Stage.CANCELLED


async def test_of_two_papers_the_alarm_rests_on_the_one_whose_words_it_says(reservoir: Reservoir) -> None:
    texts = reservoir.paper()["texts"]
    calmer = [text | {"instruction": "请做好转移准备。"} for text in texts[:1]]
    first, second = await reservoir.signed(name="be ready", texts=calmer), await reservoir.signed()
    for paper in (second, first):
        view = await reservoir.submits(await reservoir.drafts(paper.id))
        told = await reservoir.town.decides(view, "engineer", "sign")
        released = await reservoir.town.releases(told, "engineer")
        row = await reservoir.town.hub.db.read(lambda c, number=released.id: alerts.get(c, number))
        assert row is not None
        assert row.delegation == paper.id
