"""That a property can fail: by what it asserts, and by hardly ever asserting anything."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.for_all import HardlyReached, for_all


def test_a_property_that_hardly_speaks_of_its_examples_fails() -> None:
    @for_all(st.integers(0, 10**9))
    def is_rare(number: int) -> bool:
        return number == 10**9 // 2

    with pytest.raises(HardlyReached, match="is_rare"):
        is_rare()


def test_a_property_that_is_not_so_fails_as_its_assert_does() -> None:
    @for_all(st.integers(0, 9), st.integers(0, 9))
    def adds(one: int, other: int) -> bool:
        assert one + other < 18
        return True

    with pytest.raises(AssertionError, match="18"):
        adds()


def test_a_property_that_holds_of_enough_examples_passes() -> None:
    seen: list[bool] = []

    @for_all(st.booleans())
    def is_half(yes: bool) -> bool:
        seen.append(yes)
        return yes

    is_half()
    assert set(seen) == {True, False}
