"""One number is told once, and what became of the message became of everybody who has the number."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from channels.driver import ParsedCallback
from channels.message import Reply
from hub.alert.views import AlertView
from hub.compose.merged_numbers import Merger
from hub.dispatch.bearers import Bearers
from hub.formats.cap.write import write
from hub.registry.importer import register
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.tracking.report import report
from tests.stories.families import NOBODY, One, are_told, live, number, persons
from tests.stories.test_privacy import erases
from tests.stories.town import BRIDGE, RIVER, ZHIDAN, Town
from tests.stories.warnings_of_parts import alert_of_blocks, block

FAMILY = (One("mother", 1), One("father", 1), One("child", 1))
SILENT_S = 61


@pytest.fixture
async def street(settle) -> Town:
    return await settle(NOBODY)


async def settled(town: Town, **plan) -> tuple:
    alert = await town.warns(**plan)
    await town.rests()
    return alert, await persons(town, alert)


async def test_a_family_with_one_telephone_is_told_once_and_all_of_it_is_reached(street: Town) -> None:
    await live(street, *FAMILY, One("neighbour", 2))
    flood, counted = await settled(street, channels=("sms",))
    assert await are_told(street, flood) == {number(1): 1, number(2): 1}
    assert counted == (4, 4, 0, 0, 0)
    sms = (await street.hub.alerts.progress(flood.id)).channels["sms"]
    assert (sms.targeted, sms.accepted, sms.delivered) == (2, 2, 2)


async def test_without_merging_the_same_family_is_told_three_times(street: Town, monkeypatch) -> None:
    """The guard taken out: the story above would fail."""
    monkeypatch.setattr(Merger, "_merge", lambda _self, _connection, _campaign, groups: list(groups))
    await live(street, *FAMILY, One("neighbour", 2))
    flood, _ = await settled(street, channels=("sms",))
    assert await are_told(street, flood) == {number(1): 3, number(2): 1}


async def test_another_language_is_another_message_to_the_same_telephone(street: Town) -> None:
    await live(
        street, One("mother", 1), One("father", 1), One("au-pair", 1, language="en"), One("guest", 1, language="fr")
    )
    flood, counted = await settled(street, channels=("sms",))
    assert await are_told(street, flood) == {number(1): 2}  # nobody wrote French: the guest reads what is there
    assert counted == (4, 4, 0, 0, 0)


AWAY = (One("son", 1, region=RIVER), One("daughter", 1, region=RIVER))


async def parts_told(town: Town, identifier: str, *others: One, channels: tuple[str, ...] = ("sms",)) -> AlertView:
    """A red warning at the bridge and a yellow one at the river, for a family that lives in both with one telephone."""
    await live(town, *FAMILY, *AWAY, *others)
    now = town.clock.now()
    infos = (block(now, "red", BRIDGE), block(now, "yellow", RIVER))
    flood = await town.warns(write(alert_of_blocks(now, identifier, *infos)), channels=channels)
    await town.rests()
    return flood


async def texts_of(town: Town, alert: AlertView, channel: str = "sms") -> list[str]:
    return [text for of_one in (await town.inbox(channel).texts(alert)).values() for text in of_one]


async def test_a_telephone_of_people_in_two_parts_is_told_both_once_each_under_its_place(street: Town) -> None:
    flood = await parts_told(street, "parts-1", One("guest", 2), One("hand", 3, region=RIVER))
    assert await are_told(street, flood) == {number(1): 1, number(2): 1, number(3): 1}
    [text] = (await street.inbox("sms").texts(flood))["mother"]
    assert text.index(f"area {BRIDGE}：暴雨红色预警") < text.index(f"area {RIVER}：暴雨黄色预警")
    assert "黄色" not in (await street.inbox("sms").texts(flood))["guest"][0]
    assert "红色" not in (await street.inbox("sms").texts(flood))["hand"][0]
    assert await persons(street, flood) == (7, 7, 0, 0, 0)
    assert {part.part: part.persons for part in flood.parts} == {"1": 1, "2": 1, "1+2": 5}


async def test_without_joining_one_telephone_holds_two_texts_that_contradict_each_other(
    street: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr("hub.compose.joined_parts._connect_people", lambda _: [])
    flood = await parts_told(street, "parts-1")
    texts = await texts_of(street, flood)
    assert await are_told(street, flood) == {number(1): 2}
    assert sorted("暴雨红色预警" in text for text in texts) == [False, True]


async def test_where_no_text_can_hold_both_parts_each_is_told_its_own(
    street: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A family's telephone stands in no warning's way."""
    monkeypatch.setattr(
        "channels.media.sms.Sms.excess",
        lambda _, form: "x" if "黄色" in form.body and "红色" in form.body else "",
    )
    flood = await parts_told(street, "parts-1")
    assert await are_told(street, flood) == {number(1): 2}
    assert {part.part: part.persons for part in flood.parts} == {"1": 3, "2": 2}


