"""The shipped policies say what the regulations they come from say: row by row, who may release what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from approvals.answer import Allowed, Answer, Denied, Referral
from approvals.authority import Policy, PolicyRefused
from approvals.event_table import load_events
from approvals.grant import EMERGENCY, Grant
from approvals.level import Level
from approvals.load import load_policy
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput

CONFIG = Path(__file__).resolve().parents[2] / "config"
EVENTS = load_events(CONFIG / "events.toml")
NATION = "000000000000"
CITY, YUBEI, BEIBEI = "500000000000", "500112000000", "500109000000"
SHAANXI, YANAN, BAOTA, ZHIDAN, XIAN = "610000000000", "610600000000", "610602000000", "610625000000", "610100000000"
SUMMER, WINTER = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def shipped(name: str) -> Policy:
    return load_policy(CONFIG / name, EVENTS)


def who(area: str, kind: str = "government", office: str = "") -> Official:
    return Official(1, "o", "unit", area, frozenset({*Right} - {Right.ADMINISTER}), kind, office)


def what(level: str, *areas: str, event: str = "12A01", **changes: object) -> PolicyInput:
    plain = {"channels": frozenset({"sms"}), "persons": 1, "msg_type": "Alert", "world": "live", "at": SUMMER}
    lasting = {"lasts": timedelta(hours=6)}
    return PolicyInput(Level.of(level), event, frozenset(areas), **(plain | lasting | changes))  # type: ignore[arg-type]


def said(answer: Answer) -> str:
    """``rule`` where it is allowed, ``rule -> area kinds`` where it is referred, ``rule !`` where it is denied."""
    match answer:
        case Allowed():
            return answer.rule
        case Referral():
            return " ".join([answer.rule, "->", answer.area, *answer.kinds])
        case Denied():
            return f"{answer.rule} !"


DISTRICTS = "department government"


@pytest.mark.parametrize(
    ("level", "official", "areas", "act", "event", "expected"),
    [
        ("blue", who(YUBEI, office="leader"), [YUBEI], "sign", "12A01", "cq-2011-III-IV"),
        ("yellow", who(YUBEI, "department", "main-leader"), [YUBEI], "sign", "12A01", "cq-2011-III-IV"),
        ("yellow", who(YUBEI), [YUBEI], "sign", "12A01", "cq-2011-III-IV !"),  # no leader
        ("yellow", who(YUBEI), [YUBEI], "review", "12A01", "cq-2011-III-IV"),
        ("orange", who(YUBEI, office="main-leader"), [YUBEI], "sign", "12A01", f"cq-2011-I-II -> {CITY} {DISTRICTS}"),
        ("red", who(YUBEI), [YUBEI], "draft", "12A01", f"cq-2011-I-II -> {CITY} {DISTRICTS}"),
        ("red", who(CITY, office="main-leader"), [YUBEI], "sign", "12A01", "cq-2011-I-II"),
        ("red", who(CITY, office="leader"), [YUBEI], "sign", "12A01", "cq-2011-I-II !"),
        ("blue", who(CITY, office="leader"), [YUBEI], "sign", "12A01", "cq-2011-III-IV"),  # special cases: any level
        ("yellow", who(YUBEI), [YUBEI, BEIBEI], "review", "12A01", f"LAW-18 -> {CITY} {DISTRICTS}"),
        ("blue", who(YUBEI, "meteorological"), [YUBEI], "review", "12A01", f"cq-2011-III-IV -> {YUBEI} {DISTRICTS}"),
        ("red", who(YUBEI, "meteorological"), [YUBEI], "sign", "11B03", "MET-30"),  # territory, not level
        ("blue", who(YUBEI), [YUBEI], "sign", "11B03", f"MET-30 -> {YUBEI} meteorological"),
        ("blue", who(YUBEI), [YUBEI], "release", "暴雨", f"MET-30 -> {YUBEI} meteorological"),
        ("blue", who(YUBEI), [YUBEI], "release", "14A01", f"LAW-69 -> {CITY}"),
        ("blue", who(CITY), [YUBEI], "release", "14A01", "LAW-69 !"),
        ("blue", who(CITY, office="main-leader"), [YUBEI, BAOTA], "sign", "12A01", f"LAW-18 -> {NATION} government"),
    ],
)
def test_the_chongqing_matrix_answers_as_its_table_says(
    level: str, official: Official, areas: list[str], act: str, event: str, expected: str
) -> None:
    answer = shipped("authority/chongqing.toml").may(official, Right(act), what(level, *areas, event=event))
    assert said(answer) == expected


KINDS = "department government"


@pytest.mark.parametrize(
    ("level", "official", "areas", "act", "expected"),
    [
        ("blue", who(BAOTA, office="duty"), [BAOTA], "sign", "art-46-IV"),
        ("yellow", who(BAOTA, office="leader"), [BAOTA], "sign", f"art-46-III -> {YANAN} {KINDS}"),
        ("yellow", who(YUBEI, office="leader"), [YUBEI], "sign", f"art-46-III -> {CITY} {KINDS}"),  # 500100 is nobody
        ("yellow", who(YUBEI, office="leader"), [YUBEI, BEIBEI], "sign", f"LAW-18 -> {CITY} {KINDS}"),
        (
            "yellow",
            who("469025000000", office="leader"),
            ["469025000000"],
            "sign",
            f"art-46-III -> 460000000000 {KINDS}",
        ),
        ("yellow", who(CITY, office="leader"), [YUBEI], "sign", "art-46-III"),
        ("yellow", who(YANAN, office="leader"), [BAOTA], "sign", "art-46-III"),
        ("yellow", who(YANAN, office="duty"), [BAOTA], "sign", "art-46-III !"),
        ("orange", who(YANAN, office="leader"), [YANAN], "sign", f"art-46-I-II -> {SHAANXI} {KINDS}"),
        ("red", who(BAOTA, office="leader"), [BAOTA], "sign", f"art-46-I-II -> {SHAANXI} {KINDS}"),
        ("red", who(SHAANXI, "department", "leader"), [SHAANXI], "sign", "art-46-I-II"),
        ("blue", who(BAOTA, office="duty"), [BAOTA, ZHIDAN], "sign", f"LAW-18 -> {YANAN} {KINDS}"),
        ("blue", who(YANAN, office="duty"), [BAOTA, ZHIDAN], "sign", "art-46-IV"),
        ("blue", who(YANAN, office="duty"), [BAOTA, XIAN], "sign", f"LAW-18 -> {SHAANXI} {KINDS}"),
    ],
)
def test_province_prefecture_county(level: str, official: Official, areas: list[str], act: str, expected: str) -> None:
    assert said(shipped("authority/three-tier.toml").may(official, Right(act), what(level, *areas))) == expected


def test_all_network_sms_asks_for_its_own_flow_whatever_else_the_warning_goes_out_by() -> None:
    policy = shipped("authority/three-tier.toml")
    both = what("blue", BAOTA, channels=frozenset({"sms", "all-network-sms"}))
    assert policy.requirement(both).rule == "all-network-sms+art-46-IV"
    assert said(policy.may(who(BAOTA, office="duty"), Right.SIGN, both)) == f"all-network-sms -> {SHAANXI} government"
    assert said(policy.may(who(SHAANXI, office="main-leader"), Right.SIGN, both)) == "all-network-sms+art-46-IV"


def test_a_county_warning_of_more_than_72_hours_is_denied_by_its_rule() -> None:
    policy, official = shipped("authority/three-tier.toml"), who(BAOTA, office="duty")
    assert said(policy.may(official, Right.SIGN, what("blue", BAOTA, lasts=timedelta(hours=72)))) == "art-46-IV"
    assert said(policy.may(official, Right.SIGN, what("blue", BAOTA, lasts=timedelta(hours=73)))) == "art-46-IV !"
    assert said(policy.may(official, Right.SIGN, what("blue", BAOTA, lasts=None))) == "art-46-IV !"


@pytest.mark.parametrize(
    ("level", "official", "act", "event", "expected"),
    [
        ("red", who(XIAN, "emergency", "director"), "sign", "12A01", "agency-red-orange"),
        ("red", who(XIAN, "emergency", "duty"), "sign", "12A01", "agency-red-orange !"),
        ("blue", who(XIAN, "emergency", "duty"), "sign", "12A01", "agency"),
        ("blue", who(XIAN, "emergency"), "release", "12A01", "agency"),
        ("blue", who(XIAN, "shop", "duty"), "sign", "12A01", f"agency -> {XIAN} emergency"),
        ("blue", who(XIAN, "emergency", "director"), "sign", "11B03", f"MET-30 -> {XIAN} meteorological"),
        ("red", who(XIAN, "emergency", "director"), "sign", "11A51", "flood-season"),
    ],
)
def test_the_single_agency_policy_answers_as_its_table_says(
    level: str, official: Official, act: str, event: str, expected: str
) -> None:
    assert said(shipped("authority/single-agency.toml").may(official, Right(act), what(level, XIAN, event=event))) == (
        expected
    )


def test_the_flood_season_asks_for_a_second_reviewer_and_ends_on_its_day_in_beijing() -> None:
    policy = shipped("authority/single-agency.toml")

    def reviewers(at: datetime) -> int:
        return policy.requirement(what("red", XIAN, event="11A51", at=at)).steps["review"]

    assert (reviewers(SUMMER), reviewers(WINTER)) == (2, 1)
    end = datetime(2026, 9, 30, 16, tzinfo=UTC)  # 1 October 00:00 in Beijing
    assert (reviewers(end - timedelta(seconds=1)), reviewers(end)) == (2, 1)


def test_a_single_agency_lets_no_superior_end_its_warnings() -> None:
    policy = shipped("authority/single-agency.toml")
    ours = what("blue", XIAN, msg_type="Cancel", issuer_unit="bureau", issuer_area=XIAN, issuer_kind="emergency")
    assert said(policy.may(who(SHAANXI, "emergency", "director"), Right.SIGN, ours)) == "UC-1 !"


@pytest.mark.parametrize("level", ["red", "orange", "yellow", "blue"])
def test_the_default_gives_weather_at_every_level_to_meteorological_units_of_the_place(level: str) -> None:
    policy = shipped("authority.toml")
    for event in ("11B03", "暴雨", "Rainstorm"):
        stakes = what(level, BAOTA, event=event)
        for act in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE):
            assert isinstance(policy.may(who(BAOTA, "meteorological"), act, stakes), Allowed)
            refused = policy.may(who(SHAANXI), act, stakes)
            assert isinstance(refused, Referral)
            assert refused.rule.startswith("MET-30")
            assert (refused.area, refused.kinds, refused.trigger) == (BAOTA, ("meteorological",), "HU-4")


@pytest.mark.parametrize("name", ["authority.toml", "authority/chongqing.toml", "authority/three-tier.toml"])
@pytest.mark.parametrize(("event", "level"), [("11C02", "red"), ("11A51", "orange"), ("某厂氯气泄漏", "yellow")])
def test_danger_at_hand_is_signed_by_one_and_countersigned_within_two_hours(name: str, event: str, level: str) -> None:
    stakes = what(level, YUBEI if "chongqing" in name else BAOTA, event=event)
    found = shipped(name).requirement(stakes, EMERGENCY)
    assert found.steps["sign"] == 1
    assert not found.steps.get("review")
    assert found.countersign_within is not None
    assert timedelta(0) < found.countersign_within <= timedelta(hours=2)


def test_an_ordinary_event_has_no_shortened_flow_but_its_cancel_has() -> None:
    policy = shipped("authority.toml")
    with pytest.raises(PolicyRefused, match="rule general: there is no emergency path for event 'unlisted-safety'"):
        policy.requirement(what("blue", BAOTA), EMERGENCY)
    cancel = policy.requirement(what("blue", BAOTA, msg_type="Cancel"), EMERGENCY)
    assert (dict(cancel.steps), cancel.countersign_within) == ({"sign": 1}, timedelta(hours=2))


def test_social_security_is_reported_up_tier_by_tier_and_never_released() -> None:
    policy = shipped("authority.toml")
    for act in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE):
        assert said(policy.may(who(BAOTA), act, what("red", BAOTA, event="14A01"))) == f"LAW-69 -> {YANAN}"
        assert said(policy.may(who(NATION), act, what("red", BAOTA, event="14A01"))) == "LAW-69 !"


@pytest.mark.parametrize(
    "name", ["authority.toml", "authority/chongqing.toml", "authority/three-tier.toml", "authority/single-agency.toml"]
)
def test_every_shipped_policy_says_where_the_law_stands_above_peoples_own_choices(name: str) -> None:
    policy = shipped(name)
    assert "突发事件应对法" in policy.override.source
    assert policy.overrides(what("red", XIAN, event="11A01"))
    assert not policy.overrides(what("orange", XIAN, event="11A01"))


@pytest.mark.parametrize(
    "name", ["authority.toml", "authority/chongqing.toml", "authority/three-tier.toml", "authority/single-agency.toml"]
)
def test_no_shipped_policy_lets_a_weather_signal_be_lent_to_another_unit(name: str) -> None:
    policy = shipped(name)
    lent = Grant(3, "station", YUBEI, "meteorological", frozenset(Level), ("11B*",), frozenset({YUBEI}))
    borrower = replace(who(YUBEI, office="leader"), grants=(lent,))
    for level in Level:
        assert isinstance(policy.may(borrower, Right.RELEASE, what(level.word, YUBEI, event="11B03")), Denied)


@pytest.mark.parametrize("name", ["authority.toml", "authority/chongqing.toml", "authority/three-tier.toml"])
@pytest.mark.parametrize(
    ("event", "words", "competent"),
    [
        ("11B29", "重污染天气", "government"),
        ("11A01", "洪水", "hydrology"),
        ("11E06", "海浪", "marine"),
    ],
)
def test_a_code_that_looks_like_weather_is_for_whom_the_law_names_not_for_the_weather_station(
    name: str, event: str, words: str, competent: str
) -> None:
    policy = shipped(name)
    for asked in (event, words):
        stakes = what("blue", CITY, event=asked)
        station, office = who(CITY, "meteorological", "main-leader"), who(CITY, competent, "main-leader")
        assert isinstance(policy.may(station, Right.SIGN, stakes), Denied)
        assert isinstance(policy.may(office, Right.SIGN, stakes), Allowed)


@pytest.mark.parametrize("name", ["authority.toml", "authority/chongqing.toml", "authority/three-tier.toml"])
@pytest.mark.parametrize("event", ["高温", "大雾", "霾", "道路结冰", "11B09", "11B17", "Haze", "Road icing"])
def test_every_signal_of_the_weather_is_the_stations_under_its_code_and_under_its_words(name: str, event: str) -> None:
    policy = shipped(name)
    stakes = what("blue", YUBEI if "chongqing" in name else BAOTA, event=event)
    area = next(iter(stakes.areas))
    assert isinstance(policy.may(who(area, "meteorological"), Right.SIGN, stakes), Allowed)
    for kind in ("government", "department", "emergency", "water"):
        refused = policy.may(who(area, kind, "main-leader"), Right.SIGN, stakes)
        assert isinstance(refused, Denied)
        assert refused.rule.startswith("MET-30")


@pytest.mark.parametrize("words", ["水库溃坝", "决堤", "森林火灾", "爆炸", "氯气泄露"])
def test_danger_of_minutes_has_a_shortened_flow_under_whatever_word(words: str) -> None:
    policy = shipped("authority.toml")
    assert policy.requirement(what("red", BAOTA, event=words), EMERGENCY).steps == {"sign": 1}


def test_heavy_pollution_of_a_county_is_referred_to_the_government_of_the_prefecture() -> None:
    policy = shipped("authority.toml")
    refused = policy.may(who(BAOTA), Right.SIGN, what("red", BAOTA, event="重污染天气"))
    assert isinstance(refused, Referral)
    assert (refused.area, refused.kinds) == (YANAN, ("government",))
    assert isinstance(policy.may(who(YANAN), Right.SIGN, what("red", BAOTA, event="重污染天气")), Allowed)


def test_a_hazard_no_table_knows_is_the_governments_from_the_county_up() -> None:
    policy = shipped("authority.toml")
    stakes = what("orange", BAOTA, event="天外来物", category="Other")
    assert isinstance(policy.may(who(BAOTA), Right.SIGN, stakes), Allowed)
    assert isinstance(policy.may(who(BAOTA, "meteorological"), Right.SIGN, stakes), Referral)
    township = policy.may(who("610602001000"), Right.SIGN, what("orange", "610602001000", event="天外来物"))
    assert isinstance(township, Referral)
    assert township.area == BAOTA


COMPETENCE = [
    # 大气污染防治法 art. 95, 121: the government of a province or a prefecture, and nobody else
    ("重污染天气", "government", SHAANXI, True),
    ("重污染天气", "government", YANAN, True),
    ("重污染天气", "government", BAOTA, False),
    ("重污染天气", "meteorological", YANAN, False),
    ("重污染天气", "ecology", YANAN, False),
    ("11B29", "meteorological", YANAN, False),
    # the closing of schools is the education authority's or the government's, whatever its code begins with
    ("停课信号", "education", BAOTA, True),
    ("停课信号", "government", BAOTA, True),
    ("停课信号", "meteorological", BAOTA, False),
    ("停课", "meteorological", YANAN, False),
    ("11B44", "meteorological", BAOTA, False),
    ("11B44", "education", BAOTA, True),
    # and a rain signal stays the station's
    ("暴雨", "meteorological", BAOTA, True),
    ("暴雨", "education", BAOTA, False),
]


def may_sign(policy: str, event: str, kind: str, area: str) -> bool:
    """Whether anybody in such a unit may, whatever their office."""
    rules = shipped(policy)
    people = (who(area, kind, office) for office in ("", *rules.offices))
    return any(isinstance(rules.may(one, Right.SIGN, what("red", area, event=event)), Allowed) for one in people)


@pytest.mark.parametrize(("event", "kind", "area", "allowed"), COMPETENCE)
def test_a_code_of_the_weather_group_gives_a_station_nothing_that_a_law_gives_to_others(
    event: str, kind: str, area: str, *, allowed: bool
) -> None:
    assert may_sign("authority.toml", event, kind, area) is allowed


@pytest.mark.parametrize("policy", ["authority/three-tier.toml", "authority/single-agency.toml"])
@pytest.mark.parametrize(("event", "kind", "area"), [row[:3] for row in COMPETENCE if not row[3]])
def test_no_other_policy_that_ships_lets_in_whom_the_law_keeps_out(
    policy: str, event: str, kind: str, area: str
) -> None:
    assert not may_sign(policy, event, kind, area)
