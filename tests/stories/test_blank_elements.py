"""An emergency does not stop on a blank field: what follows from unit, event and prepared words is filled in and shown;
the level of a warning is never made up, but asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.drafting import service
from hub.drafting.questions import level
from hub.errors import Invalid
from hub.formats.cap.write import write
from hub.settings.settings import ContentSettings, Settings
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, quake
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.warnings import alert_of

BLANK = {"sender_name": "", "headline": "", "description": "", "instruction": ""}
ACTIONS = {"zh-CN": "避开低洼和涵洞，切断低处电源，危险地带转移", "en-US": "Keep out of low ground and underpasses"}


def bare(town: Town, identifier: str, **changes: Any) -> bytes:
    """A warning of which only event, severity and place are written."""
    alert = alert_of(town.clock.now(), identifier, BAOTA)
    return write(replace(alert, infos=tuple(replace(info, **(BLANK | changes)) for info in alert.infos)))


def filled(view: AlertView) -> dict[tuple[str, str], str]:
    """What the signers are shown as filled in by the hub, by language and element."""
    found = [each["values"] for each in view.findings if each["rule"] == "prefilled"]
    return {(each["language"], each["element"]): each["filled"] for each in found}


async def test_a_warning_with_blank_fields_is_completed_signed_and_told_and_its_signers_see_what_was_filled_in(
    settle,
) -> None:
    town: Town = await settle(Cast(bridge=4, river=0, hills=0, settings={"content": ContentSettings(contact="12379")}))
    view = await town.submits(await town.drafts(bare(town, "blank"), channels=("sms",)))
    shown = filled(view)
    assert shown["zh-CN", "senderName"] == "市气象台"
    assert shown["zh-CN", "headline"] == "市气象台发布暴雨橙色预警信号"
    assert shown["en-US", "headline"] == "Orange rainstorm warning issued by City weather office"
    assert shown["zh-CN", "instruction"] == ACTIONS["zh-CN"]
    assert shown["en-US", "instruction"].startswith(ACTIONS["en-US"])
    assert shown["zh-CN", "contact"] == "12379"
    told = await town.releases(await town.approves(view))
    await town.rests()
    texts = await town.inbox("sms").texts(told)
    assert all(ACTIONS["en-US" if name == "bridge-3" else "zh-CN"] in text for name, [text] in texts.items())
    assert len(texts) == 4


@pytest.mark.parametrize("blank", ["headline", "instruction"])
async def test_without_the_filling_in_the_same_warning_stops(town: Town, blank: str, monkeypatch) -> None:
    """The guard taken out: the story above would fail."""
    monkeypatch.setattr(service, "prefill", lambda _connection, _desk, _unit, text: text)
    changes = {"description": ""} if blank == "headline" else {"description": "大雨", "headline": "暴雨"}
    changes |= {"instruction": "请避险。"} if blank == "headline" else {}
    with pytest.raises(Invalid) as refused:
        await town.submits(await town.drafts(bare(town, "blank", **changes), channels=("sms",)))
    assert refused.value.rule == "LAW-64"


async def test_what_its_author_wrote_stays_and_at_orange_a_line_to_act_on_is_added(town: Town) -> None:
    whole = await town.drafts()
    assert not filled(whole)
    vague = await town.drafts(bare(town, "vague", headline="暴雨橙色预警", instruction="暴雨橙色预警"))
    assert filled(vague)["zh-CN", "instruction"] == f"暴雨橙色预警\n{ACTIONS['zh-CN']}"


async def test_a_language_without_prepared_words_is_refused_by_name_and_an_unaltered_relay_is_not(town: Town) -> None:
    alert = alert_of(town.clock.now(), "tibetan", BAOTA)
    blocks = (*alert.infos, replace(alert.infos[0], language="bo", instruction=""))
    draft = await town.drafts(write(replace(alert, infos=blocks)), channels=("sms",))
    with pytest.raises(Invalid, match="in bo") as refused:
        await town.submits(draft)
    assert refused.value.rule == "LAW-64"


# --- the level


async def answers(town: Town, view: AlertView, *said: str) -> AlertView:
    return await town.hub.drafting.answer(town.officials["author"], view.id, view.version, [QuestionAnswer(*said)])


@pytest.mark.parametrize("headline", ["暴雨红色预警", ""])
async def test_a_warning_of_unknown_level_waits_for_its_author_and_the_colour_he_wrote_only_comes_first(
    town: Town, headline: str
) -> None:
    draft = await town.drafts(bare(town, "levelless", severity="Unknown", headline=headline), channels=("sms",))
    [question] = draft.questions
    offered = [choice.key for choice in question.choices]
    assert sorted(offered) == ["blue", "orange", "red", "yellow"]
    assert question.kind == ("level-suggested" if headline else "level-unknown")
    assert offered[0] == "red"
    assert ("zh-CN", "headline") not in filled(draft), "nothing decisive is made up"
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"
    told = await town.submits(await answers(town, draft, question.key, "red"))
    assert (told.level, told.missing) == ("red", ("review", "sign", "sign"))
    if not headline:
        assert filled(told)["zh-CN", "headline"] == "市气象台发布暴雨红色预警信号"
    other = await town.drafts(bare(town, "levelless-2", severity="Unknown", headline=headline), channels=("sms",))
    apart = await answers(town, other, question.key, "orange")
    if headline:
        with pytest.raises(Invalid) as contradicted:
            await town.submits(apart)
        assert contradicted.value.rule == "level-said"
    else:
        assert (await town.submits(apart)).digest != told.digest


async def test_without_the_question_a_warning_of_unknown_level_would_be_read_as_yellow(town: Town, monkeypatch) -> None:
    """The guard taken out: the story above would fail."""
    monkeypatch.setattr(level, "_is_open", lambda _info: False)
    loose = replace(town.hub.submission, settings=Settings(content=ContentSettings(law=False)))
    draft = await town.drafts(bare(town, "levelless", severity="Unknown", headline="雨"), channels=("sms",))
    view = await loose.submit(town.officials["author"], draft.id, draft.version)
    assert view.level == "yellow"


async def test_a_sensor_that_leaves_out_the_level_is_heard_as_a_draft_and_one_that_leaves_out_the_advice_is_released(
    settle,
) -> None:
    town: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES, bridge=2, river=0, hills=0))
    sensor = await Sensor.known(town)
    texts = [
        {
            "language": tag,
            "event": event,
            "sender_name": "地震预警中心",
            "headline": event,
            "description": event,
            "area": area,
        }
        for tag, event, area in (("zh-CN", "地震", "宝塔区"), ("en-US", "Earthquake", "Baota"))
    ]
    await sensor.licensed(texts=texts, may_cancel=False, cancel_note="")

    def said(identifier: str, **more: str) -> Any:
        blocks = {
            language: {
                "headline": event,
                "description": event,
                "sender_name": "地震预警中心",
                "instruction": "",
                **more,
            }
            for language, event in (("chinese", "地震"), ("english", "Earthquake"))
        }
        return quake(town.clock.now(), identifier, **blocks)

    unknown = await sensor.sends(said("no-level", severity="Unknown"))
    assert unknown.stage == "draft"
    assert (await town.hub.alerts.get(unknown.alert)).questions
    taken = await sensor.sends(said("no-advice"))
    assert taken.stage == "released", taken.why_not
    shown = filled(await town.hub.alerts.get(taken.alert))
    assert {element for _, element in shown} == {"instruction"}
    assert len(shown) == 2
