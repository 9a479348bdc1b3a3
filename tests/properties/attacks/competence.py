"""A unit warns of what is not its own to warn of, or stands too low to warn at all."""

from __future__ import annotations

from tests.properties.agency import UNLISTED, Agency, Text
from tests.properties.attacks.honest import SPOTS, Barred, as_file, barred_by, must, pick
from tests.properties.policy_model import LEVELS
from tests.stories.town import BAOTA, BRIDGE, CITY

#: hazards of which some of the agency's units may warn and some may not, by the table of events
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


async def a_unit_warns_of_what_is_not_its_own(agency: Agency) -> None:
    """A hazard of the table and one of no table, each by a unit of the wrong kind, and then by one of the right."""
    for events in (LISTED, UNLISTED):
        text = Text(agency.dice.choice(events), agency.dice.choice(("orange", "red")), agency.dice.choice(SPOTS[BAOTA]))
        file = as_file(text)
        if agency.able("draft", file) and (barred := barred_by(agency, "kind", "draft", file)):
            await agency.drafts(pick(agency, barred), text)
        made = await agency.drafts(pick(agency, agency.able("draft", file)), text)
        if made is None:
            raise Barred
        if events is UNLISTED:
            must(await agency.submits(pick(agency, agency.able("draft", file)), made))
            view = (await agency.asks(agency.reader(), "GET", f"/alerts/{made.number}")).body
            agency.oracle.told_unlisted(made, [each["rule"] for each in view["findings"]])


async def an_edit_makes_it_a_hazard_of_another_unit(agency: Agency) -> None:
    """Drafted by the weather bureau as rain, and edited by it into what is the government's; by it signed, too."""
    rain = Text("暴雨", agency.dice.choice(LEVELS), agency.dice.choice(SPOTS[BAOTA]))
    file = await agency.drafts(pick(agency, agency.able("draft", as_file(rain))), rain)
    if file is None:
        raise Barred
    outage = Text(agency.dice.choice(("停电", *UNLISTED)), rain.level, rain.areas)
    own = [n for n in agency.able("draft", file) if agency.accounts[n].unit == file.unit]
    await agency.edits(pick(agency, own), file, outage)
    must(await agency.submits(pick(agency, agency.able("draft", file)), file))


async def a_township_warns(agency: Agency) -> None:
    """Of its own ground, with every right; then the county does."""
    text = Text(agency.dice.choice(("停电", "山洪", *UNLISTED)), agency.dice.choice(LEVELS), (BRIDGE,))
    low = barred_by(agency, "tier", "draft", as_file(text))
    await agency.drafts(pick(agency, low), text)
    file = await agency.drafts(pick(agency, agency.able("draft", as_file(text))), text)
    if file is None:
        raise Barred
    await agency.edits(pick(agency, low), file, text)
    await agency.submits(pick(agency, low), file)
    must(await agency.submits(pick(agency, agency.able("draft", file)), file))
    for step in ("review", "sign"):
        await agency.says(pick(agency, barred_by(agency, "tier", step, file)), file, step)


async def an_event_of_a_higher_tier_is_warned_of(agency: Agency) -> None:
    """重污染天气 is for a city or a province to say, never for the county, whose ground it is."""
    text = Text("重污染天气", "red", agency.dice.choice(SPOTS[CITY]))
    low = [
        n
        for n in barred_by(agency, "kind", "draft", as_file(Text("重污染天气", "red", (BAOTA,))))
        if agency.oracle.clerks[n].kind == "government"
    ]
    await agency.drafts(pick(agency, low), Text("重污染天气", "red", (BAOTA,)))
    if await agency.drafts(pick(agency, agency.able("draft", as_file(text))), text) is None:
        raise Barred
