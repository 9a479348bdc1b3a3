"""Citizens read the issuer's name: senderName and headline name whoever issues a warning, and nobody else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from approvals.official import Right
from approvals.public_name import PublicName
from hub.alert.views import AlertView, PlanRequest
from hub.clock import to_ms
from hub.dossier.issuers import IssuersRequest
from hub.errors import Invalid
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from hub.signoff import freeze
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.warnings import alert_of, because

ALL = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE})


def of(town: Town, identifier: str = "named", **of_both: Any) -> bytes:
    """A warning whose blocks have these texts, in both languages alike where one text is given."""
    alert = alert_of(town.clock.now(), identifier, BAOTA, issuers=("", ""))
    blocks = [{name: text if isinstance(text, str) else text[at] for name, text in of_both.items()} for at in (0, 1)]
    infos = tuple(replace(info, **block) for info, block in zip(alert.infos, blocks, strict=True))
    return write(replace(alert, infos=infos))


async def told(town: Town, alert: AlertView) -> dict[str, str]:
    """The text message of each language."""
    forms = await town.hub.alerts.forms(alert.id)
    return {form.language: form.body for form in forms if form.channel == "sms"}


async def enters(town: Town, unit: str, *names: PublicName) -> None:
    def work(connection: Any) -> None:
        new = NewOfficial(f"chief of {unit}", unit, "000000000000", ALL, "meteorological")
        town.officials[unit] = officials.add(connection, new, to_ms(town.clock.now()))
        units.set_public_names(connection, unit, names)

    await town.hub.db.write(work)


STRANGERS = [
    ("senderName", {"sender_name": "重庆市气象台"}),
    ("senderName", {"sender_name": "重庆市\u200b气象台"}),
    ("senderName", {"sender_name": ("市气象台、重庆市气象台", "City weather office")}),
    ("headline", {"headline": ("重庆市气象台发布暴雨橙色预警", "Rainstorm warning")}),
    ("headline", {"headline": ("重庆市气象苔发布暴雨橙色预警", "Rainstorm warning")}),
    ("headline", {"headline": ("【重庆市气象台】暴雨橙色预警", "Rainstorm warning")}),
    ("headline", {"headline": ("暴雨橙色预警", "Chongqing Meteorological Observatory issued a rainstorm warning")}),
]


@pytest.mark.parametrize(("element", "texts"), STRANGERS)
async def test_a_warning_in_another_bodys_name_is_shown_at_the_draft_and_refused_at_submit(
    town: Town, element: str, texts: dict[str, Any]
) -> None:
    draft = await town.drafts(of(town, **texts), channels=("sms",))
    found = [each for each in draft.findings if each["rule"] == "issuer-stranger"]
    assert found
    assert all(each["element"].endswith(element) for each in found)
    assert found[0]["values"]["issuers"] == ["office"]
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "issuer-stranger"
    assert (refused.value.place or "").endswith(element)
    assert "市气象台" in str(refused.value), "the remedy names what to write"


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("暴雨橙色预警，县教育局通知停课", "县教育局"),
        ("暴雨橙色预警，与县应急局联合提示", "县应急局"),
        ("川渝天气发布暴雨橙色预警", "川渝天气"),
        ("State Council orange rainstorm warning", "State Council"),
    ],
)
async def test_a_body_that_a_headline_only_mentions_is_shown_and_stops_no_warning(
    town: Town, headline: str, body: str
) -> None:
    draft = await town.drafts(of(town, headline=(headline, "Rainstorm warning")), channels=("sms",))
    view = await town.submits(draft)
    for findings in (draft.findings, view.findings):
        (found,) = [each for each in findings if each["rule"] == "issuer-mentioned"]
        assert (found["element"], found["level"]) == ("alert/info[1]/headline", "advice")
        assert found["values"] == {"said": body, "issuers": ["office"]}


async def test_whom_a_headline_asks_to_obey_is_nobodys_issuer(town: Town) -> None:
    headline = ("暴雨橙色预警，请听从当地政府安排", "Rainstorm warning")
    view = await town.submits(await town.drafts(of(town, headline=headline), channels=("sms",)))
    assert not [each for each in view.findings if each["rule"].startswith("issuer-")]


async def test_a_gauge_whose_water_stands_high_is_nobodys_issuer(town: Town) -> None:
    told = "任河巴山水文站水位超警戒0.85米，市气象台今早发布暴雨橙色预警"
    texts = {"headline": (told, "Rainstorm warning"), "description": (f"{told}。", "Heavy rain.")}
    view = await town.submits(await town.drafts(of(town, **texts), channels=("sms",)))
    assert not [each for each in view.findings if each["rule"].startswith("issuer-")]


async def test_without_the_guard_people_would_read_another_bodys_name(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "must_name_its_issuers", lambda *_: None)
    draft = await town.drafts(of(town, sender_name="重庆市气象台"), channels=("sms",))
    assert (await told(town, await town.submits(draft)))["zh-CN"].startswith("【重庆市气象台】")


async def test_who_names_no_sender_is_named_by_the_registered_names_in_each_language(town: Town) -> None:
    draft = await town.submits(await town.drafts(of(town), channels=("sms",)))
    forms = await told(town, draft)
    assert forms["zh-CN"].startswith("【市气象台】")
    assert forms["en-US"].startswith("City weather office: ")
    emitted = (await town.hub.alerts.cap(draft.id)).decode()
    assert "<senderName>市气象台</senderName>" in emitted


@pytest.mark.parametrize(
    "headline",
    [
        "据重庆市气象台消息，市气象台发布暴雨橙色预警",
        "市气象台发布暴雨橙色预警（预警信息来源：国家预警信息发布中心）",
        "（转发）重庆市气象台发布暴雨橙色预警",
    ],
)
async def test_other_bodies_may_be_mentioned(town: Town, headline: str) -> None:
    draft = await town.drafts(of(town, headline=(headline, "Rainstorm warning")), channels=("sms",))
    assert [each for each in draft.findings if each["rule"] == "issuer-stranger"] == []
    assert (await town.submits(draft)).stage == "submitted"


async def test_a_description_that_begins_in_anothers_name_is_shown_to_the_signers(town: Town) -> None:
    texts = ("重庆市气象台发布暴雨红色预警信号：雨很大。", "Heavy rain.")
    draft = await town.drafts(of(town, description=texts), channels=("sms",))
    (found,) = [each for each in draft.findings if each["rule"] == "issuer-stranger"]
    assert (found["element"], found["values"]) == ("alert/info[1]/description", {"said": "重庆市气象台"})


async def test_joint_issuers_are_all_named_and_a_headline_that_leaves_one_out_is_refused(town: Town) -> None:
    await enters(town, "land office", PublicName("zh", "市规划和自然资源局"), PublicName("en", "City land office"))
    stated = IssuersRequest(joint=("land office",))

    async def drafts(identifier: str, **texts: Any) -> AlertView:
        plan = PlanRequest(("sms",))
        return await town.hub.drafting.create(town.officials["author"], of(town, identifier, **texts), plan, stated)

    partial = await drafts("alone", headline=("市气象台发布暴雨橙色预警", "Rainstorm warning"))
    with pytest.raises(Invalid) as refused:
        await town.submits(partial)
    assert refused.value.rule == "issuer-unnamed"
    headline = "市气象台、市规划和自然资源局联合发布暴雨橙色预警"
    both = await town.submits(
        await drafts("both", sender_name=("市气象台", ""), headline=(headline, "Rainstorm warning"))
    )
    forms = await told(town, both)
    assert forms["zh-CN"].startswith(f"【市气象台、市规划和自然资源局】{headline}")
    assert forms["en-US"].startswith("City weather office, City land office: ")


JOINTLY = "市气象台、市规划和自然资源局联合发布暴雨橙色预警"


@pytest.mark.parametrize(
    ("told", "remedy"),
    [
        (
            {"headline": (JOINTLY, "Rainstorm warning")},
            "name it a joint issuer (hub alert issuers --joint land office)",
        ),
        ({"sender_name": ("市气象台、市规划和自然资源局", "")}, "(hub alert issuers --joint land office)"),
        (
            {"headline": ("市气象台、市水利局联合发布暴雨橙色预警", "Rainstorm warning")},
            "register its name (hub unit names) and name it a joint issuer (hub alert issuers --joint UNIT)",
        ),
    ],
)
async def test_who_is_named_beside_the_issuer_may_be_made_a_joint_one(
    town: Town, told: dict[str, Any], remedy: str
) -> None:
    await enters(town, "land office", PublicName("zh", "市规划和自然资源局"))
    with pytest.raises(Invalid, match=re.escape(remedy)):
        await town.submits(await town.drafts(of(town, **told), channels=("sms",)))


async def test_who_is_named_alone_is_no_joint_issuer(town: Town) -> None:
    await enters(town, "land office", PublicName("zh", "市规划和自然资源局"))
    headline = ("市规划和自然资源局发布暴雨橙色预警", "Rainstorm warning")
    with pytest.raises(Invalid) as refused:
        await town.submits(await town.drafts(of(town, headline=headline), channels=("sms",)))
    assert "joint" not in str(refused.value)


async def test_a_superior_who_ends_a_warning_ends_it_in_its_own_name(settle: Any) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    await enters(town, "bureau", PublicName("zh", "陕西省气象台"))
    warning = await town.warns(of(town), channels=("sms",))
    lifted = await town.hub.drafting.cancel(town.officials["bureau"], warning.id, because("险情解除"))
    own = await town.hub.drafting.cancel(town.officials["author"], warning.id, because("雨停了。"))
    for cancel, name in ((lifted, "陕西省气象台"), (own, "市气象台")):
        alert = read(await town.hub.alerts.cap(cancel.id)).alert
        assert alert is not None
        assert alert.infos[0].sender_name == name
        assert alert.infos[0].headline.startswith(name)


BRACKETED = (
    "【重庆市气象台】雨很大，请避险。",
    "雨很大，请避险。【重庆市气象台】",
    "〔重庆市气象台〕雨很大。",
    "雨很大。［重庆市气象台］",
)


@pytest.mark.parametrize("part", ["description", "instruction"])
async def test_a_body_in_brackets_at_either_end_of_a_text_is_refused(town: Town, part: str) -> None:
    for number, text in enumerate(BRACKETED):
        draft = await town.drafts(of(town, f"end-{number}", **{part: (text, "Keep away.")}), channels=("sms",))
        with pytest.raises(Invalid) as refused:
            await town.submits(draft)
        assert refused.value.rule == "signature-stranger"
    guide = "【防御指南】请避险。（【国家预警信息发布中心】"
    await town.submits(await town.drafts(of(town, "guide", instruction=(guide, "Keep away.")), channels=("sms",)))


@pytest.mark.parametrize("part", ["headline", "description", "instruction"])
async def test_words_in_brackets_that_are_no_issuer_are_shown_to_whoever_signs(town: Town, part: str) -> None:
    def shown(draft: AlertView) -> list[str]:
        return [each["values"]["said"] for each in draft.findings if each["rule"] == "brackets-of-nobody"]

    told_by = {part: ("【中国银行】暴雨橙色预警，请避险。", "Rainstorm warning")}
    strange = await town.drafts(of(town, "bank", **told_by), channels=("sms",))
    assert shown(strange) == ["中国银行"]
    own = {part: ("【市气象台】暴雨橙色预警，请避险。", "Rainstorm warning")}
    assert shown(await town.drafts(of(town, "own", **own), channels=("sms",))) == []


async def names_in(town: Town, alert: AlertView) -> tuple[str, str]:
    """senderName and headline of the first block."""
    read_alert = read(await town.hub.alerts.cap(alert.id)).alert
    assert read_alert is not None
    return read_alert.infos[0].sender_name, read_alert.infos[0].headline


async def test_a_draft_that_changes_hands_names_whoever_issues_it_now(settle: Any) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    await enters(town, "bureau", PublicName("zh", "陕西省气象台"))
    await enters(town, "land office", PublicName("zh", "市规划和自然资源局"))
    headline = ("市气象台7月12日发布暴雨橙色预警", "Rainstorm warning")
    draft = await town.drafts(of(town, headline=headline), channels=("sms",))
    assert await names_in(town, draft) == ("市气象台", headline[0])
    author, drafting = town.officials["author"], town.hub.drafting
    joint = await drafting.restate(author, draft.id, draft.version, IssuersRequest(joint=("land office",)))
    both = "市气象台、市规划和自然资源局"
    assert await names_in(town, joint) == (both, f"{both}7月12日发布暴雨橙色预警")
    alone = await drafting.restate(author, draft.id, joint.version, IssuersRequest())
    assert await names_in(town, alone) == ("市气象台", headline[0])
    taken = await drafting.take_over(town.officials["bureau"], draft.id, alone.version, "全省统一发布")
    assert await names_in(town, taken) == ("陕西省气象台", "陕西省气象台7月12日发布暴雨橙色预警")
    assert [each for each in taken.findings if each["rule"] == "issuer-stranger"] == []


async def test_a_strangers_name_is_left_to_whoever_edits_the_draft(settle: Any) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    await enters(town, "bureau", PublicName("zh", "陕西省气象台"))
    told = ("重庆市气象台发布暴雨橙色预警", "Rainstorm warning")
    draft = await town.drafts(of(town, sender_name="重庆市气象台", headline=told), channels=("sms",))
    taken = await town.hub.drafting.take_over(town.officials["bureau"], draft.id, draft.version, "全省统一发布")
    assert await names_in(town, taken) == ("重庆市气象台", told[0])
    assert {each["element"] for each in taken.findings if each["rule"] == "issuer-stranger"} >= {
        "alert/info[1]/senderName",
        "alert/info[1]/headline",
    }
