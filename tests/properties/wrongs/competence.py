"""A unit warns of what is not its own to warn of, or stands too low to warn at all."""

from __future__ import annotations

from tests.properties.office import UNLISTED, Office, Text
from tests.properties.statute import LEVELS
from tests.properties.wrongs.honest import SPOTS, Barred, as_file, barred_by, must, pick
from tests.stories.town import BAOTA, BRIDGE, CITY

#: hazards of which some of the office's units may warn and some may not, by the table of events
LISTED = (
    "暴雨",
    "高温",
    "道路结冰",
    "霾",
    "大雾",
    "山洪",
    "水库溃坝",
    "森林火灾",
    "爆炸",
    "停电",
    "重污染天气",
    "停课信号",
)


async def a_unit_warns_of_what_is_not_its_own(office: Office) -> None:
    """A hazard of the table and one of no table, each by a unit of the wrong kind, and then by one of the right."""
    for events in (LISTED, UNLISTED):
        text = Text(office.dice.choice(events), office.dice.choice(("orange", "red")), office.dice.choice(SPOTS[BAOTA]))
        file = as_file(text)
        if office.able("draft", file) and (wrong := barred_by(office, "kind", "draft", file)):
            await office.drafts(pick(office, wrong), text)
        made = await office.drafts(pick(office, office.able("draft", file)), text)
        if made is None:
            raise Barred
        if events is UNLISTED:
            must(await office.submits(pick(office, office.able("draft", file)), made))
            view = (await office.asks(office.reader(), "GET", f"/alerts/{made.number}")).body
            office.arbiter.told_unlisted(made, [each["rule"] for each in view["findings"]])


async def an_edit_makes_it_a_hazard_of_another_unit(office: Office) -> None:
    """Drafted by the weather bureau as rain, and edited by it into what is the government's; by it signed, too."""
    rain = Text("暴雨", office.dice.choice(LEVELS), office.dice.choice(SPOTS[BAOTA]))
    file = await office.drafts(pick(office, office.able("draft", as_file(rain))), rain)
    if file is None:
        raise Barred
    outage = Text(office.dice.choice(("停电", *UNLISTED)), rain.level, rain.areas)
    own = [n for n in office.able("draft", file) if office.accounts[n].unit == file.unit]
    await office.edits(pick(office, own), file, outage)
    must(await office.submits(pick(office, office.able("draft", file)), file))


async def a_township_warns(office: Office) -> None:
    """Of its own ground, with every right; then the county does."""
    text = Text(office.dice.choice(("停电", "山洪", *UNLISTED)), office.dice.choice(LEVELS), (BRIDGE,))
    low = barred_by(office, "tier", "draft", as_file(text))
    await office.drafts(pick(office, low), text)
    file = await office.drafts(pick(office, office.able("draft", as_file(text))), text)
    if file is None:
        raise Barred
    await office.edits(pick(office, low), file, text)
    await office.submits(pick(office, low), file)
    must(await office.submits(pick(office, office.able("draft", file)), file))
    for step in ("review", "sign"):
        await office.says(pick(office, barred_by(office, "tier", step, file)), file, step)


async def an_event_of_a_higher_tier_is_warned_of(office: Office) -> None:
    """重污染天气 is for a city or a province to say, never for the county, whose ground it is."""
    text = Text("重污染天气", "red", office.dice.choice(SPOTS[CITY]))
    low = [
        n
        for n in barred_by(office, "kind", "draft", as_file(Text("重污染天气", "red", (BAOTA,))))
        if office.arbiter.clerks[n].kind == "government"
    ]
    await office.drafts(pick(office, low), Text("重污染天气", "red", (BAOTA,)))
    if await office.drafts(pick(office, office.able("draft", as_file(text))), text) is None:
        raise Barred