async def test_who_comes_to_the_number_between_submission_and_release_stops_no_release(street: Town) -> None:
    await live(street, One("mother", 1))
    now = street.clock.now()
    long = "河镇及周边地区" * 60
    infos = (block(now, "red", BRIDGE), block(now, "yellow", RIVER, text=long))
    view = await street.prepares(write(alert_of_blocks(now, "parts-1", *infos)), channels=("sms",))
    await live(street, *AWAY)
    flood = await street.releases(view)
    await street.rests()
    assert sum((await are_told(street, flood)).values()) in (1, 2)
    assert (await persons(street, flood))[:2] == (3, 3)


async def test_whoever_is_told_one_by_one_reads_both_parts_too(street: Town) -> None:
    duty = One("head", 1, region=RIVER, groups=frozenset({"responsible_flood"}))
    flood = await parts_told(street, "parts-1", duty)
    texts = await texts_of(street, flood)
    assert (len(texts), len(set(texts))) == (2, 1)


async def test_people_are_joined_through_every_number_that_connects_them(street: Town) -> None:
    """One has the telephone of the second and is called with the third: all three are told the same, each number once."""
    people = (One("one", 1, 2, region=BRIDGE), One("two", 1, 1, region=RIVER), One("three", 2, 2, region=ZHIDAN))
    await live(street, *people)
    now = street.clock.now()
    infos = (block(now, "red", BRIDGE), block(now, "yellow", RIVER), block(now, "blue", ZHIDAN))
    flood = await street.warns(write(alert_of_blocks(now, "parts-1", *infos)), channels=("sms", "voice"))
    await street.later_rests()
    assert {part.part: part.persons for part in flood.parts} == {"1+2+3": 3}
    assert len(set(await texts_of(street, flood))) == 1


async def test_a_responsible_person_of_the_family_gets_a_message_of_their_own(street: Town) -> None:
    warden = One("warden", 1, groups=frozenset({"responsible_flood"}))
    await live(street, *FAMILY, warden, One("deputy", 1, groups=frozenset({"responsible_flood"})))
    flood, counted = await settled(street, channels=("sms",))
    assert await are_told(street, flood) == {number(1): 3}
    assert counted == (5, 5, 0, 0, 0)
    held = await street.states(flood, "sms")
    assert {"warden", "deputy"} < held.keys()
    assert len(held) == 3


async def test_an_update_and_a_cancel_are_told_once_to_everybody_at_the_number(street: Town) -> None:
    await live(street, *FAMILY)
    flood, _ = await settled(street, channels=("sms",))
    more = await street.updates(flood, street.cap())
    await street.later_rests()
    lifted = await street.cancels(more)
    await street.later_rests()
    for message in (flood, more, lifted):
        assert await are_told(street, message) == {number(1): 1}
        assert await persons(street, message) == (3, 3, 0, 0, 0)


async def test_a_silent_telephone_is_called_once_for_all_of_the_family(street: Town) -> None:
    await live(street, *FAMILY, One("uncle", 1, voice=9))
    street.fate("mother", sms="silent")
    flood = await street.warns()
    await street.rests()
    assert await persons(street, flood) == (4, 0, 0, 0, 4)
    street.clock.advance(SILENT_S)
    await street.rests()
    assert await are_told(street, flood) == {number(1): 1}
    assert await are_told(street, flood, "voice") == {number(1): 1, number(9): 1}
    assert await persons(street, flood) == (4, 4, 0, 0, 0)


async def test_where_the_message_failed_all_have_failed_and_all_are_called_at_once(street: Town) -> None:
    await live(street, One("mother", 1, voice=5), One("father", 1, voice=6), One("child", 1, voice=5))
    street.fate("mother", sms="off", voice="off")
    flood = await street.warns()
    await street.rests()
    assert await are_told(street, flood, "voice") == {number(5): 1, number(6): 1}
    assert await persons(street, flood) == (3, 3, 0, 0, 0)


async def test_a_number_nobody_can_be_reached_by_leaves_all_of_them_unreached(street: Town) -> None:
    await live(street, *FAMILY)
    street.fate("mother", sms="barred")
    flood, counted = await settled(street, channels=("sms",))
    assert counted == (3, 0, 0, 3, 0)
    lifted = await street.cancels(flood)
    await street.later_rests()
    assert await are_told(street, lifted) == {}


async def test_confirmed_is_somebody_at_the_number_and_the_others_are_delivered_to(street: Town) -> None:
    await live(street, *FAMILY)
    street.fate("mother", sms="confirms")
    _, counted = await settled(street, channels=("sms",))
    assert counted == (3, 3, 1, 0, 0)


