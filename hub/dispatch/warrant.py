"""The check before every shard: is this send covered by a release order that we signed, over just this content?

What is in the queue proves nothing, and neither does a row in SQL: only the signature does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.acts import RELEASE, ActsRefused, hash_of
from approvals.order import OrderRefused, ReleaseOrder, digest_of_parts, verify_order
from channels.driver import Reach
from channels.message import Form
from hub.acts import Acts, alert_subject
from hub.clock import Clock, to_ms
from hub.lifecycle import Stage
from hub.release import frozen
from hub.release.sections import WHOLE
from hub.store import alerts
from hub.store.campaigns import Lease


class WarrantRefused(Exception):
    """Nothing of this shard may be sent. `rule` says why; it is an alarm, not an error."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class DriverMissing(Exception):
    """The order names a channel that this process has no driver for: a fault of its settings, not of the order."""


@dataclass(frozen=True, slots=True)
class Warrant:
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
        if lease.channel not in self.order.channels:
            raise WarrantRefused("the order does not name this channel")
        if reach is None:
            raise DriverMissing
        covered = self.persons if reach is Reach.PERSON else self.endpoints
        if not lease.recipients.issubset(covered):
            raise WarrantRefused("the shard holds recipients the order does not cover")


def verify(connection: Connection, alert_id: int, acts: Acts, clock: Clock, world: str) -> Warrant:
    """Everything a shard of this alert needs, or WarrantRefused. Recomputes every digest from the content itself."""
    alerts.hold(connection, alert_id)
    row = alerts.get(connection, alert_id)
    kept = alerts.find_order(connection, alert_id)
    if row is None or kept is None:
        raise WarrantRefused("there is no release order for this alert")
    try:
        order = verify_order(kept.jws, acts.ring, clock.now())
    except OrderRefused as error:
        raise WarrantRefused(error.rule) from None
    if order.alert != alert_id or order.identifier != row.identifier:
        raise WarrantRefused("the order is for another alert")
    if order.world != world or row.world != world:
        raise WarrantRefused("the order belongs to another world")
    if hashlib.sha256(kept.audience_bytes).hexdigest() != order.audience_digest:
        raise WarrantRefused("the audience is not the one that was ordered")
    if hashlib.sha256(kept.endpoints_bytes).hexdigest() != order.endpoints_digest:
        raise WarrantRefused("the endpoints are not those that were ordered")
    if digest_of_parts(kept.parts) != order.parts_digest:
        raise WarrantRefused("who is told which part is not what was ordered")
    _must_be_released(connection, acts, order, kept.jws)
    dossier = frozen.load(connection, row)
    if dossier.digest() != order.digest:
        raise WarrantRefused("the content is not what was signed")
    chain = alerts.chain(connection, row.root) if row.root else ()
    return Warrant(
        order=order,
        jws=kept.jws,
        forms=dossier.forms,
        persons=kept.audience,
        endpoints=kept.endpoints,
        expires_ms=to_ms(order.expires),
        chain=tuple(each.id for each in chain),
        languages=dossier.alert.languages,
        parts=tuple((part, BitMap.deserialize(bits)) for part, bits in sorted(kept.parts.items())),
    )


def _must_be_released(connection: Connection, acts: Acts, order: ReleaseOrder, jws: str) -> None:
    """Raises WarrantRefused unless the newest release among the acts made just this order, and nothing ended it since.

    The order rests on the act before: what was returned, rejected or withdrawn after it has another act there.
    """
    try:
        sequence = acts.read(connection, alert_subject(order.alert))
        sequence.must_be_sealed()
    except ActsRefused as error:
        raise WarrantRefused(str(error)) from None
    if sequence.stage != Stage.RELEASED:
        raise WarrantRefused(f"by its acts the warning is {sequence.stage}")
    release = next(act for act in reversed(sequence.acts) if act.action == RELEASE)
    if (release.evidence, release.previous, release.digest) != (hash_of(jws), order.act, order.digest):
        raise WarrantRefused("the order is not the one that the act of the release made")
