"""Addresses are recognised where they do not belong, and shown so that nobody can send to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.masking import ADDRESSES, holds_address, mask_address, without_addresses


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("+8613800138000", "138****8000"),
        ("+8675512345678", "755****5678"),
        ("+14155550123", "141****0123"),
        ("zhang@example.org", "z***@e***"),
        ("+4912345", "4***"),
        ("wecom-user", "w***"),
        ("", "***"),
    ],
)
def test_a_view_shows_the_ends_of_an_address_only(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_at_least_four_digits_of_every_number_are_hidden(number: str) -> None:
    hidden = len(number.removeprefix("+86").lstrip("+")) - sum(map(str.isdigit, mask_address(number)))
    assert hidden >= 4


@given(st.one_of(st.text(), st.from_regex(r"[-0-9+(). @a-z]{0,40}", fullmatch=True)))
def test_what_holds_an_address_holds_none_after_masking_and_nothing_else_is_touched(text: str) -> None:
    assert holds_address(text) == any(pattern.search(text) for pattern, _ in ADDRESSES)
    assert (without_addresses(text) == text) == (not holds_address(text))
