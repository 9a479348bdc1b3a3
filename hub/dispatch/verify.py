"""The check before every shard: is this send covered by a release order that we signed, over just this content?

What is in the queue proves nothing, and neither does a row in SQL: only the signature does.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.order import SKEW, OrderRefused, ReleaseOrder, must_be_in_force
from channels.driver import Reach
from channels.message import Form
from hub.alert.lifecycle import Stage
from hub.audience.sections import WHOLE
from hub.clock import Clock, to_ms
from hub.dossier.acts import Acts
from hub.dossier.verified_order import OrderDisputed, OrderUnreadable, verified_order
from hub.store.alerts import alerts
from hub.store.delivery.campaigns import Lease

EARLY = "not yet in force"
#: how long a shard waits whose order does not read: somebody restores a row meanwhile
UNREADABLE_MS = 60_000


class ShardRefused(Exception):
    """Nothing of this shard may be sent. `rule` says why; it is an alarm, not an error."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class ShardPutOff(Exception):
    """Nothing of this shard may be sent before `until` (ms). `rule` says why; it is an alarm, and nothing is lost."""

    def __init__(self, rule: str, until: int) -> None:
        super().__init__(rule)
        self.rule, self.until = rule, until


class DriverMissing(Exception):
    """The order names a channel that this process has no driver for: a fault of its settings, not of the order."""


@dataclass(frozen=True, slots=True)
class VerifiedShardOrder:
    """A verified order with the content it covers, kept in memory: what is sent is what was verified."""

    order: ReleaseOrder
    jws: str
    forms: tuple[Form, ...]
    persons: BitMap
    endpoints: BitMap
    expires_ms: int
    chain: tuple[int, ...]  # alerts of the same chain: nothing of them may be overtaken
    languages: tuple[str, ...]
    parts: tuple[tuple[str, BitMap], ...] = ()  # who is told which part of a warning whose areas differ

    def part_of(self, person: int) -> str:
        """The part of the warning this person is told, as the order has it."""
        return next((part for part, persons in self.parts if person in persons), WHOLE)

    def must_cover(self, lease: Lease, reach: Reach | None) -> None:
        """Raises WarrantRefused unless channel and every recipient of the shard are in the order.

        `reach` is that of the channel's driver; None where there is none: DriverMissing.
        """
        if reach is None:  # first of all: a word that is no channel may be put right, and then the shard goes on
            raise DriverMissing
        if lease.channel not in self.order.channels:
            raise ShardRefused("the order does not name this channel")
        covered = self.persons if reach is Reach.PERSON else self.endpoints
        if not lease.recipients.issubset(covered):
            raise ShardRefused("the shard holds recipients the order does not cover")


def verify(connection: Connection, alert_id: int, acts: Acts, clock: Clock, world: str) -> VerifiedShardOrder:
    """Everything a shard of this alert needs. Recomputes every digest from the content itself.

    Raises WarrantRefused, and WarrantPutOff where a row does not read or the order is not yet in force.
    """
    alerts.hold(connection, alert_id)
    row = alerts.look_up(connection, alert_id)
    if row is None:
        raise ShardRefused("there is no release order for this alert")
    try:
        found = verified_order(connection, acts, row)
        if clock.now() + SKEW < found.order.not_before:
            raise ShardPutOff(EARLY, to_ms(found.order.not_before))
        must_be_in_force(found.order, clock.now())
    except OrderUnreadable as error:
        raise ShardPutOff(error.rule, to_ms(clock.now()) + UNREADABLE_MS) from None
    except (OrderDisputed, OrderRefused) as error:
        raise ShardRefused(error.rule) from None
    if found.order.world != world:
        raise ShardRefused("the order belongs to another world")
    if found.stage is not Stage.RELEASED:
        raise ShardRefused(f"by its acts the warning is {found.stage}")
    return VerifiedShardOrder(
        order=found.order,
        jws=found.record.jws,
        forms=found.dossier.forms,
        persons=found.record.audience,
        endpoints=found.record.endpoints,
        expires_ms=to_ms(found.order.expires),
        chain=tuple(alerts.chain_ids(connection, row.root)) if row.root else (),
        languages=found.dossier.alert.languages,
        parts=tuple((part, BitMap.deserialize(bits)) for part, bits in sorted(found.record.parts.items())),
    )
