"""Statements about the bitmap index: who is in a region, group, cell, who speaks a language or has a channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.keyed import rows_by
from targeting.bitmap import pack, united, unpack

REGION, GROUP, LANGUAGE, CHANNEL, CELL = "region", "group", "language", "channel", "cell"


@dataclass(slots=True)
class Changes:
    """What an import adds to and takes from the bitmaps; collected first, applied in one go."""

    added: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    taken: defaultdict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


def apply(connection: Connection, changes: Changes) -> None:
    """Changes the index. A person both taken from and added to one bitmap is in it afterwards. Empty ones go."""
    kinds: dict[str, set[str]] = {}
    for kind, key in changes.added.keys() | changes.taken.keys():
        kinds.setdefault(kind, set()).add(key)
    kept, emptied = [], []
    for kind, keys in kinds.items():
        before = read(connection, kind, keys)
        for key in keys:
            bits = before.get(key) or BitMap()
            bits -= BitMap(changes.taken.get((kind, key), ()))
            bits |= BitMap(changes.added.get((kind, key), ()))
            if bits:
                kept.append((kind, key, pack(bits)))
            elif key in before:
                emptied.append((kind, key))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    if kept:
        connection.exec_driver_sql(
            f"INSERT INTO bitmaps (kind, key, bits) VALUES ({mark}, {mark}, {mark}) "
            "ON CONFLICT (kind, key) DO UPDATE SET bits = excluded.bits",
            kept,
        )
    if emptied:
        connection.exec_driver_sql(f"DELETE FROM bitmaps WHERE kind = {mark} AND key = {mark}", emptied)


def read(connection: Connection, kind: str, keys: Iterable[str]) -> Mapping[str, BitMap]:
    """The bitmaps of these keys that hold anyone."""
    rows = rows_by(connection, f"SELECT key, bits FROM bitmaps WHERE kind = '{kind}' AND key {{among}}", keys)
    return {key: unpack(bytes(bits)) for key, bits in rows}


def one(connection: Connection, kind: str, key: str) -> BitMap:
    """The bitmap of one key; empty where nobody is filed under it."""
    return read(connection, kind, (key,)).get(key) or BitMap()


def union(connection: Connection, kind: str, keys: Iterable[str]) -> BitMap:
    """Everyone filed under any of the keys."""
    rows = rows_by(connection, f"SELECT bits FROM bitmaps WHERE kind = '{kind}' AND key {{among}}", keys)
    return united(bytes(row[0]) for row in rows)


def all_of(connection: Connection, kind: str) -> Mapping[str, BitMap]:
    """Every bitmap of a kind: for kinds with few keys, languages, channels and groups."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = connection.exec_driver_sql(f"SELECT key, bits FROM bitmaps WHERE kind = {mark}", (kind,)).fetchall()
    return {key: unpack(bytes(bits)) for key, bits in rows}


def keys_between(connection: Connection, kind: str, low: str, high: str) -> list[str]:
    """The keys of a kind in a range of texts, ends included, in order."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT key FROM bitmaps WHERE kind = {mark} AND key BETWEEN {mark} AND {mark} ORDER BY key"
    return [row[0] for row in connection.exec_driver_sql(statement, (kind, low, high))]
