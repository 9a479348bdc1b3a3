"""The ladder: who is not reached on one channel by the deadline is tried on the next.

Set algebra over what SQL knows now: (failed, or without a sign of life since the deadline) ∩ (takes the next channel) −
(already on it). Running it again adds only latecomers, so a crash in the middle costs nothing. Who chose an order of
channels climbs the same ladder in that order.
"""

from __future__ import annotations

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from hub.choices.consent import reachable
from hub.choices.order import ladders
from hub.lane import lane_of
from hub.release.plan import Plan
from hub.settings import Settings
from hub.store import campaigns, reached
from hub.store.alerts import AlertRow
from hub.store.campaigns import Cut


def steps(connection: Connection, row: AlertRow, settings: Settings, now: int) -> list[Cut]:
    """Who is due for the next step now. Reads only: at a million people this is a long look, and needs no lock."""
    plan = Plan.from_json(row.plan)
    found = campaigns.find(connection, row.id)
    lane = lane_of(Level(row.level), row.msg_type, row.world)
    silent_since = now - patience_ms(row, settings)
    rungs = ladders(connection, plan.ladder, override=plan.override)
    steps = dict.fromkeys(step for each in rungs for step in each.steps)
    silent = {
        before: reached.not_reached(connection, found[before].id, silent_since)
        for before in dict.fromkeys(before for before, _ in steps)
        if before in found
    }
    cuts: list[Cut] = []
    for before, then in steps:
        if before not in silent:
            continue
        climbing = (each.of(silent[before]) for each in rungs if (before, then) in each.steps)
        due = BitMap.union(BitMap(), *climbing)
        covered = found[then].covered if then in found else BitMap()
        taking = reachable(connection, due, [then], Level(row.level), override=plan.override).channels[then]
        due = taking - covered
        if due:
            cuts.append(Cut(row.id, then, lane, (due,), settings.dispatch.shard_size, row.released_at or 0))
    return cuts


def patience_ms(row: AlertRow, settings: Settings) -> int:
    """How long a channel may be silent: `after_s`, but never more than `share` of the alert's whole time in force."""
    released_at = row.expires_at if row.released_at is None else row.released_at
    whole = max(0, row.expires_at - released_at)
    return int(min(settings.ladder.after_s * 1000, settings.ladder.share * whole))
