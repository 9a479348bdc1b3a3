"""What the numbers and keys of a request stand for, so that whoever agrees to it reads a name and not a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import Connection

from hub.store.access import officials
from hub.store.register import endpoints, partners, regions

ACCOUNTS = ("official", "account_of")
REGIONS = ("area", "areas", "region", "regions")


def names_in(connection: Connection, payload: Mapping[str, Any]) -> dict[str, str]:
    """By field, as they are called now; a field that stands for nothing known is left out."""
    found = (_accounts(connection, payload), _places(connection, payload), _targets(connection, payload))
    return dict(chain.from_iterable(found))


def _accounts(connection: Connection, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ACCOUNTS:
        number = payload.get(field)
        record = officials.by_id(connection, number) if isinstance(number, int) and number else None
        if record is not None:
            yield field, f"{record.official.name}, {record.official.unit}"


def _places(connection: Connection, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in REGIONS:
        given = payload.get(field)
        keys = [given] if isinstance(given, str) else list(given or ())
        known = regions.names_by_key(connection, keys) if keys else {}
        if named := [known[key] for key in keys if key in known]:
            yield field, "、".join(named)


def _targets(connection: Connection, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(number := payload.get("endpoint"), int):
        yield from (("endpoint", each.name) for each in endpoints.list_all(connection) if each.id == number)
    if isinstance(number := payload.get("partner"), int):
        yield from (("partner", each.name) for each in partners.list_all(connection) if each.id == number)
