"""The ladder of calls against what a sentence of the rules says, minute by minute, for whatever people and answers."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.callout.calling_order import (
    HOUR_MS,
    MINUTE_MS,
    Callee,
    CallingPace,
    CallingState,
    PastCall,
    next_calls,
    rungs_of,
)
from hub.dossier.missing_persons import lacking

PACE = CallingPace(repeat=3 * MINUTE_MS, climb=10 * MINUTE_MS, tries=3, slow=30 * MINUTE_MS, per_hour=4)
PEOPLE = st.lists(st.integers(1, 6), unique=True, max_size=5)


def callee(number: int) -> Callee:
    return Callee(number, ("sms", "voice")[: 1 + number % 2])


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.integers(1, 3), PEOPLE, PEOPLE, st.dictionaries(st.integers(1, 6), st.integers(0, 40)), st.randoms())
def test_everybody_is_called_in_turn_never_too_often_and_never_after_they_answered(
    able, wanted, leaders, above, answers, random
) -> None:
    people = [[callee(each) for each in group] for group in (able, leaders, above)]
    steps = rungs_of(people[0], wanted, people[1], [people[2]])
    assert sorted(each.official for step in steps for each in step) == sorted({*able, *leaders, *above})
    made: list[PastCall] = []
    recent: dict[tuple[int, str], list[int]] = defaultdict(list)
    step, since, reached_at = 0, 0, {0: 0}
    for now in range(0, 120 * MINUTE_MS, random.choice((MINUTE_MS, 15_000))):
        made = [
            PastCall(
                each.official, each.channel, each.at, acknowledged=now >= answers.get(each.official, 999) * MINUTE_MS
            )
            for each in made
        ]
        found = next_calls(steps, CallingState(step, since, made, recent), PACE, now)
        if found.step != step:
            assert found.step == step + 1
            assert now >= since + PACE.climb
            reached_at[found.step] = now
        step, since = found.step, found.step_at
        for official, channel in found.calls:
            times = recent[official, channel]
            assert not any(each.official == official and each.acknowledged for each in made)
            assert not times or now - times[-1] >= PACE.repeat
            assert sum(now - at < HOUR_MS for at in times) < PACE.per_hour
            assert official in {each.official for reached in steps[: step + 1] for each in reached}
            times.append(now)
            made.append(PastCall(official, channel, now))
        assert found.next_at > now
    for number, at in reached_at.items():
        for each in steps[number] if steps else ():
            first = [recent[each.official, channel][:1] for channel in each.channels]
            assert first == [[at]] * len(each.channels), "whoever is reached for is called at once, over everything"
    assert set(reached_at) == set(range(len(steps))) or not steps


def test_where_too_few_are_on_duty_their_leaders_are_called_at_once() -> None:
    one, two, head = callee(1), callee(2), callee(3)
    assert rungs_of([one], 2, [head], [[two]]) == ((one, head), (two,))
    assert rungs_of([one, two], 2, [head], []) == ((one, two), (head,))
    assert rungs_of([], 1, [], [[two]]) == ((two,),)
    assert rungs_of([], 1, [], []) == ()


def test_a_ladder_without_anybody_says_so_and_is_looked_at_again() -> None:
    found = next_calls((), CallingState(0, 0, (), {}), PACE, 5)
    assert (found.calls, found.exhausted, found.next_at > 5) == ((), True, True)


STEPS = ("review", "sign", "other")


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(STEPS), st.integers(1, 2), min_size=1),
    st.dictionaries(st.sampled_from(STEPS), st.frozensets(st.integers(1, 5))),
)
def test_what_is_lacking_is_what_no_assignment_of_persons_to_steps_can_fill(wanted, able) -> None:
    seats = [step for step, count in wanted.items() for _ in range(count)]
    people = sorted(frozenset().union(*able.values())) if able else []
    # Naively: every way to seat distinct persons, or nobody, and the best of them.
    best = max(
        sum(who is not None and who in able.get(step, ()) for step, who in zip(seats, seating, strict=True))
        for seating in itertools.product([None, *people], repeat=len(seats))
        if len([each for each in seating if each]) == len({each for each in seating if each})
    )
    found = lacking(wanted, able)
    assert sum(each.wanted - each.on_duty for each in found) == len(seats) - best
    assert all(0 <= each.on_duty < each.wanted == wanted[each.step] for each in found)


@pytest.mark.parametrize("able", [{"review": {1}, "sign": {1}}, {"review": {1, 2}, "sign": {1}}])
def test_one_person_never_fills_two_steps(able) -> None:
    found = lacking({"review": 1, "sign": 1}, able)
    assert [(each.step, each.on_duty) for each in found] == ([("sign", 0)] if able["review"] == {1} else [])
