"""Deliveries: the intent before the first byte leaves, the outcome after, and the state that only receipts may raise.

This is the hot path: every function takes a batch, and no statement touches one row at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState, FailureReason
from hub.store.sql.bulk import BulkStatement, IdQuery
from hub.store.sql.keyed import rows_by

S = DeliveryState
PAGE = 10_000  #: rows fetched at once by the long looks


@dataclass(frozen=True, slots=True)
class SendIntent:
    """One message about to leave; durable before it does. `doubtful`: an earlier attempt may have arrived."""

    recipient: int
    attempt: int
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class SendableIntents:
    """What of a chunk may be sent now, and when the earliest of the rest is due (ms; None: nothing waits)."""

    intents: tuple[SendIntent, ...]
    waits_until: int | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one intent. `not_before` in ms for a row that is to be tried again or reconciled."""

    campaign: int
    recipient: int
    attempt: int
    state: DeliveryState
    reason: FailureReason | None = None
    reference: str | None = None
    not_before: int | None = None


_INSERT = BulkStatement(
    "INSERT INTO deliveries (campaign, recipient, state, attempt, generation, sent_at) VALUES (?, ?, 10, 1, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO deliveries (campaign, recipient, state, attempt, generation, sent_at)"
    " SELECT c, r, 10, 1, g, t FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[]) AS new(c, r, g, t)"
    " ON CONFLICT DO NOTHING",
)
_REOPEN = BulkStatement(
    "UPDATE deliveries SET state = 10, attempt = attempt + 1, generation = ?, not_before = NULL"
    " WHERE campaign = ? AND recipient = ? AND attempt = ? AND state IN (0, 20)",
    "UPDATE deliveries d SET state = 10, attempt = d.attempt + 1, generation = n.g, not_before = NULL"
    " FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::int[]) AS n(g, c, r, a)"
    " WHERE d.campaign = n.c AND d.recipient = n.r AND d.attempt = n.a AND d.state IN (0, 20)",
)
_EXISTING = IdQuery(
    "SELECT recipient, state, attempt, not_before FROM deliveries WHERE campaign = {value} AND recipient {among}"
)
# An answer settles the attempt it belongs to. One that comes after the sweep gave the row up may still raise it:
# "accepted" is true whoever waits for it.
_SETTLE = BulkStatement(
    "UPDATE deliveries SET"
    " state = CASE WHEN attempt = ?1 AND state = 10 THEN ?2 WHEN state < ?2 THEN ?2 ELSE state END,"
    " reason = CASE WHEN (attempt = ?1 AND state = 10) OR state < ?2 THEN ?3 ELSE reason END,"
    " reference = coalesce(?4, reference), not_before = ?5,"
    " accepted_at = CASE WHEN ?2 = 30 THEN coalesce(accepted_at, ?6) ELSE accepted_at END,"
    " settled_at = CASE WHEN ?2 = 50 THEN coalesce(settled_at, ?6) ELSE settled_at END"
    " WHERE campaign = ?7 AND recipient = ?8 AND ((attempt = ?1 AND state = 10) OR ?2 = 30)",
    "UPDATE deliveries d SET"
    " state = CASE WHEN d.attempt = n.a AND d.state = 10 THEN n.s ELSE greatest(d.state, n.s) END,"
    " reason = CASE WHEN (d.attempt = n.a AND d.state = 10) OR d.state < n.s THEN n.reason ELSE d.reason END,"
    " reference = coalesce(n.ref, d.reference), not_before = n.nb,"
    " accepted_at = CASE WHEN n.s = 30 THEN coalesce(d.accepted_at, n.t) ELSE d.accepted_at END,"
    " settled_at = CASE WHEN n.s = 50 THEN coalesce(d.settled_at, n.t) ELSE d.settled_at END"
    " FROM unnest(%s::int[], %s::smallint[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],"
    " %s::bigint[]) AS n(a, s, reason, ref, nb, t, c, r)"
    " WHERE d.campaign = n.c AND d.recipient = n.r AND ((d.attempt = n.a AND d.state = 10) OR n.s = 30)",
)
_SWEEP = IdQuery(
    "UPDATE deliveries SET state = 20, not_before = {value}"
    " WHERE campaign = {value} AND state = 10 AND generation <= {value} AND recipient {among} RETURNING recipient"
)
_CLOSE = IdQuery(
    "UPDATE deliveries SET state = {value}, reason = {value}, not_before = NULL"
    " WHERE campaign = {value} AND state = 0 AND recipient {among} RETURNING recipient"
)
_PICTURE = "SELECT recipient, state, coalesce(accepted_at, 0) FROM deliveries WHERE campaign = "


