"""Text, place and person belong together: each is told the info blocks whose area holds them, and no other."""

from __future__ import annotations

import pytest
from lxml import etree

from hub.alert.alert import Info
from hub.errors import Invalid
from hub.evidence.verify_pack import judge
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, Cast, Town
from tests.stories.warnings_of_parts import alert_of_blocks, block

RED, YELLOW = "暴雨红色预警", "暴雨黄色预警"
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def blocks(town: Town, *wanted: tuple[str, str]) -> tuple[Info, ...]:
    return tuple(block(town.clock.now(), level, code) for level, code in wanted)


def document(town: Town, *infos: Info, identifier: str = "parts-1") -> bytes:
    return write(alert_of_blocks(town.clock.now(), identifier, *infos))


async def warns_red_and_yellow(town: Town) -> dict[str, list[str]]:
    """Red for the bridge, yellow for the river."""
    flood = await town.warns(document(town, *blocks(town, ("red", BRIDGE), ("yellow", RIVER))), channels=("sms",))
    await town.rests()
    return await town.inbox("sms").texts(flood)


async def test_each_place_is_told_its_own_level_and_text_and_nothing_of_the_other(town: Town) -> None:
    texts = await warns_red_and_yellow(town)
    assert set(texts) == town.people("bridge", "river")
    for name, (text,) in texts.items():
        own, other = (RED, YELLOW) if name in town.people("bridge") else (YELLOW, RED)
        assert own in text, name
        assert other not in text, name


async def test_who_lives_in_two_areas_is_told_both_the_higher_level_first(town: Town) -> None:
    infos = blocks(town, ("yellow", BAOTA), ("red", BRIDGE))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    await town.rests()
    texts = await town.inbox("sms").texts(flood)
    for name in town.people("bridge"):
        (text,) = texts[name]
        assert 0 <= text.index(RED) < text.index(YELLOW), name
    for name in town.people("river"):
        assert RED not in texts[name][0], name


