"""How a channel fares now: what became of the messages it began lately."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, func, or_, select

from channels.message import DeliveryState, FailureReason
from hub.store.schema import campaigns, deliveries

CAMPAIGNS = 3  #: the newest of a channel that are looked at


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """Messages begun since a moment, and those of them that the provider did not take for reasons of its own."""

    begun: int
    troubled: int


def count_outcomes(connection: Connection, channel: str, since: int, stuck: int) -> ChannelHealth:
    """Of messages first begun since `since` (ms): put off, of unknown end, still without an answer though begun before
    `stuck`, or refused for what is no fault of an address. Throttled is not troubled: who asks for less is alive.
    """
    newest = (
        select(campaigns.c.id).where(campaigns.c.channel == channel).order_by(campaigns.c.id.desc()).limit(CAMPAIGNS)
    )
    state, reason = deliveries.c.state, deliveries.c.reason
    put_off = and_(state == int(DeliveryState.PENDING), reason != str(FailureReason.THROTTLED))
    ours = and_(state == int(DeliveryState.FAILED), reason == str(FailureReason.MISCONFIGURED))
    hangs = and_(state == int(DeliveryState.INFLIGHT), deliveries.c.sent_at < stuck)
    troubled = or_(put_off, ours, hangs, state == int(DeliveryState.UNKNOWN))
    counted = select(func.count(), func.coalesce(func.sum(case((troubled, 1), else_=0)), 0)).where(
        deliveries.c.campaign.in_(list(connection.execute(newest).scalars())), deliveries.c.sent_at > since
    )
    begun, bad = connection.execute(counted).one()
    return ChannelHealth(int(begun), int(bad))
