"""What people of the field have reported of other systems, with what is right here: each case through the API."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conformance.counties import HOME, ISLES, County, findings, open_questions
from tests.stories.families import NOBODY, are_told
from tests.stories.town import Town
from tests.stories.warnings import BEIJING

INSIDE, BESIDE, BEIJING_CITY = "31.95,108.65", "31.80,108.30", "39.90,116.40"


@pytest.fixture
async def county(settle: Callable[..., Awaitable[Town]], shared_data: Path) -> AsyncIterator[County]:
    folder = shared_data / "cases"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    town = await settle(NOBODY)
    async with aiohttp.ClientSession() as http:
        yield await County.opens(town, http, folder)


def at(word: str, count: int, place: str, region: str = HOME, language: str = "zh") -> list[str]:
    """So many people of one township at one place, or at none, as rows of the register."""
    base = sum(map(ord, word)) % 97 * 1000
    return [f"{word}-{each},{region},{language},{place or ','},139{base + each:08d}" for each in range(count)]


async def is_asked(county: County, name: str, **questions: tuple[str, ...]) -> Any:
    """The case is kept as a draft that asks just this, and not a signature is asked for before it is answered."""
    status, draft = await county.drafts(county.case(name))
    assert status == 201, draft
    assert open_questions(draft) == {key.replace("_", "-"): choices for key, choices in questions.items()}
    status, refused = await county.submits(draft)
    assert (status, refused["rule"]) == (422, "open-question")
    assert {each["key"] for each in refused["questions"]} == set(open_questions(draft))
    assert (await county.shows(draft))["stage"] == "draft"
    return draft


def texts(county: County, name: str) -> list[str]:
    """What the person was sent, as the telephone company has it."""
    town = county.town
    return [text for at, text in town.sms.texts.items() if town.sms.stories[at].to == town.phones[name]]


# --- text, place, person


async def test_b09_people_whom_a_shape_cannot_place_are_said_to_those_who_sign(county: County) -> None:
    await county.registers(*at("seen", 2, INSIDE), *at("lost", 50, ""), *at("away", 30, BESIDE))
    status, draft = await county.drafts(county.case("b09"))
    assert status == 201, draft
    _, submitted = await county.submits(draft)
    for view in (draft, submitted, await county.shows(submitted)):
        [found] = findings(view, "unlocated-left-out")
        assert (found["values"]["persons"], found["values"]["name"]) == (50, "葛城街道")
        assert "cannot be placed" in found["text"]
    assert submitted["targeted"] == 2


async def test_b14_a_family_with_one_telephone_is_told_once_and_counted_whole(county: County) -> None:
    header, *rows = county.case("b14").decode().split()
    await county.registers(*rows, header=header)
    _, draft = await county.drafts(county.case("b44"))  # an ordinary warning, in Chinese only
    estimate = await county.shows(draft, "/estimate")
    assert estimate["persons"] == 3
    [shared] = estimate["shared"]
    assert shared["channel"] == "sms"
    flood = await county.releases(draft)
    await county.town.rests()
    told = await are_told(county.town, await county.town.hub.alerts.get(flood["id"]))
    assert told == {"+8613912345643": 1}
    persons = (await county.shows(flood, "/progress"))["persons"]
    assert (persons["targeted"], persons["reached"]) == (3, 3)


async def test_b17_a_radius_in_metres_is_said_at_the_draft_with_the_kilometres_it_would_be(county: County) -> None:
    await county.registers(*at("near", 2, INSIDE), *at("far", 1, BEIJING_CITY))
    status, draft = await county.drafts(county.case("b17"))
    assert status == 201, draft
    [found] = findings(draft, "radius-in-metres")
    assert (found["values"]["radius_km"], found["values"]["meant_km"]) == (5000.0, 5.0)
    estimate = await county.shows(draft, "/estimate")
    assert findings(estimate, "radius-in-metres"), "whoever looks at the people is told, too"


async def test_b27_a_text_whose_language_nobody_said_has_the_cause_named(county: County) -> None:
    await county.registers(*at("reader", 3, INSIDE))
    _, draft = await county.drafts(county.case("b27"))
    [found] = findings(draft, "language-letters")
    assert (found["element"], found["values"]["language"]) == ("alert/info[1]/language", "en-US")
    flood = await county.releases(draft)
    await county.town.rests()
    [text] = texts(county, "reader-0")
    assert "暴雨" in text
    assert flood["targeted"] == 3


@pytest.mark.parametrize(("file", "rule"), [("c03", "LAW-64"), ("c14", "audience-empty"), ("c15", "audience-empty")])
async def test_b45_what_names_no_place_of_ours_is_never_released_to_nobody(
    county: County, file: str, rule: str
) -> None:
    await county.registers(*at("reader", 3, INSIDE))
    status, refused = await county.drafts(county.case(f"b45/{file}"))
    assert (status, refused["rule"]) == (403, "LAW-18"), refused
    own = county.case(f"b45/{file}").replace("城口县气象台".encode(), b"office")
    status, draft = await county.drafts(own, by="author")  # of the whole country, in its own name
    assert status == 201, draft
    status, refused = await county.submits(draft, by="author")
    assert (status, refused["rule"]) == (422, rule), refused


@pytest.mark.parametrize("file", ["c10", "c11"])
async def test_b47_a_ring_that_crosses_itself_or_is_open_is_told_and_still_holds_its_people(
    county: County, file: str
) -> None:
    await county.registers(*at("near", 2, "31.925,108.625"), *at("far", 2, BESIDE))
    _, draft = await county.drafts(county.case(f"b47/{file}"))
    assert [each for each in draft["findings"] if "polygon" in each["element"]], draft["findings"]
    assert (await county.shows(draft, "/estimate"))["persons"] == 2


async def test_b48_a_shape_over_the_antimeridian_goes_the_shorter_way_round(county: County) -> None:
    places = {"east": "-17.5,179.5", "west": "-17.5,-179.5", "prime": "-17.5,0.5", "here": INSIDE}
    await county.registers(*[row for word, place in places.items() for row in at(word, 1, place, ISLES)])
    status, draft = await county.drafts(county.case("b48"), by="author")
    assert status == 201, draft
    assert (await county.shows(draft, "/estimate"))["persons"] == 2


# --- time


async def test_b10_an_end_before_it_was_sent_is_asked_and_the_end_is_the_one_that_is_said(county: County) -> None:
    await county.registers(*at("reader", 1, INSIDE))
    draft = await is_asked(county, "b10", end_before_start=("usual", "until"))
    end = (county.town.clock.now() + timedelta(hours=2)).astimezone(BEIJING)
    status, draft = await county.answers(draft, end_before_start={"choice": "until", "value": end.isoformat()})
    assert status == 200, draft
    flood = await county.releases(draft)
    assert datetime.fromisoformat(flood["expires_at"]) == end


async def test_b11_a_warning_sent_two_days_ahead_is_asked_and_not_released(county: County) -> None:
    await county.registers(*at("reader", 1, INSIDE))
    await is_asked(county, "b11", sent_ahead=("now", "hold"), end_before_start=("usual", "until"))


async def test_b12_a_warning_for_later_says_from_when_to_everybody(county: County) -> None:
    await county.registers(*at("reader", 1, INSIDE))
    flood = await county.warns(county.case("b12"))
    await county.town.rests()
    begins = (county.town.clock.now() + timedelta(hours=5)).astimezone(BEIJING)
    hour = f"{begins.hour}时{begins.minute:02d}分"
    [text] = texts(county, "reader-0")
    assert hour in text
    forms = await county.shows(flood, "/forms")
    assert forms
    assert all(hour in form["body"] for form in forms)


@pytest.mark.parametrize(("file", "choices"), [("c04.", ("usual", "until")), ("c04b", ("stated", "usual", "until"))])
async def test_b24_an_onset_after_the_end_is_kept_and_the_end_is_asked(
    county: County, file: str, choices: tuple[str, ...]
) -> None:
    """The second of the two states in a parameter when the event itself is over: that is one of the choices."""
    await county.registers(*at("reader", 1, INSIDE))
    draft = await is_asked(county, f"b24/{file}", end_before_onset=choices)
    onset = (county.town.clock.now() + timedelta(hours=20)).astimezone(BEIJING)
    end = onset + timedelta(hours=10)
    status, draft = await county.answers(draft, end_before_onset={"choice": "until", "value": end.isoformat()})
    assert status == 200, draft
    flood = await county.releases(draft)
    await county.town.rests()
    [text] = texts(county, "reader-0")
    assert f"{onset.hour}时{onset.minute:02d}分" in text
    assert datetime.fromisoformat(flood["expires_at"]) == end


async def test_b26_a_warning_of_thirty_days_is_a_finding_with_the_usual_span_beside_it(county: County) -> None:
    await county.registers(*at("reader", 1, INSIDE))
    _, draft = await county.drafts(county.case("b26"))
    _, submitted = await county.submits(draft)
    for view in (draft, submitted):
        [found] = findings(view, "period-long")
        assert found["values"] == {"hours": 720, "usual_hours": 3}


async def test_b46_a_warning_without_an_end_is_asked_for_one(county: County) -> None:
    await county.registers(*at("reader", 1, INSIDE))
    draft = await is_asked(county, "b46", end_missing=("usual", "until"))
    status, draft = await county.answers(draft, end_missing={"choice": "usual"})
    assert status == 200, draft
    assert (await county.releases(draft))["expires_at"] is not None


# --- what it refers to


async def test_b25_an_update_of_something_nobody_here_has_says_so_and_is_told_as_a_first_message(
    county: County,
) -> None:
    await county.registers(*at("reader", 2, INSIDE))
    _, draft = await county.drafts(county.case("b25"))
    flood = await county.releases(draft)
    for view in (draft, flood):
        [found] = findings(view, "update-unknown")
        assert "never-seen-1" in found["text"]
    await county.town.rests()
    assert flood["targeted"] == 2
    first = await told_first(county)
    [text] = texts(county, "reader-0")[:1]
    assert without_hours(text) == without_hours(first)


async def told_first(county: County) -> str:
    """What an ordinary first message says to the same person."""
    before = len(texts(county, "reader-0"))
    await county.warns(county.case("b44"))
    await county.town.rests()
    return texts(county, "reader-0")[before]


def without_hours(text: str) -> str:
    return re.sub(r"\d+", "0", text)


async def test_b44_an_empty_references_element_is_a_finding_and_the_warning_goes_out(county: County) -> None:
    await county.registers(*at("reader", 2, INSIDE))
    _, draft = await county.drafts(county.case("b44"))
    assert [each for each in draft["findings"] if "references" in each["element"]]
    await county.releases(draft)
    await county.town.rests()
    assert len(texts(county, "reader-0")) == 1


# --- receipts


async def sent_to(county: County, channel: str) -> tuple[Any, str]:
    """A warning one person was sent on a channel and nothing is reported of yet, and the delivery."""
    header = "external_id,region,language,lat,lon,sms,voice"
    await county.registers(f"reader,{HOME},zh,{INSIDE},13911111111,13911111111", header=header)
    county.town.fate("reader", sms="silent", voice="silent")
    flood = await county.warns(county.case("b44"), channel)
    await county.town.dispatches()
    view = await county.town.hub.alerts.get(flood["id"])
    return view, await county.town.delivery(view, channel, "reader")


async def test_b04_a_callback_address_is_the_same_when_somebody_sorts_it(county: County) -> None:
    _, delivery = await sent_to(county, "sms")
    _, _, query = county.town.sms.stories[delivery].callback.partition("?")
    assert "&".join(sorted(query.split("&"))) == query
    assert await county.hears("sms", delivery, "delivered") == 200


async def test_b19_a_call_that_a_machine_took_has_reached_nobody(county: County) -> None:
    flood, delivery = await sent_to(county, "voice")
    heard = await county.hears("voice", delivery, "completed", CallDuration="12", AnsweredBy="machine_start")
    assert heard == 200
    persons = (await county.town.hub.alerts.progress(flood.id)).persons
    assert (persons.reached, persons.confirmed) == (0, 0)


async def test_b39_receipts_in_any_order_leave_the_message_delivered(county: County) -> None:
    flood, delivery = await sent_to(county, "sms")
    order = county.case("b39").decode().partition(": ")[2].split(", ")
    assert [word.split()[0] for word in order] == [
        "delivered",
        "sent",
        "undelivered",
        "partially_delivered",
        "delivered",
    ]
    for word in order:
        assert await county.hears("sms", delivery, word.split()[0]) == 200
        assert (await county.town.states(flood, "sms"))["reader"] == "DELIVERED"
