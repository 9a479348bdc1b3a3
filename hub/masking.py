"""Addresses of persons in places where they do not belong: recognised in any text, and shown with their middle gone."""

from __future__ import annotations

import re

_SEPARATOR = r"[\s().-]{0,2}"
#: what looks like an address of a person, and what stands in its place
ADDRESSES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*"), "[address]"),  # RFC 5322 dot-atom at a domain
    (
        re.compile(r"(?:\+|(?<!\d)00)" + _SEPARATOR + r"[1-9](?:" + _SEPARATOR + r"\d){6,14}(?!\d)"),
        "[number]",
    ),  # ITU-T E.164
    (re.compile(r"(?<!\d)(?:86[\s-]?)?1[3-9]\d(?:[\s.-]?\d{4}){2}(?!\d)"), "[number]"),  # Chinese mobile
    (re.compile(r"(?<!\d)0\d{2,3}[\s-]\d{7,8}(?!\d)"), "[number]"),  # Chinese fixed line
    (re.compile(r"(?<!\d)\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)"), "[number]"),  # North American
)
_LONG = re.compile(r"\d[\d\s().+-]{5,}\d")  #: the least that any of the numbers above has
_HEAD, _TAIL = 3, 4  #: digits of a telephone number that are shown
_LEAST = _HEAD + _TAIL + 4  #: of a shorter number four more digits would not stay hidden


def without_addresses(text: str) -> str:
    """The text with everything that looks like a telephone number or a mailbox replaced by a word."""
    for pattern, instead in ADDRESSES:
        text = pattern.sub(instead, text)
    return text


def holds_address(text: str) -> bool:
    """Whether anything in the text looks like a telephone number or a mailbox."""
    if "@" not in text and not _LONG.search(text):  # nearly every text: this is asked of every row of a register
        return False
    return any(pattern.search(text) for pattern, _ in ADDRESSES)


def mask_address(address: str) -> str:
    """A canonical address as views show it: 138****0000, z***@e***; of anything else its first character.

    It lets two people speak of the same address and nobody send to it.
    """
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}***@{domain[:1]}***"
    digits = address.removeprefix("+86").lstrip("+")
    if digits.isdecimal() and len(digits) >= _LEAST:
        return f"{digits[:_HEAD]}****{digits[-_TAIL:]}"
    return f"{digits[:1]}***"
