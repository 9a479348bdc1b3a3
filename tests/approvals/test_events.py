"""The table of events: what it says of each, in which words it is known, and what a faulty table is refused for."""

from __future__ import annotations

import copy
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from approvals.event import GOVERNMENTS, Events
from approvals.event_table import EventsRefused, events_of, load_events
from approvals.event_words import find_event, find_headline_event, recognise
from approvals.level import Level

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "config" / "events.toml"


@pytest.fixture(scope="module")
def events() -> Events:
    return load_events(SHIPPED)


@pytest.fixture
def tree() -> dict[str, Any]:
    """A sound table of two events, to be broken by one change."""
    return copy.deepcopy(
        tomllib.loads(
            """
            [kinds]
            government = "g"
            meteorological = "m"
            [event.rainstorm]
            code = "11B03"
            zh = "暴雨"
            en = "Rainstorm"
            categories = ["Met"]
            terms = ["预警信号"]
            levels = ["blue", "yellow", "orange", "red"]
            issuers = ["meteorological"]
            law = "气象法 art. 22"
            hours = { orange = 3, red = 3 }
            words = ["暴雨"]
            english = ["heavy rain"]
            certainty = { issuers = "S" }
            [event.flood]
            zh = "洪水"
            en = "Flood"
            categories = ["Met"]
            terms = ["预警"]
            levels = []
            issuers = ["government@county"]
            law = ""
            words = ["洪水"]
            english = ["flood"]
            certainty = { issuers = "H" }
            """
        )
    )


# --- what the shipped table says


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("高温", "high_temperature"),
        ("大雾", "fog"),
        ("霾", "haze"),
        ("道路结冰", "road_icing"),
        ("重污染", "heavy_pollution"),
        ("停课", "school_closure"),
        ("溃坝", "dam_break"),
        ("决堤", "levee_emergency"),
        ("森林火灾", "forest_fire"),
        ("爆炸", "explosion"),
        ("泄露", "chemical_leak"),
        ("海上雷雨大风", "sea_thunder_gust"),  # the longest word, not 大风
        ("高温中暑", "heat_stroke"),
        ("大风降温", "sharp_cooling"),
        ("森林(草原)火险", "fire_risk_forest_grass"),  # brackets of either width
        ("城口县气象台发布暴雨红色预警信号", "rainstorm"),
        ("新发布依族乡发布暴雨红色预警", "rainstorm"),  # a verb in a place's name
        ("重庆市防汛抗旱指挥部发布洪水橙色预警", "flood"),
        ("Heavy rain", "rainstorm"),
        ("FLASH FLOOD WARNING", "flash_flood"),
    ],
)
def test_an_event_is_known_by_its_longest_word_once_the_body_that_speaks_is_cut_off(
    events: Events, words: str, key: str
) -> None:
    found = find_event(events, words)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "words",
    [
        "防汛抗旱指挥部",
        "抗震救灾指挥部",
        "地震局",
        "大风洞镇",
        "大雪山镇",
        "海浪镇人民政府",
        "暴雪公司",
        "foghorn",
        "石灰岩",
    ],
)
def test_names_of_bodies_and_places_that_hold_an_event_word_name_no_event(events: Events, words: str) -> None:
    assert find_event(events, words) is None


def test_every_name_in_the_table_leads_to_its_own_event_and_no_other(events: Events) -> None:
    astray = {text: event.key for event in events for text in event.texts if find_event(events, text) is not event}
    assert astray == {}


def test_words_win_over_a_code_and_a_disagreement_is_seen(events: Events) -> None:
    told = recognise(events, ["11A01"], ["暴雨"])
    assert (told.key, told.is_contradictory) == ("rainstorm", True)
    assert not recognise(events, ["11B03"], ["Rainstorm"]).is_contradictory
    assert not recognise(events, ["11C02"], ["地震预警"]).is_contradictory  # one code, two events
    assert recognise(events, ["11B03"], ["ཆར་པ་"]).key == "rainstorm"


@pytest.mark.parametrize(
    ("codes", "category", "key"),
    [
        ((), "Geo", "unlisted-geo"),
        ((), "", "unlisted-other"),
        (("12A07",), "Geo", "unlisted-safety"),
        (("14A01",), "Met", "unlisted-security"),
    ],
)
def test_an_unknown_hazard_goes_under_its_category_and_to_the_governments(
    events: Events, codes: tuple[str, ...], category: str, key: str
) -> None:
    told = recognise(events, codes, ["未知的事"], category)
    event = events.of(told.key)
    assert told.key == key
    assert event is not None
    assert event.competent == (GOVERNMENTS,)
    assert event.is_for("government", "county")
    assert not event.is_for("government", "township")


def test_only_what_was_read_in_a_law_keeps_the_governments_from_warning_and_never_from_what_their_commands_may(
    events: Events,
) -> None:
    for event in events:
        if {issuer.kind for issuer in event.issuers} & {"flood-command", "fire-command"}:
            assert event.is_for("government", "county"), event.key  # a command acts with its government's force
            continue
        governed = event.is_for("government", "province") or event.is_for("government", "county")
        assert governed or event.certainty["issuers"] == "S", event.key


