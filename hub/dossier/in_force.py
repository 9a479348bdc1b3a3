"""What is in force and meant for everyone, at a moment: what feeds show, the most dangerous first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from approvals.level import Level
from approvals.order import ReleaseOrder
from approvals.territory import under
from hub.alert.alert import Info, MsgType, cap_time
from hub.alert.lifecycle import Stage
from hub.audience.plan import plan_of
from hub.clock import from_ms, to_ms
from hub.dossier import frozen
from hub.dossier.notice import notice_in, notice_of
from hub.dossier.verified_order import KEPT, VerifiedOrders
from hub.formats.cap.period import begins_later
from hub.store.alerts import released
from hub.store.alerts.alert_row import AlertRow
from hub.store.sql.rows import readable


@dataclass(frozen=True, slots=True)
class PublicBlock:
    """What one info block says, for its own areas, in its language."""

    language: str
    event: str
    headline: str
    level: str  # empty where it says that a warning is over, and for a notice, which names none
    severity: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublicAlert:
    """One entry of a feed: the newest message of a chain that is in force."""

    id: int
    identifier: str
    sender: str
    sent: str
    msg_type: str
    headline: str
    event: str
    level: str  # empty for a Cancel: what it ends has none any more
    updated_at: datetime
    expires_at: datetime
    begins_at: datetime | None  # where it holds from later than it was sent
    references: str  # CAP 1.2 §3.2.1, as text
    blocks: tuple[PublicBlock, ...] = ()
    regions: frozenset[str] = frozenset()
    shaped: bool = False  # it also names shapes, which may lie anywhere

    def concerns(self, region: str) -> bool:
        """Whether it may hold in this region: for one above it, below it or itself, or wherever its shapes lie."""
        return self.shaped or any(under(region, key) or under(key, region) for key in self.regions)


@dataclass(frozen=True, slots=True)
class PublicCap:
    """The strict CAP of a public message, and from when it was given out."""

    content: bytes
    since: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything in force at `at`, the most dangerous first and the newest of equals; it never changes."""

    at: datetime
    alerts: tuple[PublicAlert, ...]


@dataclass(frozen=True, slots=True)
class InForce:
    """Reads what is in force, from verified orders alone: what somebody wrote into SQL is shown to nobody.

    A message is verified and read once in a process; whether it still stands is asked of its acts each time.
    """

    orders: VerifiedOrders
    _shown: dict[tuple[int, str], PublicAlert] = field(default_factory=dict)

    def snapshot(self, connection: Connection, moment: int, now: int) -> Snapshot:
        """What was in force at a moment (ms), as far as it is known at `now` (ms).

        Only Actual and Public ever reach public feeds. A superseded, cancelled or expired message is not shown; the
        Update or Cancel that replaced it is, until its own period is over. The original of a relay is in the feed
        already, under its issuer's identifier.
        """
        rows = released.maybe_public_at(connection, moment)
        found = readable(rows, lambda row: self._public(connection, row, moment, now))
        ranked = sorted((each for each in found if each is not None), key=lambda each: _rank(*each))
        return Snapshot(from_ms(moment), tuple(shown for _, shown in ranked))

    def _public(
        self, connection: Connection, row: AlertRow, moment: int, now: int
    ) -> tuple[ReleaseOrder, PublicAlert] | None:
        """The order and what is shown of it. Raises RowUnreadable."""
        message = self.orders.message(connection, row, now)
        if message is None or not message.is_public or not message.is_out_at(moment):
            return None
        if self.orders.acts.stage_at(connection, row.id, moment) is not Stage.RELEASED:
            return None
        key = (row.id, message.content_digest)
        if key not in self._shown:
            if not message.is_content(row.content):
                return None
            if len(self._shown) >= KEPT:
                self._shown.clear()
            self._shown[key] = public_alert(row, message.order)
        return message.order, self._shown[key]


def _rank(order: ReleaseOrder, shown: PublicAlert) -> tuple[bool, int, int, int]:
    """What warns before what says that a danger is over; by what was ordered, whatever the row says."""
    ends = shown.msg_type == MsgType.CANCEL
    return ends, -Level.of(order.level), -to_ms(order.not_before), -order.alert


def public_alert(row: AlertRow, order: ReleaseOrder) -> PublicAlert:
    """What a feed shows of a message whose content is verified: from that content and its order, not from columns."""
    alert, audience = frozen.content_of(row), plan_of(row).audience
    first, ends = alert.infos[:1], alert.msg_type is MsgType.CANCEL
    return PublicAlert(
        id=order.alert,
        identifier=alert.identifier,
        sender=alert.sender,
        sent=cap_time(alert.sent),
        msg_type=alert.msg_type,
        headline=first[0].headline if first else "",
        event=first[0].event if first else "",
        level="" if ends or notice_of(alert) else order.level,
        updated_at=order.not_before,
        expires_at=order.expires,
        begins_at=begins_later(alert, alert.infos),
        references=" ".join(str(reference) for reference in alert.references),
        blocks=tuple(_block(info, ends) for info in sorted(alert.infos, key=_grave)),
        regions=audience.regions,
        shaped=bool(audience.polygons or audience.circles),
    )


def _grave(info: Info) -> int:
    return -Level.of_severity(info.severity)


def _block(info: Info, ends: bool) -> PublicBlock:
    return PublicBlock(
        info.language,
        info.event,
        info.headline,
        "" if ends or info.is_all_clear or notice_in([info]) else Level.of_severity(info.severity).word,
        info.severity,
        tuple(area.description for area in info.areas),
    )