def open_intents(
    connection: Connection, campaign: int, recipients: Sequence[int], generation: int, now: int, *, resend: bool
) -> SendableIntents:
    """Makes the intent to send durable for all of `recipients` that may be sent to now.

    New ones are inserted; those waiting for another attempt and due are reopened; those of unknown fate are reopened
    only when `resend` allows and their time to reconcile is over. Whoever is accepted or final is left alone, so the
    same shard handed out twice reaches everyone once.
    """
    existing = _existing(connection, campaign, recipients)
    intents = _insert_fresh(
        connection, campaign, [each for each in recipients if each not in existing], generation, now
    )
    again: list[tuple[int, int, int, int]] = []
    waits: list[int] = []
    for recipient, (state, attempt, not_before) in existing.items():
        if state == S.PENDING or (state == S.UNKNOWN and resend):
            if (not_before or 0) <= now:
                again.append((generation, campaign, recipient, attempt))
                intents.append(SendIntent(recipient, attempt + 1, doubtful=state == S.UNKNOWN))
            else:
                waits.append(not_before)
    _REOPEN.run(connection, again)
    return SendableIntents(tuple(intents), min(waits, default=None))


def open_first_intents(
    connection: Connection, campaign: int, recipients: Sequence[int], generation: int, now: int, until: int
) -> SendableIntents:
    """As `open_intents` while nothing leaves: new ones are inserted, so that it is known since when they wait, and
    nobody is reopened before `until` (ms).
    """
    existing = _existing(connection, campaign, recipients)
    intents = _insert_fresh(
        connection, campaign, [each for each in recipients if each not in existing], generation, now
    )
    waits = any(state in (S.PENDING, S.UNKNOWN) for state, _, _ in existing.values())
    return SendableIntents(tuple(intents), until if waits else None)


def _existing(connection: Connection, campaign: int, recipients: Sequence[int]) -> dict[int, Sequence[int]]:
    """State, attempt and earliest next attempt of those who have a row."""
    return {row[0]: row[1:] for row in _EXISTING.run(connection, (campaign,), recipients)}


def _insert_fresh(
    connection: Connection, campaign: int, fresh: Sequence[int], generation: int, now: int
) -> list[SendIntent]:
    inserted = _INSERT.run(connection, [(campaign, recipient, generation, now) for recipient in fresh])
    if inserted != len(fresh):
        raise RuntimeError("two owners opened one shard: the lease does not hold")
    return [SendIntent(recipient, 1) for recipient in fresh]


def settle(connection: Connection, settlements: Sequence[Settlement], now: int) -> int:
    """Writes outcomes. Returns how many rows took them: fewer than given when another owner had settled some."""
    return _SETTLE.run(
        connection,
        [
            (s.attempt, int(s.state), s.reason, s.reference, s.not_before, now, s.campaign, s.recipient)
            for s in settlements
        ],
    )


def give_up_inflight(
    connection: Connection, campaign: int, recipients: BitMap, generation: int, not_before: int
) -> list[int]:
    """The owner is gone: what it had on the wire becomes unknown, to be reconciled until `not_before` (ms)."""
    return [row[0] for row in _SWEEP.run(connection, (not_before, campaign, generation), recipients)]


def close_pending(connection: Connection, campaign: int, recipients: Iterable[int], state: DeliveryState) -> int:
    """Rows that wait for another attempt will get none: the alert was cancelled (REVOKED) or is over (EXPIRED)."""
    reason = FailureReason.REVOKED if state == S.REVOKED else FailureReason.EXPIRED
    return len(_CLOSE.run(connection, (int(state), reason, campaign), recipients))


