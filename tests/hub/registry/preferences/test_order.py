"""A person's own order of channels: a ladder climbed otherwise, on which everybody who was on the plan's still is."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
import pytest
from hypothesis import given
from pyroaring import BitMap

from hub.errors import Invalid
from hub.registry.preferences.order import Steps, escalation_orders, read, reorder_channels
from hub.store.register import preferences
from hub.store.register.preferences import Preferences, Way
from tests.stories.town import BRIDGE, Cast

CHANNELS = ("sms", "voice", "email", "wecom", "app")

orders = st.permutations(CHANNELS).flatmap(lambda line: st.integers(0, 5).map(lambda most: tuple(line[:most])))


@st.composite
def trees(draw: st.DrawFn) -> Steps:
    """Ladders as plans have them: each channel comes after at most one other."""
    line = draw(st.permutations(CHANNELS))
    steps = []
    for at, then in enumerate(line[1:], 1):
        before = draw(st.sampled_from([None, *line[:at]]))
        if before is not None:
            steps.append((before, then))
    return tuple(steps)


def after(steps: Steps, channel: str) -> set[str]:
    """Everything that comes after a channel."""
    found = {then for before, then in steps if before == channel}
    return found.union(*(after(steps, then) for then in found))


@given(trees(), orders)
def test_the_same_channels_are_tried_and_those_that_are_ordered_in_their_order(steps: Steps, order: tuple[str, ...]):
    own = reorder_channels(steps, order)
    joined = {name for step in steps for name in step}
    assert {name for step in own for name in step} == joined
    assert not any(name in after(own, name) for name in joined), "a ring begins nowhere"
    for part in _parts(steps):
        firsts = part - {then for _, then in own}
        assert len(firsts) == 1, "one channel of those that hang together is the first"
        ordered = [name for name in order if name in part]
        if len(ordered) > 1:
            assert all(then in after(own, before) for before, then in itertools.pairwise(ordered))


def _parts(steps: Steps) -> list[set[str]]:
    parts: list[set[str]] = []
    for step in steps:
        touching = [part for part in parts if part & set(step)]
        parts = [part for part in parts if part not in touching] + [set(step).union(*touching)]
    return parts


@given(trees())
def test_who_orders_nothing_climbs_the_plan(steps: Steps) -> None:
    assert reorder_channels(steps, ()) == steps


@pytest.mark.parametrize("names", [["sms", "sms"], ["pigeon"]])
def test_an_order_names_channels_that_are_there_once(names: list[str]) -> None:
    with pytest.raises(Invalid):
        read(names, CHANNELS)


async def test_who_orders_the_call_first_is_called_and_gets_the_message_where_nobody_answers(settle) -> None:
    town = await settle(Cast(bridge=4, river=0, hills=0))
    wish = {town.ids[name]: Preferences(order=("voice", "sms")) for name in ("bridge-0", "bridge-1", "bridge-2")}
    await town.hub.db.write(lambda connection: preferences.store_preferences(connection, wish, Way("page", 1)))
    await town.moves("bridge-2", BRIDGE, without="voice")
    town.fate("bridge-1", voice="off")
    flood = await town.warns(town.cap(severity="Moderate"))
    await town.rests()
    await town.inbox("voice").expects(flood, {"bridge-0", "bridge-1"})
    await town.inbox("sms").expects(flood, {"bridge-1", "bridge-2", "bridge-3"})
    red = await town.warns(town.cap(severity="Extreme"))
    await town.rests()
    await town.inbox("sms").expects(red, town.people("bridge"))


async def test_everybody_is_on_one_ladder_and_the_law_knows_only_the_plans(db) -> None:
    steps = (("sms", "voice"),)
    wishes = {
        1: Preferences(order=("voice", "sms")),
        2: Preferences(order=("sms", "voice")),
        3: Preferences(order=("voice",)),
    }

    def work(connection):
        way = Way("page", 1)
        preferences.store_preferences(connection, wishes, way)
        return [escalation_orders(connection, steps, {}, override=override) for override in (False, True)]

    own, law = await db.write(work)
    people = {1, 2, 3, 4}
    assert [rungs.steps for rungs in own].count(steps) == 1
    shares = [set(rungs.of(_bits(people))) for rungs in own]
    assert sorted(number for share in shares for number in share) == sorted(people)
    assert [(rungs.steps, set(rungs.of(_bits(people)))) for rungs in law] == [(steps, people)]


def _bits(people: set[int]) -> BitMap:

    return BitMap(people)
