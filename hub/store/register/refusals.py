"""Statements about addresses that refused: found by keyed hash, and sealed, so that a new hash key can find them too.

Nobody need be registered with such an address, now or ever: its refusal holds for whoever is, later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, delete, func, insert, or_, select

from hub.crypto.vault import Sealer
from hub.store.register import preferences
from hub.store.register.addresses import holders
from hub.store.register.batch import MARK_BYTES
from hub.store.register.preferences import Preferences, Way
from hub.store.schema import address_opt_outs
from hub.store.sql.keyed import rows_by
from hub.store.sql.packed import Entries

_T = address_opt_outs.c


@dataclass(frozen=True, slots=True)
class Source:
    """An address that said something: its keyed hashes, the newest first, and the address as it will be kept."""

    column: str
    hashes: tuple[bytes, ...]
    sealed: bytes
    kids: tuple[str, str]  #: names of the keys that sealed and hashed it

    @classmethod
    def of(cls, box: Sealer, channel: str, address: str) -> Source:
        """Of a canonical address."""
        [sealed] = box.seal_many([{channel: address}])
        return cls(channel, box.fingerprints(channel, address), sealed, (box.seal_kid, box.hash_kid))


def answer(connection: Connection, source: Source, way: Way, *, refused: bool) -> bool:
    """Keeps that an address refused, or takes it back. False where a later word of the same address is known.

    Once it is taken back the address itself is no longer kept: only that this was its last word.
    """
    here = (_T.address_column == source.column) & _T.hash.in_(source.hashes)
    known = connection.execute(select(func.max(_T.at)).where(here)).scalar()
    if known is None and not refused:
        return True
    if known is not None and known > way.at:
        return False
    # One that is known under an older key moves to the newest.
    connection.execute(delete(address_opt_outs).where(here))
    sealed, kids = (source.sealed, source.kids) if refused else (b"", ("", ""))
    row = {"address_column": source.column, "hash": source.hashes[0], "refused": refused, "at": way.at}
    connection.execute(insert(address_opt_outs).values(row | _keys(sealed, kids)))
    return True


def apply_opt_outs(connection: Connection, entries: Entries, now_ms: int) -> None:
    """Of people registered with addresses: whose address refused before has refused that channel, whoever they are.

    Who took the same channel back since, for themselves, is left as they are.
    """
    columns = (_T.address_column, _T.hash, _T.at)
    refused = connection.execute(select(*columns).where(_T.refused)).all() if len(entries) else []
    if not refused:
        return
    marks = {int.from_bytes(bytes(hashed)[:MARK_BYTES], "big"): (channel, at) for channel, hashed, at in refused}
    met = entries[np.isin(entries["mark"], np.fromiter(marks, dtype=np.uint64, count=len(marks)))].tolist()
    _apply(connection, [(number, *marks[mark]) for mark, number in met], now_ms)


def renew(connection: Connection, box: Sealer, most: int, now_ms: int) -> int:
    """Brings the next refusals under the keys in force, in the caller's transaction; how many, 0 when all are.

    Whoever was registered with such an address meanwhile, under a hash the refusal was not yet kept by, is found now.
    """
    old = _T.refused & or_(_T.seal_kid != box.seal_kid, _T.hash_kid != box.hash_kid)
    rows = connection.execute(select(address_opt_outs).where(old).limit(most).with_for_update()).all()
    for row in rows:
        connection.execute(delete(address_opt_outs).where(_T.address_column == row.address_column, _T.hash == row.hash))
        [(channel, address)] = box.open(bytes(row.sealed)).items()
        source = Source.of(box, channel, address)
        if not answer(connection, source, Way(channel, row.at), refused=True):
            continue  # a later word is already known under a newer key
        people = {number for found in holders(connection, source.hashes).values() for number in found}
        _apply(connection, [(number, channel, row.at) for number in sorted(people)], now_ms)
    return len(rows)


def needs(connection: Connection, purpose: str, kid: str) -> int:
    """How many refusals still need a key."""
    column = _T.seal_kid if purpose == "seal" else _T.hash_kid
    found: int = connection.execute(select(func.count()).where(_T.refused, column == kid)).scalar_one()
    return found


def forget(connection: Connection, hashes: Iterable[bytes]) -> None:
    """Drops what these addresses said: with the person, not before."""
    connection.execute(delete(address_opt_outs).where(_T.hash.in_(list(hashes))))


def _apply(connection: Connection, refusals: Iterable[tuple[int, str, int]], now_ms: int) -> None:
    """Each is (recipient, channel, when it was refused)."""
    wanted: dict[int, Preferences] = {}
    refusals = list(refusals)
    known = preferences.of(connection, {number for number, *_ in refusals})
    taken_back = _last_taken_back(connection, refusals)
    for number, channel, at in refusals:
        if taken_back.get((number, channel), -1) > at:
            continue
        choice = wanted.get(number) or known.get(number, Preferences())
        wanted[number] = choice.refusing(choice.refused | {channel})
    preferences.store_preferences(connection, wanted, Way("import", now_ms))


def _last_taken_back(connection: Connection, refusals: Iterable[tuple[int, str, int]]) -> Mapping[tuple[int, str], int]:
    """When each of these people last took a channel back."""
    statement = (
        "SELECT recipient, before, after, at FROM preferences_history WHERE what = 'refused' AND recipient {among}"
    )
    found: dict[tuple[int, str], int] = {}
    for number, before, after, at in rows_by(connection, statement, {number for number, *_ in refusals}):
        for channel in set(before.split(",")) - set(after.split(",")):
            found[number, channel] = max(at, found.get((number, channel), -1))
    return found


def _keys(sealed: bytes, kids: tuple[str, str]) -> dict[str, Any]:
    return {"sealed": sealed, "seal_kid": kids[0], "hash_kid": kids[1]}