@dataclass(frozen=True, slots=True)
class CampaignSnapshot:
    """Every row of a campaign at one moment. `accepted` are the times (ms) at which providers took messages, sorted."""

    by_state: Mapping[DeliveryState, BitMap]
    accepted: NDArray[np.int64]


def picture(connection: Connection, campaign: int) -> CampaignSnapshot:
    """Reads a campaign in one pass, streamed into numpy: a million rows cost about 24 MB for a moment."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_PICTURE + mark, (campaign,))
        parts: Iterable[Sequence[Sequence[int]]] = iter(lambda: cursor.fetchmany(PAGE), [])
        flat = np.fromiter(chain.from_iterable(chain.from_iterable(parts)), dtype=np.int64)
    finally:
        cursor.close()
    table = flat.reshape(-1, 3)
    by_state = {
        DeliveryState(int(state)): BitMap(table[table[:, 1] == state, 0].astype(np.uint32))
        for state in np.unique(table[:, 1])
    }
    return CampaignSnapshot(by_state, np.sort(table[table[:, 2] > 0, 2]))


def having(connection: Connection, campaign: int, recipients: BitMap) -> BitMap:
    """Who of these has a row: somebody has begun to send to them."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    statement = f"SELECT recipient FROM deliveries WHERE campaign = {mark} AND recipient {{among}}"
    ids = list(recipients)
    found = BitMap()
    for start in range(0, len(ids), PAGE):
        found |= BitMap(row[0] for row in rows_by(connection, statement, ids[start : start + PAGE], (campaign,)))
    return found


def states(connection: Connection, campaign: int) -> Mapping[DeliveryState, BitMap]:
    """Everyone with a row, by state."""
    return picture(connection, campaign).by_state


def not_delivered(connection: Connection, campaign: int, since: int) -> tuple[BitMap, BitMap]:
    """Whom a campaign failed to reach; and who still waits for another attempt since before `since` (ms).

    A row expires while its alert is in force when its provider asks for a wait beyond the alert's end.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = connection.exec_driver_sql(
        f"SELECT recipient, state FROM deliveries WHERE campaign = {mark}"
        f" AND (state IN (41, 50) OR (state = 0 AND sent_at <= {mark}))",
        (campaign, since),
    ).fetchall()
    return BitMap(row[0] for row in rows if row[1] != S.PENDING), BitMap(row[0] for row in rows if row[1] == S.PENDING)


def find_unchanged(connection: Connection, campaign: int, recipients: BitMap) -> BitMap:
    """Of these persons, whose row in the register is what it was when they were sent to, or who were not yet.

    Both at one moment is not told apart, so that counts as a change.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = rows_by(
        connection,
        f"SELECT p.id FROM recipients p LEFT JOIN deliveries d ON d.campaign = {mark} AND d.recipient = p.id"
        " WHERE (d.sent_at IS NULL OR p.updated_at < d.sent_at) AND p.id {among}",
        recipients,
        (campaign,),
    )
    return BitMap(row[0] for row in rows)


def close_campaign(connection: Connection, campaign: int, state: DeliveryState) -> int:
    """Like `close_pending`, for every row of a campaign that waits."""
    reason = FailureReason.REVOKED if state == S.REVOKED else FailureReason.EXPIRED
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return connection.exec_driver_sql(
        f"UPDATE deliveries SET state = {mark}, reason = {mark}, not_before = NULL"
        f" WHERE campaign = {mark} AND state = 0",
        (int(state), reason, campaign),
    ).rowcount


def late_failures(connection: Connection, campaign: int, moment: int) -> BitMap:
    """Messages a provider had taken, and reported undelivered only after `moment` (ms)."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    rows = connection.exec_driver_sql(
        f"SELECT recipient FROM deliveries WHERE campaign = {mark} AND state = 50"
        f" AND accepted_at IS NOT NULL AND settled_at >= {mark}",
        (campaign, moment),
    ).fetchall()
    return BitMap(row[0] for row in rows)
