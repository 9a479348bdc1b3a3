"""How often people were warned lately equals what counting them one by one gives."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from hub.estimate.load import HOUR_MS, MOST, Load, loads
from hub.store.register.fatigue import ReleasedOrder

persons = st.frozensets(st.integers(0, 12))
NOW = 400 * HOUR_MS


def counted(selection: frozenset[int], audiences: list[frozenset[int]]) -> dict[str, int]:
    times = Counter(min(sum(person in each for each in audiences), MOST) for person in selection)
    return {f"{MOST}+" if count == MOST else str(count): number for count, number in times.items() if number}


@given(selection=persons, audiences=st.lists(persons, max_size=14))
def test_a_histogram_is_what_a_scan_counts(selection: frozenset[int], audiences: list[frozenset[int]]) -> None:
    load = Load(BitMap(selection))
    for audience in audiences:
        load.add(BitMap(audience))
    assert {count: number for count, number in load.histogram.items() if number} == counted(selection, audiences)
    assert sum(load.histogram.values()) == len(selection)
    for budget in range(1, MOST + 1):
        tired = {person for person in selection if sum(person in each for each in audiences) >= budget}
        assert set(load.having(budget)) == tired


@given(selection=persons, sent=st.lists(st.tuples(st.integers(0, 200), persons), max_size=10))
def test_each_window_holds_what_was_released_in_it(
    selection: frozenset[int], sent: list[tuple[int, frozenset[int]]]
) -> None:
    newest_first = sorted(sent, key=lambda each: each[0])
    orders = [ReleasedOrder(NOW - hours * HOUR_MS, BitMap(audience)) for hours, audience in newest_first]
    found = loads(BitMap(selection), orders, NOW, (168, 24))
    assert list(found) == [24, 168]
    for hours, load in found.items():
        within = [audience for ago, audience in newest_first if ago <= hours]
        told = {count: number for count, number in load.histogram.items() if number}
        if hours == 24 or not [ago for ago, _ in sent if ago > 168]:  # the reader asks for a week and no more
            assert (load.alerts, told) == (len(within), counted(selection, within))
