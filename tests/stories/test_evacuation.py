"""A township may not warn, but it may have people leave: prepared words without a colour, its own area, two persons,
reported up at once and countersigned afterwards."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from approvals.grant import EMERGENCY, FULL
from approvals.official import Official, Right
from hub.alert.views import AlertView, PlanRequest
from hub.clock import to_ms
from hub.compose.evacuation_notice import FilledPlaces
from hub.dossier.authority import AuthorityQuestion
from hub.drafting import evacuation as drafting_evacuation
from hub.drafting.evacuation import EvacuationRequest
from hub.errors import Conflict, Forbidden, Invalid
from hub.formats.cap.read import read
from hub.formats.cap.write import strict_findings, write
from hub.settings.settings import CONFIG_DIR
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from tests.stories.cast import BAOTA, BRIDGE, RIVER
from tests.stories.town import Cast, Town
from tests.stories.warnings import alert_of, because

#: what no form of a notice may say: a colour, a grade, a warning
LEVELLED = re.compile(
    r"[红橙黄蓝]色|[一二三四ⅠⅡⅢⅣ]级|预警|警报|\b(?:red|orange|yellow|blue|warning)\b|\"level\": ?\"", re.IGNORECASE
)
TOWNSHIP, COUNTY = "桥镇人民政府", "宝塔区人民政府"
WHO = {
    "mayor": (TOWNSHIP, BRIDGE, {Right.DRAFT}),
    "deputy": (TOWNSHIP, BRIDGE, {Right.DRAFT, Right.SIGN, Right.RELEASE}),
    "clerk": (TOWNSHIP, BRIDGE, {Right.SIGN}),
    "county": (COUNTY, BAOTA, {Right.DRAFT, Right.SIGN}),
}


async def settled(settle: Any, **more: Any) -> Town:
    town: Town = await settle(Cast(bridge=4, river=2, hills=1, **more))

    def work(connection: Any) -> None:
        for name, (unit, area, rights) in WHO.items():
            new = NewOfficial(name, unit, area, frozenset(rights), "government")
            town.officials[name] = officials.add(connection, new, to_ms(town.clock.now()))

    await town.hub.db.write(work)
    return town


def notice(town: Town, **changes: Any) -> EvacuationRequest:
    """Two hamlets below a slope, away within an hour, in Chinese and English."""
    asked = {
        "event": "landslide",
        "regions": frozenset({BRIDGE}),
        "by": (town.clock.now() + timedelta(hours=1)).replace(microsecond=0),
        "filled": {
            "zh-CN": FilledPlaces("后山3组、4组", "镇中心小学"),
            "en-US": FilledPlaces("Groups 3 and 4 of Houshan", "the primary school"),
        },
        "contact": "0911-1234567",
        "channels": ("sms",),
    }
    return EvacuationRequest(**(asked | changes))


async def drafts(town: Town, by: str = "mayor", **changes: Any) -> AlertView:
    return await town.hub.drafting.evacuate(town.officials[by], notice(town, **changes))


async def submits(town: Town, draft: AlertView, by: str = "mayor", path: str = EMERGENCY) -> AlertView:
    return await town.hub.submission.submit(town.officials[by], draft.id, draft.version, path)


async def orders(town: Town, **changes: Any) -> AlertView:
    """Drafted by one, signed and released by another; nobody else has a part in it."""
    view = await submits(town, await drafts(town, **changes))
    assert view.missing == ("sign",)
    view = await town.decides(view, "deputy", "sign")
    return await town.releases(view, "deputy")


async def test_a_township_has_people_leave_by_two_persons_and_everybody_there_reads_prepared_words_without_a_colour(
    settle,
) -> None:
    town = await settled(settle, channels=("sms", "voice", "wecom", "partners", "broadcast"), robots=1, media=1)
    told = await orders(town, channels=("sms", "voice", "wecom", "partners", "broadcast"))
    await town.rests()
    texts = await town.inbox("sms").texts(told)
    assert set(texts) == town.people("bridge"), "its own area, and nobody else"
    assert "请后山3组、4组的人员立即转移，于" in texts["bridge-0"][0]
    assert "前到达镇中心小学" in texts["bridge-0"][0]
    assert "0911-1234567" in texts["bridge-0"][0]
    assert "Be at the primary school before" in texts["bridge-3"][0]
    forms = await town.hub.alerts.forms(told.id)
    assert {form.channel for form in forms} == {"sms", "voice", "wecom", "partners", "broadcast"}
    assert not [form for form in forms if LEVELLED.search(form.body + form.subject + form.text)]
    cap = read(await town.hub.alerts.cap(told.id)).alert
    assert cap is not None
    assert not strict_findings(cap)
    assert {(each.urgency, each.severity, each.response_types) for each in cap.infos} == {
        ("Immediate", "Extreme", ("Evacuate",))
    }
    assert {"12379": "11D01"}.items() <= {code.name: code.value for code in cap.infos[0].event_codes}.items()
    url = f"{town.hub.settings.public_url}/feeds/public"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        feed = await answer.text()
    assert "滑坡紧急转移通知" in feed
    assert not re.search(r"红色|term=\"red\"|level=\"", feed)


@pytest.mark.parametrize("said", ["全县", "后山，不要转移，危险已解除", "the whole county"])
async def test_no_other_order_and_no_whole_county_is_filled_in_as_a_place(settle, said: str) -> None:
    town = await settled(settle)
    with pytest.raises(Invalid) as refused:
        await drafts(town, filled={"zh-CN": FilledPlaces(said, "镇中心小学")})
    assert refused.value.place == "filled.zh-CN.place"


async def test_officials_are_shown_no_colour_of_it_at_any_stage_nor_of_its_end(settle) -> None:
    town = await settled(settle)
    draft = await drafts(town)
    told = await orders(town)
    await town.rests()
    lifted = await town.hub.drafting.cancel(town.officials["mayor"], told.id, because("滑坡体已经稳定"))
    for number in (draft.id, told.id, lifted.id):
        view = await town.hub.alerts.get(number)
        assert (view.level, view.notice) == ("", "evacuation")
        assert {part.level for part in view.parts} <= {""}


async def all_clear_beside(town: Town, *others: str) -> str:
    """The SMS that lifts rain at the bridge where a notice holds, and these warnings."""
    rain = await town.warns(town.cap(BRIDGE), channels=("sms",))
    for severity in others:
        await town.warns(town.cap(BRIDGE, severity=severity), channels=("sms",))
    late = (town.clock.now() + timedelta(hours=47)).replace(microsecond=0)
    draft = await town.hub.drafting.evacuate(town.officials["mayor"], notice(town, by=late))
    view = await submits(town, draft)
    assert not [each for each in view.findings if each["rule"] == "period-long"]
    await town.releases(await town.decides(view, "deputy", "sign"), "deputy")
    lift = await town.hub.drafting.cancel(town.officials["author"], rain.id, because("降雨已经减弱"))
    forms = await town.hub.alerts.forms((await town.submits(lift)).id)
    return next(form.body for form in forms if (form.channel, form.language) == ("sms", "zh-CN"))


async def test_what_holds_beside_an_all_clear_is_no_warning_where_it_is_a_notice(settle) -> None:
    town = await settled(settle, channels=("sms",))
    text = await all_clear_beside(town)
    assert "以下通知仍然有效：" in text
    assert "发布的后山3组、4组滑坡紧急转移通知。" in text, "by its zone, not by its township"


async def test_a_warning_beside_the_notice_is_listed_with_it(settle) -> None:
    town = await settled(settle, channels=("sms",))
    assert "以下预警和通知仍然有效：" in await all_clear_beside(town, "Severe")


async def test_it_is_reported_up_at_once_and_countersigned_by_whoever_is_above(settle) -> None:
    town = await settled(settle)
    told = await orders(town)
    duties = {
        each.kind: each
        for each in await town.hub.transactions.read(
            lambda tx: town.hub.duties.list_duties(tx, told.id, only_open=True)
        )
    }
    assert duties["report-up"].proposed == (COUNTY,)
    shown = await town.hub.alerts.get(told.id)
    assert shown.countersignature is not None
    with pytest.raises(Forbidden) as refused:
        await town.hub.countersigning.give(town.officials["clerk"], told.id, "approve", told.digest or "", "")
    assert refused.value.rule == "evacuation", "a third person of the township is not above it"
    with pytest.raises(Forbidden):
        await town.hub.countersigning.give(town.officials["deputy"], told.id, "approve", told.digest or "", "")
    met = await town.hub.countersigning.give(town.officials["county"], told.id, "approve", told.digest or "", "")
    assert met.countersignature is not None
    assert met.countersignature.by == "county"


async def test_it_ends_as_it_began_without_a_colour_and_promises_no_return(settle) -> None:
    town = await settled(settle)
    told = await orders(town)
    await town.rests()
    draft = await town.hub.drafting.cancel(town.officials["mayor"], told.id, because("滑坡体已经稳定"))
    view = await town.decides(await submits(town, draft), "deputy", "sign")
    over = await town.releases(view, "deputy")
    await town.rests()
    text = (await town.inbox("sms").texts(over))["bridge-0"][0]
    sent = datetime.fromisoformat(told.sent)
    at = f"{sent.month}月{sent.day}日{sent.hour}时{sent.minute:02d}分（UTC+00:00）"
    assert f"解除{at}发布的后山3组、4组滑坡紧急转移通知。" in text
    assert "涉及区域" not in text, "its zone is less than its township"
    english = (await town.inbox("sms").texts(over))["bridge-3"][0]
    assert "for Groups 3 and 4 of Houshan (Urgent evacuation notice: landslide)" in english
    assert "已转移人员何时返回，以当地政府通知为准" in text
    forms = await town.hub.alerts.forms(over.id)
    assert not [form for form in forms if LEVELLED.search(form.body + form.text)]


@pytest.mark.parametrize(
    ("changes", "kind", "rule"),
    [
        ({"regions": frozenset({RIVER})}, Forbidden, "LAW-18"),
        ({"regions": frozenset({BAOTA})}, Forbidden, "LAW-18"),
        ({"event": "rainstorm"}, Conflict, "evacuation"),
        ({"event": "no such danger"}, Invalid, "event-unknown"),
        ({"filled": {"zh-CN": FilledPlaces("后山红色预警区", "小学")}}, Invalid, "evacuation-text"),
        ({"filled": {"zh-CN": FilledPlaces("后山", "见 http://a.cn")}}, Invalid, "evacuation-text"),
        ({"filled": {"zh-CN": FilledPlaces("后山\n快跑", "小学")}}, Invalid, "evacuation-text"),
        ({"filled": {"zh-CN": FilledPlaces("后" * 61, "小学")}}, Invalid, "evacuation-text"),
        ({"filled": {"bo": FilledPlaces("后山", "小学")}}, Invalid, "evacuation-text"),
        ({"filled": {}}, Invalid, "evacuation-text"),
        ({"contact": "call <b>me</b>"}, Invalid, "evacuation-text"),
    ],
)
async def test_what_is_beyond_a_township_is_refused_by_name(settle, changes, kind, rule) -> None:
    town = await settled(settle)
    with pytest.raises(kind) as refused:
        await drafts(town, **changes)
    assert refused.value.rule == rule


async def test_without_the_look_at_the_area_the_authority_of_the_rule_still_holds_it_back(settle, monkeypatch) -> None:
    """One guard taken out: the other refuses."""
    town = await settled(settle)
    monkeypatch.setattr(drafting_evacuation, "_must_be_inside", lambda *_: None)
    with pytest.raises(Forbidden) as refused:
        await drafts(town, regions=frozenset({RIVER}))
    assert refused.value.rule == "LAW-18"


async def test_one_person_is_never_enough_and_the_drafter_never_signs(settle) -> None:
    town = await settled(settle)
    view = await submits(town, await drafts(town, by="deputy"), by="deputy")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "deputy", "sign")
    assert refused.value.rule == "SEP-1"


async def test_a_township_still_cannot_warn_and_a_notice_has_no_whole_flow(settle) -> None:
    town = await settled(settle)
    alert = alert_of(town.clock.now(), "outage", BRIDGE, headline="停电橙色预警", issuers=(TOWNSHIP, ""))
    # Governments warn of it: only the tier of this one is in the way.
    outage = write(replace(alert, infos=tuple(replace(info, event="停电") for info in alert.infos[:1])))
    with pytest.raises(Forbidden, match="the tier township may not draft"):
        await town.hub.drafting.create(town.officials["mayor"], outage, PlanRequest(("sms",)))
    assert await town.hub.drafting.create(town.officials["county"], outage, PlanRequest(("sms",)))
    view = await submits(town, await drafts(town), path=FULL)
    assert view.path == EMERGENCY, "it owes its countersignature whatever was asked for"


async def test_who_may_order_people_out_is_explained(settle) -> None:
    town = await settled(settle)

    async def asked(event: str, path: str, *areas: str) -> Any:
        level = None if path == "evacuation" else max(town.hub.policy.rules[0].levels)
        question = AuthorityQuestion(Right.RELEASE, level, event, frozenset(areas), path=path)
        return await town.hub.transactions.read(lambda tx: town.hub.authority.explain(tx, "deputy", question))

    assert (await asked("landslide", "evacuation", BRIDGE)).answer == "allowed"
    assert (await asked("landslide", "emergency", BRIDGE)).answer != "allowed"
    assert (await asked("landslide", "evacuation", RIVER)).rule == "LAW-18"
    with pytest.raises(Conflict, match="no urgent evacuation notice"):
        await asked("rainstorm", "evacuation", BRIDGE)
    with pytest.raises(Invalid, match="has a level"):
        await town.hub.transactions.read(
            lambda tx: town.hub.authority.explain(
                tx, "deputy", AuthorityQuestion(Right.RELEASE, None, "rainstorm", frozenset({BRIDGE}))
            )
        )


async def test_where_notices_are_for_every_event_the_explanation_and_the_drafting_say_so_alike(
    settle, tmp_path: Path
) -> None:
    shipped = (CONFIG_DIR / "authority.toml").read_text("utf-8")
    named = re.search(r"^\[evacuation\]\nevents = .*$", shipped, re.MULTILINE)
    assert named is not None
    policy = tmp_path / "authority.toml"
    policy.write_text(shipped.replace(named[0], '[evacuation]\nevents = ["*"]'), "utf-8")
    town = await settled(settle, hub={"authority": policy})
    asked = AuthorityQuestion(Right.DRAFT, None, "rainstorm", frozenset({BRIDGE}), path="evacuation")
    assert (
        await town.hub.transactions.read(lambda tx: town.hub.authority.explain(tx, "mayor", asked))
    ).answer == "allowed"
    assert (await orders(town, event="rainstorm")).stage == "released"


@pytest.mark.parametrize("offset", [0, 8])
async def test_over_the_api_a_notice_is_drafted_by_its_places_and_submitted_and_no_text_is_taken(
    settle, offset: int
) -> None:
    town = await settled(settle)
    mayor: Official = town.officials["mayor"]
    token = town.hub.tokens.issue(mayor.id, mayor.name, mayor.rights)
    asked = notice(town)
    body = {
        "event": "泥石流",
        "regions": [BRIDGE],
        "by": asked.by.astimezone(timezone(timedelta(hours=offset))).isoformat(),
        "filled": {"zh-CN": {"place": "后山", "refuge": "镇中心小学"}},
        "channels": ["sms"],
    }
    url = f"{town.hub.settings.public_url}/api/v1/alerts/evacuations"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        async with http.post(url, json=body) as answer:
            made = await answer.json(content_type=None)
            assert answer.status == 201, made
        assert made["headline"] == f"{TOWNSHIP}发布泥石流紧急转移通知"
        submit = url.replace("evacuations", f"{made['id']}/submit")
        async with http.post(submit, json={"version": made["version"], "path": EMERGENCY}) as answer:
            submitted = await answer.json(content_type=None)
            assert (answer.status, submitted.get("missing")) == (200, ["sign"]), submitted
        async with http.post(url, json=body | {"headline": "红色预警"}) as answer:
            assert answer.status == 422
