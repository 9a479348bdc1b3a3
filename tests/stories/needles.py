"""How an address may be spelled where it does not belong, and the search for every spelling."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote


def spellings(address: str) -> set[bytes]:
    """Every form in which the address might lie about: with and without its country, spaced, encoded, packed."""
    plain = {address}
    if address.startswith("+86"):
        own = address.removeprefix("+86")
        parts = (own[:3], own[3:7], own[7:])
        plain |= {own, f"0086{own}", *(f"{mark.join(parts)}" for mark in (" ", "-", "."))}
    found: set[bytes] = set()
    for text in plain:
        raw = text.encode()
        found |= {raw, quote(text, safe="").encode(), text.encode("utf-16-le"), text.encode("utf-16-be")}
        found |= {raw.hex().encode(), raw.hex().upper().encode(), *_base64(raw)}
    return found


def _base64(raw: bytes) -> Iterable[bytes]:
    """What is the same wherever in a base64 text the bytes begin (RFC 4648 §4: three bytes are four characters)."""
    for before in range(3):
        whole = len(raw) + before
        told = base64.b64encode(b"\0" * before + raw)[-(-before * 8 // 6) : whole // 3 * 4]
        yield told
        yield told.translate(bytes.maketrans(b"+/", b"-_"))


class Needles:
    """All spellings of all addresses, searched for at once."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._owners = {spelling: address for address in addresses for spelling in spellings(address)}
        told = sorted(self._owners, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, told)))

    def within(self, haystack: bytes | str) -> set[str]:
        """Each spelling that is there, with what stands around it: a leak is to be found, not only to be known of."""
        data = haystack.encode("utf-8", "surrogatepass") if isinstance(haystack, str) else haystack
        return {repr(data[max(0, at.start() - 60) : at.end() + 30]) for at in self._pattern.finditer(data)}
