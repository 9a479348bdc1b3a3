"""What holds of every answer the policy gives, whoever asks about whatever."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import strategies as st

from approvals.answer import Allowed, Denied, HandUp
from approvals.authority import Authorization, Missing, Policy
from approvals.decision import Decision
from approvals.grant import EMERGENCY, FULL, Grant
from approvals.level import Level
from approvals.load import policy_of
from approvals.official import Official, Right
from approvals.stakes import Stakes
from targeting.region import covers
from tests.for_all import for_all, mostly

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
NATION, CITY, YUBEI, BEIBEI, TOWN = "000000000000", "500000000000", "500112000000", "500109000000", "500112001000"
ACTS = (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE)
POLICY = policy_of(
    {
        "kinds": {"government": "g", "meteorological": "m", "department": "d"},
        "offices": {"leader": "l"},
        "rule": [
            {
                "id": "high",
                "levels": ["red", "orange"],
                "events": ["*"],
                "who": {"tiers": ["country", "province"], "kinds": ["government"]},
                "sign": {"offices": ["leader"]},
                "steps": {"review": 1, "sign": 2},
                "emergency": {"events": ["11C*"], "steps": {"sign": 1}, "countersign_minutes": 90},
                "source": "x",
            },
            {
                "id": "low",
                "levels": ["yellow", "blue"],
                "events": ["*"],
                "who": {"kinds": ["government"]},
                "steps": {"review": 1, "sign": 1},
                "emergency": {"events": ["11C*"], "steps": {"sign": 1}, "countersign_minutes": 30},
                "source": "x",
            },
            {
                "id": "voice",
                "levels": ["*"],
                "events": ["*"],
                "channels": ["voice"],
                "who": {"kinds": ["government"], "tiers": ["country", "province", "county"]},
                "steps": {"review": 2, "sign": 1},
                "source": "x",
            },
            {
                "id": "met",
                "levels": ["*"],
                "events": ["11B*"],
                "who": {"kinds": ["meteorological"]},
                "steps": {"review": 1, "sign": 1},
                "source": "x",
            },
            {"id": "no", "levels": ["*"], "events": ["14*"], "public": False, "steps": {"sign": 1}, "source": "x"},
        ],
    }
)

AREAS = st.sampled_from([YUBEI, TOWN, BEIBEI, CITY, NATION, "UGC:NMZ528"])
GRANTS = st.builds(
    Grant,
    id=st.integers(1, 3),
    unit=st.just("grantor"),
    area=AREAS,
    kind=st.sampled_from(["government", "meteorological", "department"]),
    levels=st.frozensets(st.sampled_from(Level), min_size=1),
    events=st.sampled_from([("*",), ("11*",), ("12*", "14*")]),
    areas=st.frozensets(AREAS, min_size=1, max_size=2),
    channels=st.sampled_from([frozenset(), frozenset({"sms"})]),
    emergency_only=st.booleans(),
)
OFFICIALS = st.builds(
    Official,
    id=st.integers(1, 6),
    name=st.just("o"),
    unit=st.sampled_from(["u", "v"]),
    area=AREAS,
    rights=st.frozensets(st.sampled_from(Right)),
    kind=st.sampled_from(["government", "meteorological", "department", ""]),
    office=st.sampled_from(["", "leader"]),
    account_of=st.sampled_from([0, 0, 0, 1, 2]),
    grants=st.lists(GRANTS, max_size=2).map(tuple),
)
STAKES = st.builds(
    Stakes,
    level=st.sampled_from(Level),
    event=st.sampled_from(["11B03", "11C02", "12A01", "14A01", "火灾"]),
    areas=st.frozensets(AREAS, max_size=3),
    channels=st.frozensets(st.sampled_from(["sms", "voice", "wecom"]), max_size=3),
    persons=st.just(1),
    msg_type=st.sampled_from(["Alert", "Update", "Cancel"]),
    world=st.just("live"),
    issuer_unit=st.sampled_from(["", "u", "grantor"]),
    issuer_area=st.just(YUBEI),
    issuer_kind=st.sampled_from(["government", "meteorological"]),
    at=st.just(NOON),
)
PATHS = st.sampled_from([FULL, EMERGENCY])

# An example drawn at random is hardly ever allowed, and then nothing is claimed of it. These begin with somebody who may
# act, and then change up to two things at random.
GOVERNMENT = Official(1, "o", "u", CITY, frozenset(ACTS), "government", "leader")
LENT = Grant(1, "grantor", CITY, "government", frozenset(Level), ("*",), frozenset({CITY}))
BORROWER = replace(GOVERNMENT, area=YUBEI, kind="department", grants=(LENT,))
AT_HAND = Stakes(
    Level.RED, "11C02", frozenset({YUBEI}), frozenset({"sms"}), 1, "Alert", "live", issuer_area=YUBEI, at=NOON
)


def _changed(value: Any, strategy: st.SearchStrategy[Any], fields: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """The value with none, one or two of its fields taken from a random one."""
    chosen = st.lists(st.sampled_from(fields), max_size=1) | st.lists(st.sampled_from(fields), max_size=2)
    return st.builds(
        lambda drawn, names: replace(value, **{name: getattr(drawn, name) for name in names}), strategy, chosen
    )


PEOPLE = ("unit", "area", "rights", "kind", "office", "grants")
SAID = ("level", "event", "areas", "channels", "msg_type", "issuer_unit", "issuer_kind")
ABLE = _changed(GOVERNMENT, OFFICIALS, PEOPLE)
LENDING = _changed(BORROWER, OFFICIALS, PEOPLE)
MEANT = _changed(AT_HAND, STAKES, SAID)
OF_A_WARNING = sorted(set(Right) - {Right.ADMINISTER})  #: without the one whose absence is asked for
ANYBODY, ANYTHING = mostly(ABLE, LENDING, OFFICIALS), mostly(MEANT, STAKES)


@for_all(ABLE | LENDING, MEANT, st.sampled_from(ACTS), st.sampled_from(OF_A_WARNING), PATHS)
def test_taking_a_right_away_never_allows_more(
    official: Official, stakes: Stakes, act: Right, taken: Right, path: str
) -> bool:
    fewer = replace(official, rights=official.rights - {taken})
    if not isinstance(POLICY.may(fewer, act, stakes, path), Allowed):
        return False
    assert isinstance(POLICY.may(official, act, stakes, path), Allowed)
    return True


@for_all(
    ABLE,
    MEANT,
    st.sampled_from(ACTS),
    mostly(st.sampled_from([YUBEI, TOWN, BEIBEI, CITY]), AREAS),
)
def test_a_further_target_never_allows_more(official: Official, stakes: Stakes, act: Right, area: str) -> bool:
    wider = replace(stakes, areas=stakes.areas | {area})
    if not stakes.areas or not isinstance(POLICY.may(official, act, wider), Allowed):
        return False
    assert isinstance(POLICY.may(official, act, stakes), Allowed)
    return True


@for_all(ANYBODY, ANYTHING, st.sampled_from(ACTS), st.sampled_from(["sms", "voice", "wecom"]))
def test_a_further_channel_never_allows_more(official: Official, stakes: Stakes, act: Right, channel: str) -> bool:
    wider = replace(stakes, channels=stakes.channels | {channel})
    if not stakes.channels or not isinstance(POLICY.may(official, act, wider), Allowed):
        return False
    assert isinstance(POLICY.may(official, act, stakes), Allowed)
    return True


@for_all(STAKES, st.sampled_from(["sms", "voice", "wecom"]))
def test_a_further_channel_never_asks_for_fewer_persons(stakes: Stakes, channel: str) -> bool:
    if not stakes.channels:
        return False
    wider = replace(stakes, channels=stakes.channels | {channel})
    more, fewer = POLICY.requirement(wider).steps, POLICY.requirement(stakes).steps
    assert all(more.get(step, 0) >= number for step, number in fewer.items())
    return True


@for_all(mostly(LENDING, OFFICIALS), MEANT, st.sampled_from(ACTS), PATHS)
def test_a_lent_power_is_never_more_than_its_grantor_has(
    official: Official, stakes: Stakes, act: Right, path: str
) -> bool:
    answer = POLICY.may(official, act, stakes, path)
    if not isinstance(answer, Allowed) or not answer.grant:
        return False
    papers = [grant for grant in official.grants if grant.id == answer.grant]
    grantors = [
        replace(official, unit=paper.unit, area=paper.area, kind=paper.kind, grants=())
        for paper in papers
        if paper.covers(act, stakes, path)
    ]
    own = replace(stakes, issuer_unit="") if stakes.issuer_unit == official.unit else stakes
    assert any(isinstance(POLICY.may(grantor, act, own, path), Allowed) for grantor in grantors)
    assert not isinstance(POLICY.may(replace(official, grants=()), act, stakes, path), Allowed)
    return True


BELOW = _changed(replace(GOVERNMENT, area=YUBEI), OFFICIALS, PEOPLE)


@for_all(mostly(BELOW, OFFICIALS), ANYTHING, st.sampled_from(ACTS))
def test_what_is_handed_up_goes_to_an_area_that_answers_for_every_target_or_one_above(
    official: Official, stakes: Stakes, act: Right
) -> bool:
    answer = POLICY.may(official, act, stakes)
    if not isinstance(answer, HandUp) or answer.trigger == "HU-5":
        return False
    assert answer.area == NATION or (stakes.areas and all(covers(answer.area, key) for key in stakes.areas))
    return True


@for_all(mostly(BELOW, OFFICIALS), ANYTHING, st.sampled_from(ACTS))
def test_whoever_holds_the_office_and_right_in_the_unit_it_is_handed_up_to_may(
    official: Official, stakes: Stakes, act: Right
) -> bool:
    answer = POLICY.may(official, act, stakes)
    if not isinstance(answer, HandUp) or answer.trigger == "HU-5":
        return False
    kind = answer.kinds[0] if answer.kinds else "government"
    there = Official(9, "there", "there", answer.area, frozenset({act}), kind, "leader")
    then = POLICY.may(there, act, replace(stakes, issuer_unit=""))
    # A release that two rules hold for may need to be handed up once more, for the other rule.
    assert isinstance(then, Allowed) or then.rule != answer.rule
    return True


def says(who: Official, step: str, at: int, digest: str = "d", verdict: str = "approve") -> Decision:
    return Decision(who, step, verdict, digest, NOON + timedelta(seconds=at))


def _decisions(people: st.SearchStrategy[Official]) -> st.SearchStrategy[list[Decision]]:
    one = st.builds(
        says,
        people,
        st.sampled_from(["review", "sign"]),
        st.integers(0, 9),
        st.sampled_from(["d", "d", "d", "old"]),
        st.sampled_from(["approve", "approve", "approve", "reject"]),
    )
    return st.lists(one, max_size=6)


#: of each step as many as any rule asks for, by different people who may give them, and then others
ENOUGH_FOR_ALL = tuple(
    says(replace(GOVERNMENT, id=number, area=NATION), step, at)
    for at, (number, step) in enumerate([(2, "review"), (3, "review"), (4, "sign"), (5, "sign")])
)
NUMBERED = st.builds(lambda official, number: replace(official, id=number), ABLE, st.integers(1, 6))
SIGNED = st.builds(
    lambda taken, others: [*(one for at, one in enumerate(ENOUGH_FOR_ALL) if at not in taken), *others],
    st.frozensets(st.integers(0, 3), max_size=1),
    _decisions(NUMBERED | OFFICIALS),
)


@for_all(mostly(SIGNED, _decisions(OFFICIALS)), ANYTHING, st.frozensets(st.integers(1, 6), max_size=1), PATHS)
def test_every_authorization_has_the_persons_of_its_requirement_none_an_author_and_two_in_all(
    decisions: list[Decision], stakes: Stakes, authors: frozenset[int], path: str
) -> bool:
    if path == EMERGENCY and (stakes.event != "11C02" or "voice" in stakes.channels) and stakes.msg_type != "Cancel":
        return False  # there is no such path
    answer = POLICY.authorize(stakes, "d", authors, decisions, alert=7, path=path)
    if isinstance(answer, Missing):
        assert any(answer.steps.values())
        return False
    persons = [decision.official.account_of or decision.official.id for decision in answer.decisions]
    assert len(persons) == len(set(persons))
    assert not {decision.official.id for decision in answer.decisions} & authors
    assert not set(persons) & authors
    assert len(persons) + bool(authors) >= 2
    assert stakes.event != "14A01"
    for decision in answer.decisions:
        assert (decision.digest, decision.verdict) == ("d", "approve")
        assert Right(decision.step) in decision.official.rights
        assert Right.ADMINISTER not in decision.official.rights
    for step, number in POLICY.requirement(stakes, path).steps.items():
        assert [decision.step for decision in answer.decisions].count(step) == number
    assert (answer.countersign_within is not None) == (path == EMERGENCY)
    return True


def person(number: int, area: str = CITY, kind: str = "government", unit: str = "city", **more: object) -> Official:
    rights = frozenset(ACTS)
    return Official(number, f"o{number}", unit, area, rights, kind, "leader", **more)  # type: ignore[arg-type]


def quake(**changes: object) -> Stakes:
    plain = Stakes(Level.RED, "11C02", frozenset({YUBEI}), frozenset({"sms"}), 1, "Alert", "live", at=NOON)
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_one_signature_beside_the_author_releases_danger_at_hand_and_owes_a_countersignature() -> None:
    signed = [says(person(2), "sign", 0)]
    answer = POLICY.authorize(quake(), "d", frozenset({1}), signed, alert=7, path=EMERGENCY)
    assert answer == Authorization(7, "d", "high", tuple(signed), EMERGENCY, timedelta(minutes=90))
    assert POLICY.authorize(quake(), "d", frozenset({1}), signed, alert=7) == Missing("high", {"review": 1, "sign": 1})


def test_what_a_machine_wrote_still_takes_two_persons_on_the_shortened_path() -> None:
    signed = [says(person(2), "sign", 0)]
    assert POLICY.authorize(quake(), "d", frozenset(), signed, alert=7, path=EMERGENCY) == Missing("high", {"sign": 1})


@pytest.mark.parametrize(
    ("official", "allowed"),
    [
        (person(1, YUBEI, unit="water office"), True),
        (person(1, YUBEI, unit="land office"), False),
        (person(1, CITY, unit="city"), True),
        (person(1, CITY, "department", "city water"), False),
        (person(1, BEIBEI, unit="neighbour"), False),
        (person(1, NATION, unit="State Council"), True),
    ],
)
def test_only_the_issuer_or_a_government_above_it_changes_a_warning(official: Official, *, allowed: bool) -> None:
    mine = quake(
        level=Level.BLUE, msg_type="Update", issuer_unit="water office", issuer_area=YUBEI, issuer_kind="government"
    )
    answer = POLICY.may(official, Right.SIGN, mine)
    assert isinstance(answer, Allowed) is allowed
    if not allowed:
        assert answer.rule in {"UC-1", "low"}
    alone = replace(POLICY, superior_may_override=False)
    assert isinstance(alone.may(official, Right.SIGN, mine), Allowed) is (official.unit == "water office")


def test_a_change_that_raises_the_level_beyond_the_issuer_is_handed_up_as_such() -> None:
    raised = quake(msg_type="Update", issuer_unit="water office", issuer_area=YUBEI, issuer_kind="government")
    answer = POLICY.may(person(1, YUBEI, unit="water office"), Right.SIGN, raised)
    assert isinstance(answer, HandUp)
    assert (answer.rule, answer.area, answer.trigger) == ("high", CITY, "HU-2")


PAPER = Grant(5, "city", CITY, "government", frozenset({Level.RED}), ("11C*",), frozenset({YUBEI}))


@pytest.mark.parametrize(
    ("paper", "stakes", "path", "allowed"),
    [
        (PAPER, quake(), FULL, True),
        (PAPER, quake(level=Level.ORANGE), FULL, False),
        (PAPER, quake(event="12A01"), FULL, False),
        (PAPER, quake(areas=frozenset({YUBEI, BEIBEI})), FULL, False),
        (PAPER, quake(areas=frozenset()), FULL, False),
        (replace(PAPER, channels=frozenset({"wecom"})), quake(), FULL, False),
        (replace(PAPER, emergency_only=True), quake(), FULL, False),
        (replace(PAPER, emergency_only=True), quake(), EMERGENCY, True),
        (replace(PAPER, area=BEIBEI), quake(), FULL, False),  # the grantor could not do it either
        (replace(PAPER, kind="department"), quake(), FULL, False),
    ],
)
def test_a_department_acts_within_its_paper_and_its_grantors_power(
    paper: Grant, stakes: Stakes, path: str, *, allowed: bool
) -> None:
    bureau = person(1, YUBEI, "department", "bureau", grants=(paper,))
    assert (POLICY.may(bureau, Right.SIGN, stakes, path) == Allowed("high", 5)) is allowed
    if not allowed:
        assert isinstance(POLICY.may(bureau, Right.SIGN, stakes, path), Denied)


@dataclass(frozen=True)
class Paper:
    """A standing authorisation as the policy sees one."""

    decisions: tuple[Decision, ...]
    maximum: tuple[Stakes, ...] = (quake(),)
    id: int = 3
    digest: str = "paper"
    authors: frozenset[int] = field(default_factory=lambda: frozenset({1}))
    refusal: str = ""

    def refuses(self, stakes: Stakes, at: datetime) -> str:
        return self.refusal


ENOUGH = (
    says(person(2), "review", 0, "paper"),
    says(person(3), "sign", 1, "paper"),
    says(person(4), "sign", 2, "paper"),
)


def standing(paper: Paper, stakes: Stakes | None = None, policy: Policy = POLICY) -> Authorization | Denied:
    return policy.authorize_standing(paper, stakes or quake(), "now", alert=7, at=NOON)


def test_a_standing_authorisation_with_all_its_signatures_authorizes_and_says_so() -> None:
    assert standing(Paper(ENOUGH)) == Authorization(7, "now", "high", ENOUGH, standing=3)


@pytest.mark.parametrize("taken", range(3))
def test_a_standing_authorisation_that_lacks_a_signature_releases_nothing(taken: int) -> None:
    answer = standing(Paper(tuple(one for at, one in enumerate(ENOUGH) if at != taken)))
    assert isinstance(answer, Denied)
    assert answer.rule == "high"


def test_decisions_on_another_paper_or_of_its_authors_do_not_count_for_it() -> None:
    assert isinstance(standing(Paper(tuple(replace(one, digest="other") for one in ENOUGH))), Denied)
    for number in (2, 3, 4):
        assert isinstance(standing(Paper(ENOUGH, authors=frozenset({number}))), Denied)


def test_a_paper_that_does_not_cover_the_release_or_is_out_of_time_is_denied_in_its_own_words() -> None:
    assert standing(Paper(ENOUGH, refusal="revoked")) == Denied("AUTH-1", "revoked")


def test_a_paper_must_be_enough_for_the_most_it_allows_though_less_is_released() -> None:
    low = quake(level=Level.BLUE)
    signed = ENOUGH[:2]
    assert isinstance(standing(Paper(signed, maximum=(low,)), low), Authorization)
    assert isinstance(standing(Paper(signed, maximum=(low, quake())), low), Denied)


def test_a_paper_must_be_enough_for_this_release_whatever_it_calls_its_most() -> None:
    assert isinstance(standing(Paper(ENOUGH[:2], maximum=(quake(level=Level.BLUE),))), Denied)


def test_no_paper_releases_what_is_not_for_the_public() -> None:
    unrest = quake(event="14A01")
    assert isinstance(standing(Paper(ENOUGH, maximum=(unrest,)), unrest), Denied)


def test_every_two_of_the_rules_hold_for_some_channel_together() -> None:
    names = {POLICY.requirement(quake(channels=frozenset(pair))).rule for pair in combinations(("sms", "voice"), 2)}
    assert names == {"high+voice"}
    assert POLICY.requirement(quake(channels=frozenset({"sms", "voice"}))).steps == {"review": 2, "sign": 2}