@pytest.mark.parametrize("key", ["rainstorm", "fog", "haze", "road_icing", "high_temperature"])
def test_signals_of_the_weather_are_the_weather_stations_alone(events: Events, key: str) -> None:
    event = events.by_key[key]
    assert event.is_for("meteorological", "county")
    assert not any(event.is_for(kind, "county") for kind in events.kinds if kind != "meteorological")


@pytest.mark.parametrize("key", ["heavy_pollution", "flood", "epidemic", "waves"])
def test_what_the_law_gives_to_others_is_not_the_weather_stations(events: Events, key: str) -> None:
    assert not events.by_key[key].is_for("meteorological", "county")


def test_heavy_pollution_is_for_provinces_and_prefectures_not_for_counties(events: Events) -> None:
    pollution = events.by_key["heavy_pollution"]
    assert pollution.is_for("government", "prefecture")
    assert not pollution.is_for("government", "county")
    assert (pollution.signers, pollution.consulted) == ((), ("ecology", "meteorological"))


def test_a_province_may_have_other_levels_than_the_country(events: Events) -> None:
    assert "blue" not in events.by_key["rainstorm"].levels_in("440300000000")
    assert "blue" in events.by_key["rainstorm"].levels_in("500229000000")
    assert "white" in events.by_key["typhoon"].levels_in("440000000000")


def test_the_usual_period_is_that_of_the_level_or_of_the_nearest_the_table_lists(events: Events) -> None:
    assert events.usual_period("rainstorm", Level.BLUE) == timedelta(hours=12)
    assert events.usual_period("rainstorm", Level.RED) == timedelta(hours=3)
    assert events.usual_period("tornado", Level.BLUE) == timedelta(hours=1)
    assert events.usual_period("earthquake_report", Level.RED) is None
    assert events.usual_period("unlisted-geo", Level.RED) is None


@pytest.mark.parametrize(
    ("headline", "key"),
    [
        ("城口县气象台7月12日14时30分发布暴雨红色预警信号", "rainstorm"),
        ("两部门联合发布橙色山洪灾害气象预警", "flash_flood"),
        ("海浪镇人民政府发布暴雨红色预警", "rainstorm"),
        ("请注意防范暴雨引发的山洪", None),
    ],
)
def test_a_headline_names_the_event_that_is_joined_to_the_word_for_a_warning(
    events: Events, headline: str, key: str | None
) -> None:
    found = find_headline_event(events, headline)
    assert (found.key if found is not None else None) == key


# --- what a table is refused for


def broken(tree: dict[str, Any], **changes: Any) -> dict[str, Any]:
    tree["event"]["rainstorm"] |= changes
    return tree


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuers": ["weather"]}, "'weather' is not one of the kinds of unit"),
        ({"issuers": ["government@street"]}, "'street' is not one of"),
        ({"issuers": []}, "at least one"),
        ({"words": ["洪水"]}, "'洪水' stands for rainstorm already"),
        ({"english": ["FLOOD"]}, "'flood' stands for rainstorm already"),
        ({"levels": ["white"]}, "'white' is not one of blue"),
        ({"levels": [["red"]]}, "a list of words"),
        ({"law": " "}, "law: a text that is not empty"),
        ({"code": "11b03"}, "not a 12379 event code"),
        ({"code": 3}, "not a 12379 event code"),
        ({"categories": ["Weather"]}, "'Weather' is not one of"),
        ({"hours": {"white": 3}}, "'white' is not one of"),
        ({"hours": {"red": 0}}, "not a number of hours"),
        ({"hours": {"red": True}}, "not a number of hours"),
        ({"emergency": "soon"}, "'soon' is not one of"),
        ({"with": {"both": ["government"]}}, "unknown key 'both'"),
        ({"certainty": {"issuers": "sure"}}, "'sure' is not one of"),
        ({"area": {"44": {"levels": ["white"]}}}, "not a region key"),
        ({"area": {"440000000000": {}}}, "a list of words"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"oet": "159"}, "not a code such as OET-159"),
    ],
)
def test_a_faulty_table_is_refused_naming_event_key_and_rule(
    tree: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    events_of(copy.deepcopy(tree))  # sound before the change
    with pytest.raises(EventsRefused, match=r"event (rainstorm|flood)") as refused:
        events_of(broken(tree, **changes))
    assert said in str(refused.value)


@pytest.mark.parametrize("missing", ["zh", "en", "categories", "terms", "levels", "issuers", "law", "words", "english"])
def test_an_event_that_leaves_something_decisive_out_is_refused(tree: dict[str, Any], missing: str) -> None:
    del tree["event"]["rainstorm"][missing]
    with pytest.raises(EventsRefused, match=f"event rainstorm: {missing} is missing"):
        events_of(tree)


def test_what_is_inferred_needs_no_law_and_leaves_the_governments_competent(tree: dict[str, Any]) -> None:
    events = events_of(tree)
    assert events.by_key["flood"].is_for("government", "province")
    assert not events.by_key["rainstorm"].is_for("government", "province")


@pytest.mark.parametrize(
    ("text", "said"),
    [("[event", "events.toml"), ("", "kinds"), ('kinds = "x"', "a table"), ("[kinds]\ng = 'g'", "no event|a table")],
)
def test_a_file_that_is_no_table_of_events_is_refused_naming_it(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "events.toml"
    file.write_text(text)
    with pytest.raises(EventsRefused, match=said):
        load_events(file)
    with pytest.raises(EventsRefused, match="no such file"):
        load_events(tmp_path / "gone.toml")
