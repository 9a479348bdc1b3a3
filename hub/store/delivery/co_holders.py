"""Statements about who is told by a message to a number that several people have.

The bearer has the delivery; the co-holders have none, and what became of the bearer's became of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.store.sql.blocks import Ids, bits_of
from hub.store.sql.bulk import BulkStatement
from hub.store.sql.keyed import insert_many, rows_by

_DROP = BulkStatement(
    "DELETE FROM co_holders WHERE campaign = ? AND bearer = ? AND holder = ?",
    "DELETE FROM co_holders h USING unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS gone(c, b, p)"
    " WHERE h.campaign = gone.c AND h.bearer = gone.b AND h.holder = gone.p",
)


@dataclass(frozen=True, slots=True)
class CoHolders:
    """Of one campaign, pair by pair, in the order of bearers."""

    bearers: Ids
    holders: Ids

    @property
    def people(self) -> BitMap:
        """Everyone who has no delivery of their own."""
        return bits_of(self.holders)

    def of(self, bits: BitMap) -> BitMap:
        """The co-holders of these bearers."""
        if not len(self.bearers) or not bits:
            return BitMap()
        return bits_of(self.holders[np.isin(self.bearers, np.frombuffer(bits.to_array(), dtype=np.uint32))])

    def bearers_of(self, bits: BitMap) -> BitMap:
        """Who bears the messages of these co-holders."""
        if not len(self.holders) or not bits:
            return BitMap()
        return bits_of(self.bearers[np.isin(self.holders, np.frombuffer(bits.to_array(), dtype=np.uint32))])

    def sizes(self) -> Sequence[int]:
        """How many people each of the messages tells that tell several."""
        told: Sequence[int] = (np.unique(self.bearers, return_counts=True)[1] + 1).tolist()
        return told


def of_campaign(connection: Connection, campaign: int) -> CoHolders:
    """All of one campaign; of most there are none."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT bearer, holder FROM co_holders WHERE campaign = {mark} ORDER BY bearer, holder"
    result = connection.exec_driver_sql(statement, (campaign,))
    rows = result.cursor.fetchall() if result.cursor is not None else []
    result.close()
    table = np.array(rows, dtype=np.uint32).reshape(-1, 2)
    return CoHolders(table[:, 0], table[:, 1])


def of_bearers(connection: Connection, campaign: int, bearers: Iterable[int]) -> Mapping[int, Sequence[int]]:
    """Bearer to co-holders, of those who have any. The hot path: where nobody has, one look says so."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    some = connection.exec_driver_sql(f"SELECT 1 FROM co_holders WHERE campaign = {mark} LIMIT 1", (campaign,))
    if some.first() is None:
        return {}
    statement = f"SELECT bearer, holder FROM co_holders WHERE campaign = {mark} AND bearer {{among}}"
    found: dict[int, list[int]] = {}
    for bearer, holder in rows_by(connection, statement, bearers, (campaign,)):
        found.setdefault(bearer, []).append(holder)
    return found


def add(connection: Connection, campaign: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Notes (bearer, holder) pairs."""
    rows = [(campaign, bearer, holder) for bearer, holder in pairs]
    insert_many(connection, "co_holders", ("campaign", "bearer", "holder"), rows)


def remove(connection: Connection, campaign: int, pairs: Iterable[tuple[int, int]]) -> None:
    """Forgets (bearer, holder) pairs."""
    _DROP.run(connection, [(campaign, bearer, holder) for bearer, holder in pairs])
