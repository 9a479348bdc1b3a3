"""What the loader says of a whole policy is what trying every warning says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from approvals.authority import Policy, PolicyRefused
from approvals.level import Level
from approvals.load import policy_of
from approvals.policy_input import PolicyInput

NATION, CITY, DISTRICT, ELSEWHERE = "000000000000", "500000000000", "500112000000", "440100000000"
DEPTH = {NATION: 0, CITY: 1, DISTRICT: 3}
INSIDE = {NATION: {NATION, CITY, DISTRICT, ELSEWHERE}, CITY: {CITY, DISTRICT}, DISTRICT: {DISTRICT}}
DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
MOMENTS = [DAYS[0] - timedelta(days=1), *DAYS]
#: "z" stands for every letter that no pattern spells out
TEXTS = frozenset("".join(letters) for length in range(5) for letters in product("1Bz", repeat=length))
CELLS = list(product(("red", "blue"), sorted(INSIDE[NATION]), ("a", "b", "c"), MOMENTS))
TOP = {"levels": ["red", "blue"], "events": ["*"]}


def rule(name: str, **changes: object) -> dict[str, object]:
    return {"id": name, "levels": ["*"], "events": ["*"], "steps": {"sign": 1}, "source": "x"} | changes


def fits(pattern: str, text: str) -> bool:
    """Matching, once more and otherwise than the code under test."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[at:]) for at in range(len(text) + 1))
    return text[:1] == pattern[0] and fits(pattern[1:], text[1:])


def held(pattern: str) -> frozenset[str]:
    return frozenset(text for text in TEXTS if fits(pattern, text))


def rank(table: dict, pattern: str) -> tuple[object, ...]:
    letters = pattern.replace("*", "")
    return (
        table.get("precedence", 0),
        DEPTH[table.get("area", NATION)],
        "*" not in pattern,
        len(letters),
        "channels" in table,
        "from" in table or "until" in table,
    )


def takes(table: dict, cell: tuple) -> bool:
    level, area, channel, moment = cell
    return (
        level in table["levels"]
        and area in INSIDE[table.get("area", NATION)]
        and channel in table.get("channels", [channel])
        and not ("from" in table and moment < table["from"])
        and not ("until" in table and moment >= table["until"])
    )


def verdict(tables: list[dict]) -> tuple[str, set]:
    """gap, overlap (with the pairs), unreachable (with the rules) or fine: the first of them that is the case."""
    texts = {pattern: held(pattern) for table in tables for pattern in table["events"]}
    reached, ties, gap = set(), set(), False
    for cell in CELLS:
        here = [(rank(t, p), t["id"], texts[p]) for t in tables if takes(t, cell) for p in t["events"]]
        gap = gap or frozenset().union(*(said for _, _, said in here)) != TEXTS
        for (one, mine, ours), (other, yours, theirs) in combinations(here, 2):
            if one == other and mine != yours and ours & theirs:
                ties.add(frozenset({mine, yours}))
        for place, name, said in here:
            if said - frozenset().union(*(theirs for over, _, theirs in here if over > place)):
                reached.add(name)
    if gap:
        return "gap", set()
    if ties:
        return "overlap", ties
    hidden = {table["id"] for table in tables} - reached
    return ("unreachable", hidden) if hidden else ("fine", set())


@st.composite
def tables(draw: st.DrawFn) -> list[dict]:
    made: list[dict] = []
    for number in range(draw(st.integers(1, 4))):
        table = rule(
            f"r{number}",
            levels=draw(st.lists(st.sampled_from(["red", "blue"]), min_size=1, max_size=2, unique=True)),
            events=draw(st.lists(st.text("1B*", min_size=1, max_size=3), min_size=1, max_size=2)),
            area=draw(st.sampled_from([NATION, NATION, CITY, DISTRICT])),
            precedence=draw(st.integers(0, 1)),
        )
        channels = draw(st.sampled_from([[], [], ["a"], ["b"], ["a", "b"]]))
        start, until = draw(st.sampled_from([(None, None)] * 3 + [(0, None), (0, 1), (0, 2), (1, 2), (None, 1)]))
        table |= {"channels": channels} if channels else {}
        table |= {"from": DAYS[start]} if start is not None else {}
        table |= {"until": DAYS[until]} if until is not None else {}
        made.append(table)
    base = draw(st.sampled_from([{}, {}, {}, {}, {"channels": ["a"]}, {"until": DAYS[1]}, None]))
    return made + ([rule("base", **TOP, **base)] if base is not None else [])


def loaded(made: list[dict]) -> Policy | str:
    try:
        return policy_of({"rule": [*made, rule("rest", levels=["orange", "yellow"])]})
    except PolicyRefused as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(tables())
