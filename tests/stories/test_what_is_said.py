"""What a warning says is what is signed: its headline's level is its level, its code is its event's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.alert.alert import NamedValue
from hub.errors import Invalid
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, Cast, Town
from tests.stories.warnings import alert_of


async def submitted(town: Town, code: str = "", **changes: Any) -> Any:
    """A warning with the Chinese block changed so and a code in both, drafted and submitted."""
    made = alert_of(town.clock.now(), "said-1", BAOTA)
    codes = (NamedValue("12379", code),) if code else ()
    chinese, english = (replace(info, event_codes=codes) for info in made.infos)
    document = write(replace(made, infos=(replace(chinese, **changes), english)))
    return await town.submits(await town.drafts(document, channels=("sms",)))


@pytest.mark.parametrize(
    "headline",
    [
        "暴雨红色预警",
        "暴雨橙色预警升级为红色",
        "暴雨橙色预警、红色预警",
        "暴雨一级预警",
        "暴雨红 色预警",
        "暴雨紅色預警",
        "暴雨预警升至赤色",
        "暴雨预警（RED）",
        "暴雨预警由蓝变红",
        "暴雨橙色预警升级红色",
        "Rainstorm warning becomes red",
        "暴雨预警等级：①级",
        "Rainstorm w\u0430rning raised to r\u0435d",
    ],
)
async def test_a_headline_that_says_another_level_than_is_signed_is_refused(town: Town, headline: str) -> None:
    with pytest.raises(Invalid) as refused:
        await submitted(town, headline=headline)
    assert (refused.value.rule, refused.value.place) == ("level-said", "alert/info[1]/headline")


@pytest.mark.parametrize(
    "headline", ["暴雨橙色预警", "将暴雨红色预警信号降级为橙色", "红桥区暴雨橙色预警，启动Ⅰ级应急响应", "暴雨来了"]
)
async def test_places_responses_and_what_a_level_was_stand_in_no_headlines_way(town: Town, headline: str) -> None:
    view = await submitted(town, headline=headline)
    assert view.stage == "submitted"
    assert not [each for each in view.findings if each["rule"] == "level-said"]


@pytest.mark.parametrize(
    ("headline", "said"),
    [
        ("城口县气象台发布暴雨橙色预警，取代8时发布的黄色预警", "yellow"),
        ("暴雨橙色预警信号，原红色预警信号解除", "red"),
        ("嘉陵江超一级警戒，发布暴雨橙色预警", "red"),
        ("暴雨橙色预警（3）", "yellow"),
        ("暴雨橙色预警，水位超黄色警戒线", "yellow"),
        ("Orange rainstorm warning replaces the yellow warning", "yellow"),
        ("Orange rainstorm warning, yellow warning lifted", "yellow"),
        ("猪肝色暴雨预警", "猪肝色"),
    ],
)
async def test_what_a_headline_only_mentions_is_shown_to_the_signers(town: Town, headline: str, said: str) -> None:
    view = await submitted(town, headline=headline.replace("城口县气象台", ""))
    (found,) = [each for each in view.findings if each["rule"] == "level-said"]
    assert (found["element"], found["values"]["said"]) == ("alert/info[1]/headline", said)
    assert found["values"]["level"] == "orange"


async def test_another_level_elsewhere_in_the_text_is_shown_to_the_signers(town: Town) -> None:
    view = await submitted(town, description="可能升级为红色。")
    (found,) = [each for each in view.findings if each["rule"] == "level-said"]
    assert (found["element"], found["values"]) == ("alert/info[1]/description", {"said": "red", "level": "orange"})


@pytest.mark.parametrize(
    "headline",
    [
        "暴雨橙色预警解除",
        "解除暴雨橙色预警信号",
        "解 除暴雨預警",
        "危险已解除",
        "发布解除暴雨预警的通知",
        "Orange rainstorm warning lifted",
        "暴雨橙色预警予以解除",
        "发布暴雨橙色预警解除",
        "暴雨橙色预警为误报",
        "暴雨橙色预警失效",
        "End of orange rainstorm warning",
        "Orange rainstorm warning called off",
    ],
)
async def test_a_warning_does_not_read_as_an_all_clear(town: Town, headline: str) -> None:
    with pytest.raises(Invalid) as refused:
        await submitted(town, headline=headline)
    assert (refused.value.rule, refused.value.place) == ("lifting-said", "alert/info[1]/headline")


@pytest.mark.parametrize(
    "headline",
    [
        "解除暴雨黄色预警信号，发布暴雨橙色预警信号",
        "暴雨橙色预警，警报解除前勿返回",
        "暴雨橙色预警，取消一切户外活动",
        "大风预警尚未解除",
        "Orange rainstorm warning: do not return until the warning is lifted",
    ],
)
async def test_a_warning_may_say_what_is_lifted_for_it_and_until_when_it_holds(town: Town, headline: str) -> None:
    view = await submitted(town, headline=headline)
    assert not [each for each in view.findings if each["rule"] == "lifting-said"]


async def test_an_end_that_a_headline_says_of_something_is_shown_to_the_signers(town: Town) -> None:
    view = await submitted(town, headline="暴雨橙色预警，险情已解除")
    (found,) = [each for each in view.findings if each["rule"] == "lifting-said"]
    assert (found["element"], found["values"]) == ("alert/info[1]/headline", {"said": "险情已解除"})


async def test_an_ending_elsewhere_in_the_text_is_shown_to_the_signers(town: Town) -> None:
    view = await submitted(town, description="暴雨橙色预警。险情已解除。")
    (found,) = [each for each in view.findings if each["rule"] == "lifting-said"]
    assert (found["element"], found["values"]) == ("alert/info[1]/description", {"said": "险情已解除。"})


async def test_a_code_of_another_event_than_the_words_is_refused(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await submitted(town, code="11A01")
    assert (refused.value.rule, refused.value.place) == ("event-code", "alert/info/eventCode")


async def test_a_code_that_agrees_with_the_words_passes(town: Town) -> None:
    assert (await submitted(town, code="11B03")).stage == "submitted"


async def test_a_hazard_no_table_knows_is_released_by_a_government_and_shown_as_a_finding(settle: Any) -> None:
    town: Town = await settle(Cast(kind="government"))
    made = alert_of(town.clock.now(), "said-1", BAOTA, headline="天外来物橙色预警")
    infos = tuple(
        replace(info, event="天外来物", headline="天外来物橙色预警", categories=("Other",)) for info in made.infos
    )
    view = await town.submits(await town.drafts(write(replace(made, infos=infos)), channels=("sms",)))
    (found,) = [each for each in view.findings if each["rule"] == "event-unlisted"]
    assert found["values"] == {"event": "天外来物", "category": "other"}


async def test_it_is_the_reading_that_refuses_an_all_clear(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: a warning that says it is over comes up for decision."""
    monkeypatch.setattr("hub.compose.stated_content.reads_as_lifting", lambda text: False)
    assert (await submitted(town, headline="解除暴雨橙色预警信号")).stage == "submitted"


