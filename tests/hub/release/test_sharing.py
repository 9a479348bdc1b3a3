"""People divided among channels of one medium: each over one, by weight, and who shares a number together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from hub.release import sharing
from hub.store.delivery.health import ChannelHealth
from hub.store.register import shared

WEIGHTS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=1)
PEOPLE = st.frozensets(st.integers(1, 2**32 - 1), max_size=60)


def divided(people: Any, weights: dict[str, float], sick: Any = (), together: Any = ()) -> dict[str, BitMap]:
    """As `share` divides them where these channels are sick and these people may share a number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "sharing", lambda _: BitMap(together))
        patch.setattr(sharing, "count_outcomes", lambda _c, name, *_: ChannelHealth(9, 9 if name in sick else 0))
        return sharing.share(None, BitMap(people), weights, 0)  # type: ignore[arg-type]


@given(PEOPLE, WEIGHTS, st.frozensets(st.sampled_from("abcd")), PEOPLE)
def test_everybody_is_in_one_share_and_the_sick_have_none_where_another_is_well(
    people: frozenset[int], weights: dict[str, float], sick: frozenset[str], together: frozenset[int]
) -> None:
    found = divided(people, weights, sick, together)
    assert found.keys() == weights.keys()
    assert sum(map(len, found.values())) == len(people)
    assert BitMap.union(BitMap(), *found.values()) == BitMap(people)
    assert sum(bool(bits & BitMap(together)) for bits in found.values()) <= 1
    if weights.keys() - sick:
        assert not any(found[name] for name in weights.keys() & sick)


def test_shares_are_as_the_weights_are_and_neighbours_are_not_all_with_one() -> None:
    found = divided(range(1, 10_001), {"a": 3.0, "b": 1.0, "c": 0.0})
    assert abs(len(found["a"]) - 7500) < 300
    assert not found["c"]
    village = BitMap(range(1, 41))
    assert all(found[name] & village for name in "ab")


def test_few_messages_say_nothing_of_a_channel() -> None:
    with pytest.MonkeyPatch.context() as patch:
        for begun, troubled, sick in ((2, 2, False), (3, 2, True), (10, 4, False), (10, 5, True), (0, 0, False)):
            patch.setattr(sharing, "count_outcomes", lambda *_, told=(begun, troubled): ChannelHealth(*told))
            assert sharing.is_sick(None, "sms", 0) is sick  # type: ignore[arg-type]
