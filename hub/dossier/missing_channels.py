"""Channels of a plan that nobody has configured any more: disabled, or taken out, since it was made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.dossier import chain
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.alerts.alert_row import AlertRow
from hub.store.delivery import campaigns
from hub.store.delivery.personal import personal_channels
from hub.store.register.recipients import channel_bits


def missing_channels(channels: Iterable[str], configured: Collection[str]) -> tuple[str, ...]:
    """Those of the channels that are not configured, in their order."""
    return tuple(name for name in channels if name not in configured)


def must_be_configured(channels: Iterable[str], configured: Collection[str], remedy: str) -> None:
    """Raises Conflict naming those of the channels that are not configured: whom they were for, nobody would tell."""
    if missing := ", ".join(missing_channels(channels, configured)):
        raise Conflict(text_of(missing), rule=Rule.CHANNEL_MISSING, place=f"channels: {missing}", remedy=remedy)


def untold_of_missing(
    connection: Connection, row: AlertRow, configured: Collection[str], personal: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A finding for each channel that is not configured and over which somebody may hold an earlier message of the
    chain who cannot be told of this one. `personal` are its channels that reach persons, with the column of each.
    """
    earlier = chain.earlier_ids(connection, row)
    gone = missing_channels({name for each in earlier for name in campaigns.numbers(connection, each)}, configured)
    if not gone:
        return []
    told = chain.chain_reached(connection, row)
    having = BitMap.union(BitMap(), *(channel_bits(connection, column) for column in personal.values()))
    elsewhere = BitMap.union(BitMap(), *(told.get(channel, BitMap()) for channel in personal))
    persons = personal_channels(connection, told)
    found: list[dict[str, Any]] = []
    for name in sorted(gone):
        lost, whom = (told[name] - having - elsewhere, "persons") if name in persons else (told[name], "endpoints")
        if lost:
            text = (
                f"{len(lost)} {whom} that were told over {name}, which is not enabled any more, cannot be told of this"
            )
            values = {"channel": name, "count": len(lost)}
            text = f"{text}: they are to be told otherwise"
            level = {"rule": Rule.CHANNEL_MISSING, "element": "channels", "level": "warn"}
            found.append({**level, "text": text, "values": values})
    return found


def text_of(missing: str) -> str:
    """What is said of channels that are missing."""
    return f"the plan names the channel {missing}, which is not enabled any more"


def finding_of(channels: Iterable[str], configured: Collection[str]) -> list[dict[str, Any]]:
    """That channels are missing, as a finding; none where all are there."""
    missing = ", ".join(missing_channels(channels, configured))
    if not missing:
        return []
    text = f"{text_of(missing)}: nobody is counted as told over it"
    return [{"rule": Rule.CHANNEL_MISSING, "element": "channels", "level": "warn", "text": text}]
