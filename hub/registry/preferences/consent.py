"""Whom a channel may be used for: opt-outs and wishes as sets, unless the law overrides them for this warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from hub.store.register import bitmaps, preferences
from hub.store.register.preferences import EVERYTHING, OPTOUT, WISH
from targeting.explain import SelectionReason


@dataclass(frozen=True, slots=True)
class ConsentedReach:
    """Whom a warning may be sent to. `channels` holds, by personal channel, those with an address there who take it.

    `persons` are the people asked about, less those who refused every one of these channels they have; `overridden`
    those who would have been left out of a channel if the law did not override (empty where it does not).
    """

    channels: Mapping[str, BitMap]
    persons: BitMap
    overridden: BitMap


def reachable(
    connection: Connection, bits: BitMap, channels: Mapping[str, str], level: Level, *, override: bool
) -> ConsentedReach:
    """Of these people, whom each of the personal channels may be used for at this level.

    `channels` are those by name, with the column of the register that addresses and preferences are under.
    `override` says that the policy names the law for it (`Policy.overrides`): then nobody is left out.
    """
    every = refusing(connection, EVERYTHING) | wishing_more(connection, level)
    having, taking = {}, {}
    for channel, column in channels.items():
        having[channel] = bits & bitmaps.one(connection, bitmaps.ADDRESS_COLUMN, column)
        taking[channel] = having[channel] - every - refusing(connection, column)
    left = BitMap.union(BitMap(), *(having[channel] - taking[channel] for channel in having))
    if override:
        return ConsentedReach(having, bits, left)
    return ConsentedReach(taking, bits - (left - BitMap.union(BitMap(), *taking.values())), BitMap())


def refusing(connection: Connection, column: str) -> BitMap:
    """Who refused the channels of a column; with EVERYTHING, who refused all of them."""
    return bitmaps.one(connection, OPTOUT, column)


def wishing_more(connection: Connection, level: Level) -> BitMap:
    """Who wants to hear of higher levels only."""
    return bitmaps.union(connection, WISH, (str(int(higher)) for higher in Level if higher > level))


def reasons(
    connection: Connection, recipient: int, channels: Mapping[str, str], level: Level, *, override: bool
) -> tuple[SelectionReason, ...]:
    """Why a person's preferences let a warning through or not: consent by channel, wish, and the override by name."""
    choice = preferences.of(connection, [recipient]).get(recipient)
    if choice is None:
        return ()
    found = []
    for channel, column in sorted(channels.items()):
        out = bool({column, EVERYTHING} & choice.refused)
        if out:
            found.append(SelectionReason("consent", channel, holds=False, how="refused"))
    if choice.least:
        found.append(SelectionReason("wish", Level(choice.least).word, holds=choice.least <= level, how="level"))
    if override and any(not reason.holds for reason in found):
        found.append(SelectionReason("override", level.word, holds=True, how="law"))
    return tuple(found)
