"""The end of a warning names what else holds there, and lifts for each person the level that person was told last."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from hub.alert.alert import Alert
from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, Cast, Town
from tests.stories.warnings import alert_of, because
from tests.stories.warnings_of_parts import alert_of_blocks, block

ALL = ("sms", "voice", "email", "wecom", "partners")
HOLDS = "以下预警仍然有效"
#: people of the bridge who read Chinese, and one of the river
BRIDGE_ZH, RIVER_ZH = "bridge-1", "river-1"
BRIDGE_EN = "bridge-3"


def rain(town: Town, identifier: str, severity: str, *codes: str) -> bytes:
    return write(alert_of(town.clock.now(), identifier, *codes, severity=severity))


async def goes_out(town: Town, draft: AlertView) -> AlertView:
    alert = await town.releases(await town.approves(await town.submits(draft)))
    await town.rests()
    return alert


async def changes(town: Town, flood: AlertView, content: bytes, *ended: str) -> AlertView:
    """An Update that ends the warning in these places."""
    author = town.officials["author"]
    draft = await town.hub.drafting.update(author, flood.id, content)
    if ended:
        said = [QuestionAnswer(f"left-out:{place}", "ended", "") for place in ended]
        draft = await town.hub.drafting.answer(author, draft.id, draft.version, said)
    return await goes_out(town, draft)


async def warns(town: Town, content: bytes, channels: tuple[str, ...] = ("sms",)) -> AlertView:
    view = await town.warns(content, channels=channels)
    await town.rests()
    return view


async def lifts(town: Town, view: AlertView) -> AlertView:
    return await goes_out(town, await town.hub.drafting.cancel(town.officials["author"], view.id, because("雨停了。")))


async def text_of(town: Town, alert: AlertView, name: str) -> str:
    [text] = (await town.inbox("sms").texts(alert))[name]
    return text


def gale(town: Town, place: str = BRIDGE) -> Alert:
    """Another danger, at the bridge unless another place is named."""
    alert = alert_of(town.clock.now(), "gale", place)
    wind = replace(alert.infos[0], event="大风", headline="大风橙色预警")
    return replace(alert, infos=(wind,))


@pytest.fixture
async def wide(settle) -> Town:
    return await settle(Cast(channels=ALL))


async def test_where_an_update_ends_it_every_form_names_what_else_holds_there(wide: Town) -> None:
    flood = await warns(wide, rain(wide, "flood", "Severe", BRIDGE, RIVER), ALL)
    await warns(wide, write(gale(wide)))
    update = await changes(wide, flood, rain(wide, "flood-2", "Severe", RIVER), BRIDGE)
    for form in await wide.hub.alerts.forms(update.id):
        if form.language == "zh-CN" and form.channel != "partners":
            ends = "解除" in (form.text or form.body)
            assert (HOLDS in (form.text or form.body)) is ends, (form.channel, form.part)
    assert HOLDS in await text_of(wide, update, BRIDGE_ZH)
    assert HOLDS not in await text_of(wide, update, RIVER_ZH)


async def test_forms_for_everyone_say_that_the_place_stays_warned_by_another_warning_of_the_event(wide: Town) -> None:
    flood = await warns(wide, rain(wide, "flood", "Extreme", BRIDGE, RIVER), ALL)
    await warns(wide, rain(wide, "second", "Severe", BRIDGE))
    update = await changes(wide, flood, rain(wide, "flood-2", "Severe", RIVER), BRIDGE)
    found = {form.channel for form in await wide.hub.alerts.forms(update.id) if HOLDS in (form.text or form.body)}
    assert found >= {"wecom", "email"}


async def test_a_group_for_the_county_reads_at_the_end_of_one_township_what_holds_in_another(settle) -> None:
    town = await settle(Cast(channels=ALL, robots=1))
    flood = await warns(town, rain(town, "flood", "Severe", BRIDGE), ALL)
    await warns(town, rain(town, "second", "Extreme", RIVER), ALL)
    await warns(town, rain(town, "hills", "Extreme", HILLS), ALL)  # of another county: its office speaks for it
    forms = await town.hub.alerts.forms((await lifts(town, flood)).id)
    said = {form.channel: form.body for form in forms if form.language == "zh-CN" and HOLDS in (form.text or form.body)}
    assert said.keys() == {"wecom"}  # whoever lives at the bridge was told of the bridge alone
    assert f"area {RIVER}暴雨红色预警" in said["wecom"]
    assert HILLS not in said["wecom"]


async def test_without_the_look_at_groups_the_end_reads_as_that_of_the_whole_county(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.compose.warnings_beside._Reach.shares_group", lambda *_: False)
    town = await settle(Cast(channels=ALL, robots=1))
    flood = await warns(town, rain(town, "flood", "Severe", BRIDGE), ALL)
    await warns(town, rain(town, "second", "Extreme", RIVER), ALL)
    lifted = await lifts(town, flood)
    assert not any(HOLDS in (form.text or form.body) for form in await town.hub.alerts.forms(lifted.id))


def hour_of(alert: AlertView) -> str:
    sent = datetime.fromisoformat(alert.sent)
    return f"{sent.month}月{sent.day}日{sent.hour}时{sent.minute:02d}分"


async def test_what_ends_is_told_by_place_and_hour_from_another_of_its_event_that_holds_on(wide: Town) -> None:
    flood = await warns(wide, rain(wide, "flood", "Severe", BRIDGE), ALL)
    wide.clock.advance(1800)
    second = await warns(wide, rain(wide, "second", "Severe", BRIDGE))
    lifted = await lifts(wide, flood)
    for form in await wide.hub.alerts.forms(lifted.id):
        if form.language == "zh-CN" and form.channel != "partners":
            said = form.text or form.body
            assert f"不再有效的是{hour_of(flood)}发布的预警。" in said, form.channel
            assert HOLDS in said.partition("不再有效的是")[2], form.channel
            assert f"{hour_of(second)}发布的area {BRIDGE}" in said, form.channel
    text = await text_of(wide, lifted, BRIDGE_ZH)
    assert f"涉及区域：area {BRIDGE}。" in text
    assert "No longer in force: the one issued at" in await text_of(wide, lifted, BRIDGE_EN)


async def test_beside_another_danger_the_hour_of_what_ends_is_not_said(wide: Town) -> None:
    flood = await warns(wide, rain(wide, "flood", "Severe", BRIDGE))
    await warns(wide, write(gale(wide)))
    text = await text_of(wide, await lifts(wide, flood), BRIDGE_ZH)
    assert (HOLDS in text, "不再有效的是" in text) == (True, False)


async def test_without_a_look_at_the_event_red_is_lifted_and_holds_in_one_text(
    wide: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.compose.compose._hazards", lambda *_: frozenset())
    flood = await warns(wide, rain(wide, "flood", "Severe", BRIDGE))
    await warns(wide, rain(wide, "second", "Severe", BRIDGE))
    assert "不再有效的是" not in await text_of(wide, await lifts(wide, flood), BRIDGE_ZH)


async def test_where_a_cancel_ends_it_each_place_reads_of_its_own_and_of_no_other(town: Town) -> None:
    infos = (block(town.clock.now(), "orange", BRIDGE), block(town.clock.now(), "orange", RIVER))
    flood = await warns(town, write(alert_of_blocks(town.clock.now(), "flood", *infos)))
    for number in range(4):
        await warns(town, rain(town, f"river-{number}", "Extreme", RIVER))
    await warns(town, write(gale(town)))
    lifted = await lifts(town, flood)
    bridge, river = await text_of(town, lifted, BRIDGE_ZH), await text_of(town, lifted, RIVER_ZH)
    assert f"area {BRIDGE}大风" in bridge
    assert f"area {RIVER}" not in bridge
    assert f"area {RIVER}" in river
    assert not any("大风" in river or "另有" in each for each in (bridge, river))


async def test_however_many_hold_none_is_hidden_in_a_count_and_what_holds_for_all_is_first(town: Town) -> None:
    flood = await warns(town, rain(town, "flood", "Severe", BAOTA))
    for number, place in enumerate((RIVER, BRIDGE, RIVER, BRIDGE)):
        await warns(town, rain(town, f"red-{number}", "Extreme", place))
        town.clock.advance(60)
    await warns(town, write(gale(town, BAOTA)))
    text = await text_of(town, await lifts(town, flood), BRIDGE_ZH)
    holds = text.partition(HOLDS)[2]
    assert holds.index(f"area {BAOTA}大风") < holds.index("暴雨红色")
    assert all(f"area {place}" in holds for place in (RIVER, BRIDGE))
    assert "另有" not in text


async def test_without_the_order_other_peoples_warnings_come_first(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.compose.warnings_beside._Reach.covers", lambda *_: False)
    flood = await warns(town, rain(town, "flood", "Severe", BAOTA))
    await warns(town, rain(town, "red", "Extreme", RIVER))
    await warns(town, write(gale(town, BAOTA)))
    holds = (await text_of(town, await lifts(town, flood), BRIDGE_ZH)).partition(HOLDS)[2]
    assert holds.index(f"area {BAOTA}大风") > holds.index("暴雨红色")


async def test_nothing_is_said_of_what_holds_elsewhere(wide: Town) -> None:
    flood = await warns(wide, rain(wide, "flood", "Severe", BRIDGE, RIVER), ALL)
    await warns(wide, write(gale(wide)))
    update = await changes(wide, flood, rain(wide, "flood-2", "Severe", BRIDGE), RIVER)
    assert not any(HOLDS in (form.text or form.body) for form in await wide.hub.alerts.forms(update.id))


async def test_whom_the_news_of_an_end_was_spared_is_told_by_the_cancel_that_what_they_hold_is_lifted(
    town: Town,
) -> None:
    flood = await warns(town, rain(town, "flood", "Extreme", BRIDGE, RIVER))
    await warns(town, rain(town, "second", "Severe", BRIDGE))
    update = await changes(town, flood, rain(town, "flood-2", "Severe", RIVER), BRIDGE)
    lifted = await lifts(town, update)
    assert "解除暴雨红色预警" in await text_of(town, lifted, BRIDGE_ZH)
    assert "解除暴雨橙色预警" in await text_of(town, lifted, RIVER_ZH)


async def test_whom_an_update_did_not_reach_is_told_that_the_level_they_know_is_lifted(town: Town) -> None:
    flood = await warns(town, rain(town, "flood", "Extreme", BRIDGE, RIVER))
    town.fate(BRIDGE_ZH, sms="barred")
    orange = await changes(town, flood, rain(town, "flood-2", "Severe", BRIDGE, RIVER))
    town.sms.fates.pop(town.phones[BRIDGE_ZH])
    assert BRIDGE_ZH not in await town.inbox("sms").texts(orange)
    lifted = await lifts(town, orange)
    assert "解除暴雨红色预警" in await text_of(town, lifted, BRIDGE_ZH)
    assert "解除暴雨橙色预警" in await text_of(town, lifted, RIVER_ZH)
    parts = {part.part: part.persons for part in lifted.parts}
    assert parts == {"": 12 + 8 - 1, f"{flood.id}0001": 1}


async def test_where_an_update_ends_it_the_level_each_person_knows_is_lifted(town: Town) -> None:
    flood = await warns(town, rain(town, "flood", "Extreme", BRIDGE, RIVER))
    town.fate(BRIDGE_ZH, sms="barred")
    orange = await changes(town, flood, rain(town, "flood-2", "Severe", BRIDGE, RIVER))
    town.sms.fates.pop(town.phones[BRIDGE_ZH])
    update = await changes(town, orange, rain(town, "flood-3", "Severe", RIVER), BRIDGE)
    assert "解除暴雨红色预警" in await text_of(town, update, BRIDGE_ZH)
    assert "解除暴雨橙色预警" in await text_of(town, update, "bridge-2")
    assert "解除" not in await text_of(town, update, RIVER_ZH)


async def test_without_the_look_at_who_holds_what_another_level_is_lifted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: the stories above would fail."""
    monkeypatch.setattr("hub.dossier.last_messages._holding_else", lambda *_: {})
    flood = await warns(town, rain(town, "flood", "Extreme", BRIDGE, RIVER))
    await warns(town, rain(town, "second", "Severe", BRIDGE))
    update = await changes(town, flood, rain(town, "flood-2", "Severe", RIVER), BRIDGE)
    assert "解除暴雨橙色预警" in await text_of(town, await lifts(town, update), BRIDGE_ZH)


async def test_a_text_that_was_written_into_an_earlier_message_by_hand_is_nobodys_level(town: Town) -> None:
    flood = await warns(town, rain(town, "flood", "Extreme", BRIDGE, RIVER))
    town.fate(BRIDGE_ZH, sms="barred")
    orange = await changes(town, flood, rain(town, "flood-2", "Severe", BRIDGE, RIVER))
    town.sms.fates.pop(town.phones[BRIDGE_ZH])
    forged = rain(town, "flood", "Minor", BRIDGE, RIVER)
    await town.sql("UPDATE alerts SET content = ? WHERE id = ?", forged, flood.id)
    lifted = await lifts(town, orange)
    assert "解除暴雨橙色预警" in await text_of(town, lifted, BRIDGE_ZH)
    assert not any("蓝" in (form.text or form.body) for form in await town.hub.alerts.forms(lifted.id))