async def test_a_block_missing_in_somebodys_language_is_told_in_another(town: Town) -> None:
    now = town.clock.now()
    infos = (block(now, "red", BRIDGE), block(now, "red", BRIDGE, language="en-US"), block(now, "yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    await town.rests()
    texts = await town.inbox("sms").texts(flood)
    assert "Rainstorm red warning" in texts["bridge-3"][0]  # who reads English
    assert YELLOW in texts["river-3"][0]
    assert set(texts) == town.people("bridge", "river")


async def test_who_was_added_beyond_every_area_is_told_every_part_under_its_place(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",), regions=frozenset({HILLS}))
    await town.rests()
    texts = await town.inbox("sms").texts(flood)
    for name in town.people("hills"):
        assert f"area {BRIDGE}：{RED}" in texts[name][0]
        assert f"area {RIVER}：{YELLOW}" in texts[name][0]


async def test_a_robot_of_a_group_says_every_part_under_its_place(settle) -> None:
    town = await settle(Cast(channels=("sms", "voice", "wecom"), robots=1))
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms", "wecom"))
    (said,) = [form.body for form in await town.hub.alerts.forms(flood.id) if form.channel == "wecom"]
    assert said.index(f"area {BRIDGE}：{RED}") < said.index(f"area {RIVER}：{YELLOW}")


async def test_who_signs_sees_each_part_with_its_places_level_and_people(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", BAOTA))
    view = await town.submits(await town.drafts(document(town, *infos), channels=("sms",)))
    seen = {part.part: (part.level, part.persons) for part in view.parts}
    assert seen == {"1+2": ("red", 12), "2": ("yellow", 8)}
    estimate = await town.hub.estimates.of_alert(view.id)
    assert {part.part: (part.level, part.persons) for part in estimate.parts} == seen


async def test_the_report_says_part_by_part_who_was_reached(town: Town) -> None:
    town.fate("bridge-0", sms="barred")
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    await town.rests()
    [message] = (await town.hub.alerts.report(flood.id))["messages"]
    counted = {part["part"]: (part["targeted"], part["reached"], part["failed"]) for part in message["parts"]}
    assert counted == {"1": (12, 11, 1), "2": (8, 8, 0)}


async def test_languages_of_one_area_that_disagree_in_level_are_refused(town: Town) -> None:
    now = town.clock.now()
    infos = (block(now, "red", BRIDGE), block(now, "yellow", BRIDGE, language="en-US"))
    draft = await town.drafts(document(town, *infos), channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert (refused.value.rule, refused.value.place) == ("level-languages", "alert/info/severity")


async def test_the_end_of_a_warning_is_told_to_each_about_their_own_place(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)
    await town.rests()
    texts = await town.inbox("sms").texts(lifted)
    assert set(texts) == town.people("bridge", "river")
    assert all("红色" in texts[name][0] and "黄色" not in texts[name][0] for name in town.people("bridge"))
    assert all("黄色" in texts[name][0] and "红色" not in texts[name][0] for name in town.people("river"))


async def test_blocks_stay_apart_in_what_is_passed_to_media(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    written = etree.fromstring(await town.hub.alerts.cap(flood.id))
    assert [info.findtext(f"{CAP}severity") for info in written.iter(f"{CAP}info")] == ["Extreme", "Moderate"]


async def test_somebody_who_moves_between_two_areas_after_submit_is_told_of_where_they_live_now(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    view = await town.prepares(document(town, *infos), channels=("sms",))
    await town.moves("bridge-0", RIVER)
    flood = await town.releases(view)
    await town.rests()
    texts = await town.inbox("sms").texts(flood)
    assert YELLOW in texts["bridge-0"][0]
    assert RED not in texts["bridge-0"][0]


async def test_people_who_come_into_a_part_nobody_approved_a_form_for_are_told_the_whole(settle) -> None:
    town = await settle(Cast(bridge=0, river=4, hills=0))
    infos = blocks(town, ("yellow", BAOTA), ("red", BRIDGE))
    view = await town.prepares(document(town, *infos), channels=("sms",))
    assert {part.part for part in view.parts} == {"1"}
    await town.moves("river-0", BRIDGE)
    flood = await town.releases(view)
    await town.rests()
    texts = await town.inbox("sms").texts(flood)
    assert f"area {BRIDGE}：{RED}" in texts["river-0"][0]
    assert f"area {BAOTA}：{YELLOW}" in texts["river-0"][0]
    assert RED not in texts["river-1"][0]


@pytest.mark.parametrize("forgery", ["DELETE FROM order_parts WHERE part = '1'", "UPDATE order_parts SET part = '2'"])
async def test_nothing_is_sent_where_who_is_told_which_part_was_changed_by_hand(town: Town, forgery: str) -> None:
    infos = blocks(town, ("red", BRIDGE))
    far = block(town.clock.now(), "yellow", RIVER)
    flood = await town.warns(document(town, *infos, far), channels=("sms",))
    await town.sql("DELETE FROM order_parts WHERE part = '2'")
    await town.sql(forgery)
    await town.rests()
    await town.inbox("sms").expects(flood, ())
    assert ("no-warrant", "who is told which part is not what was ordered") in await town.alarms()


async def test_a_pack_says_that_who_was_told_which_part_is_not_what_was_ordered(town: Town) -> None:
    infos = blocks(town, ("red", BRIDGE), ("yellow", RIVER))
    flood = await town.warns(document(town, *infos), channels=("sms",))
    keys = {**town.hub.keys.order, **town.hub.keys.record}
    assert judge(await town.hub.transactions.read(lambda tx: town.hub.packer.pack(tx, flood.id)), keys).flaws == ()
    await town.sql("DELETE FROM order_parts WHERE part = '1'")
    assert "order" in {
        flaw.part
        for flaw in judge(await town.hub.transactions.read(lambda tx: town.hub.packer.pack(tx, flood.id)), keys).flaws
    }