def test_the_loader_and_every_warning_tried_agree_on_gaps_overlaps_and_unreachable_rules(made: list[dict]) -> None:
    answer = loaded(made)
    assume(not (isinstance(answer, str) and "is already in" in answer))
    kind, named = verdict(made)
    if kind == "fine":
        assert isinstance(answer, Policy), answer
        return
    assert isinstance(answer, str), (kind, named)
    if kind == "gap":
        assert answer.startswith(("gap: level", "period hole: level"))
    elif kind == "overlap":
        words = answer.split()
        assert answer.startswith("overlap: rules")
        assert frozenset({words[2], words[4]}) in named
    else:
        assert "can never hold" in answer
        assert answer.split()[1].rstrip(":") in named


@settings(max_examples=100, deadline=None)
@given(tables(), st.sampled_from(CELLS), st.sampled_from(sorted(TEXTS)))
def test_the_rule_that_holds_is_the_highest_of_those_that_apply(made: list[dict], cell: tuple, text: str) -> None:
    policy = loaded(made)
    assume(isinstance(policy, Policy))
    level, area, channel, moment = cell
    at = PolicyInput(Level.of(level), text, frozenset({area}), frozenset({channel}), 1, "Alert", "live", at=moment)
    highest = max((rank(t, p), t["id"]) for t in made if takes(t, cell) for p in t["events"] if text in held(p))
    assert policy.requirement(at).rule == highest[1]
    backwards = Policy(tuple(reversed(policy.rules)))
    assert backwards.requirement(at).rule == highest[1]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([rule("a", channels=["sms"])], "gap: level red has no rule for channels other than sms"),
        ([rule("a", until=DAYS[0])], "period hole: level red: beneath a there is no rule without a period"),
        (
            [rule("a"), rule("b", events=["1*"], precedence=1), rule("c", events=["11*"], channels=["x"])],
            "rule c: can never hold: rule b always comes first",
        ),
        (
            [
                rule("a"),
                rule("early", events=["1*"], until=DAYS[1], precedence=1),
                rule("late", **{"events": ["1*"], "from": DAYS[1], "precedence": 1}),
                rule("c", events=["11*"]),
            ],
            "rule c: can never hold: rules early and late always come first",
        ),
        (
            [rule("a"), rule("b", events=["1*"], channels=["x", "y"]), rule("c", events=["1*"], channels=["y"])],
            "overlap: rules b and c",
        ),
    ],
)
def test_a_policy_that_breaks_a_rule_for_rules_is_refused_naming_them(tables: list[dict], words: str) -> None:
    with pytest.raises(PolicyRefused, match=words):
        policy_of({"rule": tables})


EMERGENCY = {"events": ["11C*"], "steps": {"sign": 1}, "countersign_minutes": 60}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"emergency": EMERGENCY | {"events": ["*"]}}, "an immediate danger is named"),
        (
            {
                "emergency": EMERGENCY,
                "events": [
                    "*",
                ],
            }
            | {"public": False},
            "nothing of this rule is released",
        ),
        ({"emergency": EMERGENCY | {"steps": {"review": 1}}}, "at least one person must sign"),
        ({"emergency": EMERGENCY | {"steps": {"sign": 3}}}, "more than the whole flow wants"),
        (
            {"emergency": EMERGENCY | {"steps": {"sign": 1, "review": 1}}, "steps": {"sign": 1, "review": 1}},
            "shortens nothing",
        ),
        ({"emergency": EMERGENCY | {"countersign_minutes": 0}}, "not a number of minutes from 1 to a day"),
        ({"emergency": EMERGENCY | {"countersign_minutes": 1441}}, "not a number of minutes from 1 to a day"),
        ({"emergency": EMERGENCY | {"mode": "fast"}}, "unknown key 'mode'"),
        ({"emergency": {"events": ["11C*"]}}, "countersign_minutes is missing"),
        ({"refer_to": "province", "who": {"tiers": ["county"]}}, "refer_to: leads nowhere: a province may not sign"),
        ({"refer_to": "planet"}, "'planet' is not one of"),
        ({"hand_up": "province"}, "unknown key 'hand_up'; it is called 'refer_to' now"),
        ({"sign": {"offices": ["king"]}}, "sign: offices: 'king' is not one of"),
        ({"sign": {"office": ["leader"]}}, "unknown key 'office'"),
        ({"longest_hours": 0}, "not a number of hours"),
        ({"public": "no"}, "true or false"),
        ({"from": "2026-01-01"}, "is not a date"),
        ({"from": datetime(2026, 1, 1)}, "nor a time with its offset"),  # noqa: DTZ001
        ({"from": DAYS[1], "until": DAYS[0]}, "over before it begins"),
        ({"id": "a+b"}, "without [+] and spaces"),
    ],
)
def test_a_rule_that_is_looser_or_other_than_allowed_is_refused(changes: dict, words: str) -> None:
    table = rule("a", steps={"review": 1, "sign": 2}) | changes
    with pytest.raises(PolicyRefused, match=words):
        policy_of({"rule": [table], "offices": {"leader": "l"}})


def test_an_emergency_for_events_of_another_rule_is_refused() -> None:
    with pytest.raises(PolicyRefused, match=r"'11C[*]' is not within the events of the rule"):
        policy_of({"rule": [rule("a"), rule("b", events=["12*"], steps={"sign": 2}, emergency=EMERGENCY)]})