@pytest.mark.parametrize("leaves", ["is erased", "has another number"])
async def test_an_answer_from_the_number_confirms_its_message_also_when_its_bearer_has_left(
    street: Town, leaves: str
) -> None:
    await live(street, *FAMILY)
    flood, _ = await settled(street, channels=("sms",))
    [bearer] = await bearers_of(street, flood)
    street.clock.advance(5)
    if leaves == "is erased":
        await erases(street.hub, bearer, "asked to be forgotten")
    else:
        await live(street, One(bearer, 3))
    taken = await street.hub.inbox.take([Reply("sms", number(1), "收到", street.clock.now(), "answer-1")])
    assert len(taken.receipts) == 1
    await street.hub.receipts.take(ParsedCallback(receipts=taken.receipts))
    assert await persons(street, flood) == (3, 3, 1, 0, 0)


async def test_who_climbs_later_to_a_number_that_was_called_is_not_called_again(street: Town) -> None:
    await live(street, One("mother", 1, voice=7), One("father", 2, voice=7))
    street.fate("mother", sms="off")
    street.fate("father", sms="silent")
    street.clock.advance(1)
    flood = await street.warns()
    await street.rests()
    assert await are_told(street, flood, "voice") == {number(7): 1}
    street.clock.advance(SILENT_S)
    await street.rests()
    assert await are_told(street, flood, "voice") == {number(7): 1}
    assert await persons(street, flood) == (2, 2, 0, 0, 0)


async def test_who_took_over_the_number_of_an_earlier_call_after_it_is_called(street: Town) -> None:
    """The earlier one was called elsewhere: that they have one number now proves nothing."""
    await live(street, One("mother", 1, voice=7), One("father", 2, voice=8))
    street.fate("mother", sms="off")
    street.fate("father", sms="silent")
    flood = await street.warns()
    await street.rests()
    street.clock.advance(1)
    await live(street, One("mother", 1, voice=8))
    street.clock.advance(SILENT_S)
    await street.rests()
    assert await are_told(street, flood, "voice") == {number(7): 1, number(8): 1}


MOVES = {
    "the number": One("mother", 3),
    "the language": One("mother", 1, language="en"),
    "the duty": One("mother", 1, groups=frozenset({"responsible_flood"})),
}


@pytest.mark.parametrize("change", MOVES)
@pytest.mark.parametrize("whose", ["bearer", "holder"])
async def test_who_is_another_case_when_it_is_sent_parts_from_the_family_and_nobody_is_lost(
    street: Town, change: str, whose: str
) -> None:
    await live(street, *FAMILY)
    flood = await street.warns(channels=("sms",))
    [bearer] = await bearers_of(street, flood)
    name = bearer if whose == "bearer" else next(each.name for each in FAMILY if each.name != bearer)
    moved = MOVES[change]
    await live(street, One(name, moved.sms, language=moved.language, groups=moved.groups))
    await street.rests()
    expected = {number(1): 1, number(3): 1} if change == "the number" else {number(1): 2}
    assert await are_told(street, flood) == expected
    assert await persons(street, flood) == (3, 3, 0, 0, 0)


async def test_without_the_second_look_who_kept_the_number_is_told_nothing(street: Town, monkeypatch) -> None:
    """The guard taken out: the story above would fail."""
    monkeypatch.setattr(Bearers, "settle", lambda _self, _connection, _opened: {})
    await live(street, *FAMILY)
    flood = await street.warns(channels=("sms",))
    [bearer] = await bearers_of(street, flood)
    await live(street, One(bearer, 3))
    await street.rests()
    assert await are_told(street, flood) == {number(3): 1}


async def test_when_the_bearer_is_erased_before_it_is_sent_another_of_the_family_bears_it(street: Town) -> None:
    await live(street, *FAMILY)
    flood = await street.warns(channels=("sms",))
    [bearer] = await bearers_of(street, flood)
    await erases(street.hub, bearer, "asked to be forgotten")
    await street.rests()
    assert await are_told(street, flood) == {number(1): 1}
    assert await persons(street, flood) == (3, 2, 0, 1, 0)


async def test_a_worker_that_dies_after_it_parted_a_family_loses_nobody(street: Town) -> None:
    await live(street, *FAMILY)
    flood = await street.warns(channels=("sms",))
    [bearer] = await bearers_of(street, flood)
    await live(street, One(bearer, 3))
    street.sms.fates[number(3)] = "cut"
    await street.rests()
    assert await are_told(street, flood) == {number(1): 1, number(3): 1}
    assert await persons(street, flood) == (3, 2, 0, 0, 1)


