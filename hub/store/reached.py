"""Whom the messages of a campaign have reached: everyone at the numbers, where `deliveries` knows messages.

A number is told once. Delivered there counts for everybody who has it. Confirmed is somebody at it: the answer stands
with the bearer, and the others are known to have been delivered to.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.store import co_holders, deliveries
from hub.store.co_holders import CoHolders

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


def not_reached(connection: Connection, campaign: int, silent_since: int) -> BitMap:
    """As `deliveries.not_reached`, everyone at the numbers."""
    bearers = deliveries.not_reached(connection, campaign, silent_since)
    return bearers | co_holders.of_campaign(connection, campaign).of(bearers)


def failed_after(connection: Connection, campaign: int, moment: int) -> BitMap:
    """As `deliveries.failed_after`, everyone at the numbers."""
    bearers = deliveries.failed_after(connection, campaign, moment)
    return bearers | co_holders.of_campaign(connection, campaign).of(bearers) if bearers else bearers