@pytest.mark.parametrize(
    "headline",
    [
        "城口县气象台发布高温橙色预警信号",
        "森林火险橙色预警",
        "大雾橙色预警，地震橙色预警",
        "Orange forest fire warning",
    ],
)
async def test_a_headline_that_warns_of_another_event_is_refused(town: Town, headline: str) -> None:
    with pytest.raises(Invalid) as refused:
        await submitted(town, headline=headline.replace("城口县气象台", ""))
    assert (refused.value.rule, refused.value.place) == ("event-said", "alert/info[1]/headline")


@pytest.mark.parametrize(
    "headline",
    [
        "暴雨橙色预警，高温预警解除",
        "高温转暴雨，橙色预警",
        "山洪橙色预警",
        "强降雨橙色预警",
        "解除高温预警，发布暴雨橙色预警",
    ],
)
async def test_a_headline_may_name_another_event_beside_its_own_or_one_that_goes_with_it(
    town: Town, headline: str
) -> None:
    assert (await submitted(town, headline=headline)).stage == "submitted"


async def test_an_event_that_goes_with_the_block_s_own_is_shown_to_the_signers(town: Town) -> None:
    view = await submitted(town, headline="山洪橙色预警")
    (found,) = [each for each in view.findings if each["rule"] == "event-said"]
    assert (found["element"], found["values"]) == ("alert/info[1]/headline", {"said": "山洪", "event": "暴雨"})


async def test_it_is_the_look_at_the_event_that_refuses_another(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: a warning of heavy rain tells people of heat."""
    monkeypatch.setattr("hub.compose.stated_content.events_said", lambda events, headline: ())
    assert (await submitted(town, headline="高温橙色预警")).stage == "submitted"


@pytest.mark.parametrize(
    "headline",
    ["演练：暴雨橙色预警", "【演练】暴雨橙色预警", "暴雨橙色预警（演练）", "EXERCISE: orange rainstorm warning"],
)
async def test_an_actual_warning_that_calls_itself_an_exercise_is_refused(town: Town, headline: str) -> None:
    with pytest.raises(Invalid) as refused:
        await submitted(town, headline=headline)
    assert (refused.value.rule, refused.value.place) == ("exercise-said", "alert/info[1]/headline")


async def test_a_warning_may_say_that_it_is_no_exercise(town: Town) -> None:
    view = await submitted(town, headline="暴雨橙色预警，这不是演练", description="应急演练取消。")
    assert "exercise-said" not in {each["rule"] for each in view.findings}


async def test_it_is_the_reading_that_refuses_an_exercise(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: an actual warning calls itself an exercise."""
    monkeypatch.setattr("hub.compose.stated_content.reads_as_exercise", lambda text: False)
    assert (await submitted(town, headline="演练：暴雨橙色预警")).stage == "submitted"


@pytest.mark.parametrize(
    ("part", "text", "rule", "said"),
    [
        ("description", "本次为演练。", "exercise-said", "本次为演练。"),
        ("instruction", "无需防范。", "calming-said", "无需防范"),
        ("headline", "暴雨橙色预警，请放心出行", "calming-said", "请放心"),
    ],
)
async def test_an_exercise_elsewhere_and_words_that_calm_are_shown_to_the_signers(
    town: Town, part: str, text: str, rule: str, said: str
) -> None:
    view = await submitted(town, **{part: text})
    (found,) = [each for each in view.findings if each["rule"] == rule]
    assert (found["element"], found["values"]) == (f"alert/info[1]/{part}", {"said": said})
