"""Whom the messages of a campaign have reached: everyone at the numbers, where `deliveries` knows messages.

A number is told once. Delivered there counts for everybody who has it. Confirmed is somebody at it: the answer stands
with the bearer, and the others are known to have been delivered to.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.store.delivery import co_holders, deliveries, listening
from hub.store.delivery.co_holders import CoHolders

S = DeliveryState


def states(connection: Connection, campaign: int) -> Mapping[DeliveryState, BitMap]:
    """Every person with a message of their own or of a number they share, by its state."""
    return with_co_holders(deliveries.states(connection, campaign), co_holders.of_campaign(connection, campaign))


def with_co_holders(messages: Mapping[DeliveryState, BitMap], shared: CoHolders) -> Mapping[DeliveryState, BitMap]:
    """Messages by state to people by state."""
    if not len(shared.bearers):
        return messages
    told = {state: bits.copy() for state, bits in messages.items()}
    for state, bits in messages.items():
        known = S.DELIVERED if state is S.CONFIRMED else state
        told[known] = told.get(known, BitMap()) | shared.of(bits)
    return told


def find_unreached(connection: Connection, campaign: int, since: int) -> tuple[BitMap, BitMap, BitMap]:
    """Who failed; who still waits for an attempt since before `since` (ms); who was sent to by then and is silent.

    Everyone at the numbers.
    """
    bearers = (
        *deliveries.not_delivered(connection, campaign, since),
        listening.find_unreported(connection, campaign, since),
    )
    if not any(bearers):
        return bearers
    shared = co_holders.of_campaign(connection, campaign)
    failed, unsent, silent = (bits | shared.of(bits) for bits in bearers)
    return failed, unsent, silent


def late_failures(connection: Connection, campaign: int, moment: int) -> BitMap:
    """As `deliveries.late_failures`, everyone at the numbers."""
    bearers = deliveries.late_failures(connection, campaign, moment)
    return bearers | co_holders.of_campaign(connection, campaign).of(bearers) if bearers else bearers
