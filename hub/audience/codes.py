"""Codes that name many places at once, such as a whole state or a range of zones, as the regions known here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlalchemy import Connection

from hub.store.register import regions
from targeting.audience import Audience
from targeting.nws import spans_of


def expand_codes(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    """The keys with every stored region that one of them holds.

    The code of the many stays where people may be registered under it, and where none of the many is known: then it is
    reported as nobody's, never passed over.
    """
    return frozenset(each for key in keys for each in _many(connection, key))


def expand_regions(connection: Connection, audience: Audience) -> Audience:
    """The audience with its regions expanded."""
    return replace(audience, regions=expand_codes(connection, audience.regions))


def _many(connection: Connection, key: str) -> Iterator[str]:
    found = [each for first, last in spans_of(key) for each in regions.keys_between(connection, first, last)]
    yield from found
    if not found or regions.by_key(connection, key) is not None:
        yield key