async def test_signers_read_that_a_number_of_more_than_five_is_none_of_a_family(street: Town) -> None:
    crowd = [One(f"villager-{n}", 4) for n in range(7)]
    await live(street, *FAMILY, *crowd)
    view = await street.submits(await street.drafts(channels=("sms",)))
    [finding] = [each for each in view.findings if each["rule"] == "crowded-number"]
    assert finding["values"] == {"channel": "sms", "numbers": 1, "persons": 7, "most": 7}
    assert number(4)[-6:] not in str(view.findings)
    estimate = await street.hub.estimates.of_alert(view.id)
    [shared] = estimate.shared
    assert (shared.channel, shared.numbers, shared.persons, shared.crowded, shared.most) == ("sms", 2, 10, 1, 7)
    flood = await street.releases(await street.approves(view))
    await street.rests()
    told = await street.hub.db.read(lambda c: report(c, alerts.get(c, flood.id)))
    assert told["shared"] == {
        "sms": {"messages": 2, "persons": 10, "crowded_messages": 1, "crowded_persons": 7, "most_persons": 7}
    }
    assert (told["channels"]["sms"]["targeted"], told["persons"]["targeted"], told["persons"]["reached"]) == (2, 10, 10)


async def test_a_family_of_five_is_a_family(street: Town) -> None:
    await live(street, *(One(f"child-{n}", 4) for n in range(5)))
    view = await street.submits(await street.drafts(channels=("sms",)))
    assert [each for each in view.findings if each["rule"] == "crowded-number"] == []


async def test_three_rows_of_a_file_with_one_telephone_written_in_two_ways_are_two_messages(street: Town) -> None:
    rows = "external_id,region,language,sms\ny1,{0},zh,13912345643\ny2,{0},zh,13912345643\ny3,{0},en,+8613912345643\n"
    hub = street.hub
    taken = await register(hub.db, hub.vault, street.clock).import_csv(rows.format(BRIDGE).splitlines(keepends=True))
    assert taken.new == 3
    flood, counted = await settled(street, channels=("sms",))
    assert await are_told(street, flood) == {"+8613912345643": 2}
    assert counted == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_what_telephones_were_told_is_what_a_list_of_numbers_and_texts_says(street: Town, channel: str) -> None:
    """Random families through an Alert, an Update and a Cancel, person by person and message by message."""
    rng = random.Random(channel)
    people = [
        One(
            f"p{n}",
            rng.randrange(12),
            rng.randrange(12),
            rng.choice(("zh", "zh-TW", "en", "en-GB")),
            frozenset({"responsible_flood"} if rng.random() < 0.15 else ()),
        )
        for n in range(40)
    ]
    await live(street, *people)
    flood, _ = await settled(street, channels=(channel,))
    more = await street.updates(flood, street.cap())
    await street.later_rests()
    lifted = await street.cancels(more)
    await street.later_rests()
    for message in (flood, more, lifted):
        assert await are_told(street, message, channel) == naively(people, channel)
        assert await persons(street, message) == (40, 40, 0, 0, 0)


def naively(people: list[One], channel: str) -> Counter[str]:
    """A message for each number and text, and one for each responsible person."""
    told: Counter[str] = Counter()
    families = set()
    for each in people:
        to = each.registered().addresses[channel]
        text = each.language[:2]
        if each.groups:
            told[to] += 1
        elif (to, text) not in families:
            families.add((to, text))
            told[to] += 1
    return told


async def bearers_of(town: Town, alert) -> list[str]:
    """Whose delivery there will be: everybody in a shard."""
    campaign = (await town.campaigns(alert))["sms"]
    found = await town.hub.db.read(lambda connection: campaigns.bearers(connection, campaign.id))
    return [town.names[person] for person in found]


async def test_an_estimate_counts_a_number_as_one_message_only_for_those_who_are_told_the_same(street: Town) -> None:
    await live(
        street, One("mother", 1), One("father", 1), One("au-pair", 1, language="en"), One("guest", 1, language="fr")
    )
    draft = await street.drafts(channels=("sms",))
    [shared] = (await street.hub.estimates.of_alert(draft.id)).shared
    assert (shared.numbers, shared.persons) == (1, 3)  # English is another message; nobody wrote French


async def test_an_estimate_counts_a_number_of_people_in_two_parts_as_one_message(street: Town) -> None:
    await live(street, One("mother", 1, region=BRIDGE), One("father", 1, region=RIVER))
    now = street.clock.now()
    infos = (block(now, "red", BRIDGE), block(now, "yellow", RIVER))
    draft = await street.drafts(write(alert_of_blocks(now, "parts", *infos)), channels=("sms",))
    seen = await street.hub.estimates.of_alert(draft.id)
    [shared] = seen.shared
    assert (shared.numbers, shared.persons) == (1, 2)
    assert [(part.part, part.persons) for part in seen.parts] == [("1+2", 2)]
