"""Addresses are refused where no provider could reach them, and otherwise have one spelling."""

from __future__ import annotations

import pytest

from channels.address import mailbox, phone


@pytest.mark.parametrize("text", ["138 0013 8000", "+8613800138000", "0086 13800138000", "86 138-0013-8000"])
def test_a_number_has_one_spelling_however_it_is_written(text: str) -> None:
    assert phone(text) == "+8613800138000"


@pytest.mark.parametrize("text", ["12345", "", "abc", "+86", "13800138000 ext. 12", "+1" + "9" * 30])
def test_what_no_provider_could_reach_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        phone(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("text", ["a@b", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "@example.org", ""])
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        mailbox(text)


def test_a_mailbox_is_kept_as_it_is_with_its_domain_in_lower_case() -> None:
    assert mailbox(" First.last+tag@Sub.Example.org ") == "First.last+tag@sub.example.org"
