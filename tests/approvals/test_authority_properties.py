"""What holds of every answer the policy gives, whoever asks about whatever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from approvals.answer import Allowed, Referral
from approvals.authority import Missing
from approvals.decision import Decision
from approvals.grant import EMERGENCY, FULL, Grant
from approvals.level import Level
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from targeting.region import covers
from tests.approvals.sample_policy import ACTS, BEIBEI, CITY, NATION, NOON, POLICY, TOWN, YUBEI, says
from tests.for_all import for_all, mostly

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
    PolicyInput,
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
AT_HAND = PolicyInput(
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
    official: Official, stakes: PolicyInput, act: Right, taken: Right, path: str
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
def test_a_further_target_never_allows_more(official: Official, stakes: PolicyInput, act: Right, area: str) -> bool:
    wider = replace(stakes, areas=stakes.areas | {area})
    if not stakes.areas or not isinstance(POLICY.may(official, act, wider), Allowed):
        return False
    assert isinstance(POLICY.may(official, act, stakes), Allowed)
    return True


@for_all(ANYBODY, ANYTHING, st.sampled_from(ACTS), st.sampled_from(["sms", "voice", "wecom"]))
def test_a_further_channel_never_allows_more(official: Official, stakes: PolicyInput, act: Right, channel: str) -> bool:
    wider = replace(stakes, channels=stakes.channels | {channel})
    if not stakes.channels or not isinstance(POLICY.may(official, act, wider), Allowed):
        return False
    assert isinstance(POLICY.may(official, act, stakes), Allowed)
    return True


@for_all(STAKES, st.sampled_from(["sms", "voice", "wecom"]))
def test_a_further_channel_never_asks_for_fewer_persons(stakes: PolicyInput, channel: str) -> bool:
    if not stakes.channels:
        return False
    wider = replace(stakes, channels=stakes.channels | {channel})
    more, fewer = POLICY.requirement(wider).steps, POLICY.requirement(stakes).steps
    assert all(more.get(step, 0) >= number for step, number in fewer.items())
    return True


@for_all(mostly(LENDING, OFFICIALS), MEANT, st.sampled_from(ACTS), PATHS)
def test_a_lent_power_is_never_more_than_its_grantor_has(
    official: Official, stakes: PolicyInput, act: Right, path: str
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
def test_what_is_referred_goes_to_an_area_that_answers_for_every_target_or_one_above(
    official: Official, stakes: PolicyInput, act: Right
) -> bool:
    answer = POLICY.may(official, act, stakes)
    if not isinstance(answer, Referral) or answer.trigger == "HU-5":
        return False
    assert answer.area == NATION or (stakes.areas and all(covers(answer.area, key) for key in stakes.areas))
    return True


@for_all(mostly(BELOW, OFFICIALS), ANYTHING, st.sampled_from(ACTS))
def test_whoever_holds_the_office_and_right_in_the_unit_it_is_referred_to_may(
    official: Official, stakes: PolicyInput, act: Right
) -> bool:
    answer = POLICY.may(official, act, stakes)
    if not isinstance(answer, Referral) or answer.trigger == "HU-5":
        return False
    kind = answer.kinds[0] if answer.kinds else "government"
    there = Official(9, "there", "there", answer.area, frozenset({act}), kind, "leader")
    then = POLICY.may(there, act, replace(stakes, issuer_unit=""))
    # A release that two rules hold for may need to be referred once more, for the other rule.
    assert isinstance(then, Allowed) or then.rule != answer.rule
    return True


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
    decisions: list[Decision], stakes: PolicyInput, authors: frozenset[int], path: str
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
