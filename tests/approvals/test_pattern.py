"""Comparing patterns agrees with trying every short text."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from approvals.pattern import matches, meet, within

PATTERN = st.text("ab*", max_size=4)
TEXTS = ["".join(letters) for size in range(6) for letters in product("abc", repeat=size)]


def test_a_pattern_fits_the_whole_text_and_letter_case_is_nothing() -> None:
    assert matches("11b*", "11B03")
    assert not matches("11B", "11B03")
    assert matches("*暴雨*", "特大暴雨红色")
    assert not matches("1.B*", "11B03")


@given(PATTERN, PATTERN)
def test_two_patterns_meet_exactly_when_some_text_fits_both(one: str, other: str) -> None:
    assert meet(one, other) == any(matches(one, text) and matches(other, text) for text in (*TEXTS, _both(one, other)))


@given(PATTERN, PATTERN)
def test_a_pattern_lies_within_another_exactly_when_all_its_texts_do(narrow: str, wide: str) -> None:
    texts = (*TEXTS, *(narrow.replace("*", filler) for filler in ("", "c", "cc", "abc")))
    assert within(narrow, wide) == all(matches(wide, text) for text in texts if matches(narrow, text))


def _both(one: str, other: str) -> str:
    """A text that fits both, if the fixed ends agree: the letters of one, then of the other."""
    return one.replace("*", "") + other.replace("*", "")
