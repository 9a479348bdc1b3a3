"""What is in force and meant for everyone, at a moment: what feeds show, the most dangerous first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from approvals.level import Level
from approvals.territory import under
from hub.alert import Info, MsgType
from hub.cap.period import begins_later
from hub.clock import from_ms
from hub.release import frozen
from hub.release.plan import Plan
from hub.store import alerts
from hub.store.alerts import AlertRow


@dataclass(frozen=True, slots=True)
class PublicBlock:
    """What one info block says, for its own areas, in its language."""

    language: str
    event: str
    headline: str
    level: str  # empty where it says that a warning is over
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
class Snapshot:
    """Everything in force at `at`, the most dangerous first and the newest of equals; it never changes."""

    at: datetime
    alerts: tuple[PublicAlert, ...]


def snapshot(connection: Connection, moment: int) -> Snapshot:
    """What was in force at a moment (ms).

    Only Actual and Public ever reach public feeds. A superseded, cancelled or expired message is not shown; the Update
    or Cancel that replaced it is, until its own period is over. The original of a relay is in the feed already, under
    its issuer's identifier.
    """
    ordered = sorted(alerts.public_at(connection, moment), key=_rank)
    return Snapshot(from_ms(moment), tuple(_public(row) for row in ordered))


def _rank(row: AlertRow) -> tuple[bool, int, int, int]:
    """What warns before what says that a danger is over."""
    return row.msg_type == MsgType.CANCEL, -row.level, -row.released_at, -row.id


def _public(row: AlertRow) -> PublicAlert:
    alert, audience = frozen.content_of(row), Plan.from_json(row.plan).audience
    return PublicAlert(
        id=row.id,
        identifier=row.identifier,
        sender=row.sender,
        sent=row.sent,
        msg_type=row.msg_type,
        headline=row.headline,
        event=row.event,
        level=Level(row.level).word if row.msg_type != MsgType.CANCEL else "",
        updated_at=from_ms(row.released_at),
        expires_at=from_ms(row.expires_at),
        begins_at=begins_later(alert, alert.infos),
        references=" ".join(str(reference) for reference in alert.references),
        blocks=tuple(_block(info, row.msg_type == MsgType.CANCEL) for info in sorted(alert.infos, key=_grave)),
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
        "" if ends or info.is_all_clear else Level.of_severity(info.severity).word,
        info.severity,
        tuple(area.description for area in info.areas),
    )
