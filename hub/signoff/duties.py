"""Duties of a release: who else must be told, by when, and the receipt of it (突发事件应对法 2024 art. 64).

They hold up nothing: the warning is on its way when they are opened. What is late is shown as late, and stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from approvals.garrison import KIND as GARRISON
from approvals.level import Level
from approvals.official import Official
from approvals.territory import under, upward
from hub.access.permissions import Permission, holds
from hub.clock import from_ms, to_ms
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.registry.neighbours import Neighbours, neighbours_of
from hub.rules.rule import Rule
from hub.settings.settings import DutySettings
from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.alerts import duties as store
from hub.store.alerts.duties import DutyRow, MetDuty
from hub.store.schema import duties
from hub.store.sql.rows import read_rows
from hub.transaction import Tx

GOVERNMENT = "government"


@dataclass(frozen=True, slots=True)
class DutyView:
    """`kind`: report-up, notify-neighbours or notify-garrison. `proposed` are whom it is about, where known.

    `unnamed` counts regions beside them of which nobody knows whether they are neighbours: outlines say so, or a choice
    in `duties.neighbours`, and they alone name those of another province.
    """

    id: int
    alert: int
    kind: str
    unit: str
    proposed: tuple[str, ...]
    due: datetime
    overdue: bool
    met: datetime | None
    by: str
    channel: str
    receiver: str
    note: str
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class DutyReceipt:
    """Who was told, by what means and when (None for now)."""

    channel: str
    receiver: str
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Duties:
    """Lists them, and takes the receipts."""

    settings: DutySettings

    def list_duties(self, tx: Tx, alert: int | None = None, *, only_open: bool = False) -> tuple[DutyView, ...]:
        """Oldest first; one whose row does not read is left out: the patrol raises an alarm about it."""
        rows = store.list_duties(tx.connection, alert, only_open=only_open)
        return tuple(read_rows(duties, rows, lambda row: self._view(tx, row)))

    def close(self, tx: Tx, official: Official, number: int, receipt: DutyReceipt) -> DutyView:
        """Meets one, by an official of the unit that released. Raises Invalid, Conflict, Forbidden, NotFound."""
        for place in ("channel", "receiver"):
            if not getattr(receipt, place).strip():
                raise Invalid("a receipt names channel and receiver", rule=Rule.LAW_64, place=place)
        self._close(tx, official, number, receipt)
        (view,) = [each for each in self.list_duties(tx) if each.id == number]
        return view

    def list_open(self, connection: Connection) -> Sequence[DutyRow]:
        """Those that nobody has met."""
        return store.list_duties(connection, None, only_open=True)

    def is_overdue(self, row: DutyRow, now: int) -> bool:
        """Whether nobody met it in time, at `now` (ms). Raises for a row that this hub did not write so."""
        return from_ms(now) > self._due(row)

    def _close(self, tx: Tx, official: Official, number: int, receipt: DutyReceipt) -> None:
        now = tx.now_ms
        row = store.get(tx.connection, number)
        if row is None:
            raise NotFound(f"there is no duty {number}", rule=Rule.DUTY_UNKNOWN)
        if row.met_at is not None:
            raise Conflict("this duty has been met", rule=Rule.DUTY_MET)
        if not meets(official, row.unit):
            raise Forbidden(f"it is a duty of {row.unit}", rule=Rule.DUTY_STRANGER)
        at = now if receipt.at is None else to_ms(receipt.at)
        if not row.opened_at <= at <= now:
            raise Invalid("between the release and now", rule=Rule.DUTY_TIME, place="at")
        channel, receiver, note = receipt.channel.strip(), receipt.receiver.strip(), receipt.note.strip()
        met: MetDuty = {"met_at": at, "official": official.id, "channel": channel, "receiver": receiver, "note": note}
        store.close(tx.connection, number, **met)
        detail = {"alert": row.alert, "kind": row.kind, "told_at": at, "late": at > to_ms(self._due(row))}
        detail |= {"channel": channel, "receiver": receiver, "note": note}
        tx.audit("duty-met", f"duty/{number}", detail)

    def _due(self, row: DutyRow) -> datetime:
        return from_ms(row.opened_at) + timedelta(minutes=self.settings.minutes.of(Level(row.level).word))

    def _view(self, tx: Tx, row: DutyRow) -> DutyView:
        unit = units.look_up(tx.connection, row.unit)
        met = from_ms(row.met_at) if row.met_at is not None else None
        due = self._due(row)
        proposed = self._propose(tx.connection, unit, row.kind) if unit is not None and met is None else Neighbours(())
        return DutyView(
            id=row.id,
            alert=row.alert,
            kind=row.kind,
            unit=row.unit,
            proposed=proposed.names,
            due=due,
            overdue=(met or tx.now) > due,
            met=met,
            by=row.name or "",
            channel=row.channel,
            receiver=row.receiver,
            note=row.note,
            unnamed=proposed.unnamed,
        )

    def _propose(self, connection: Connection, unit: Unit, kind: str) -> Neighbours:
        """Whom a duty of the unit is about, as far as the hub knows them."""
        if kind == store.NEIGHBOURS:
            return neighbours_of(connection, unit.area, self.settings.neighbours.get(unit.area, ()))
        return Neighbours(_superior(connection, unit) if kind == store.REPORT_UP else _garrison(connection, unit))


def meets(official: Official, unit: str) -> bool:
    """Whether the official may meet a duty of the unit."""
    return official.unit == unit and holds(official, Permission.UNIT_DUTY_MEET)


def _superior(connection: Connection, unit: Unit) -> tuple[str, ...]:
    """The unit it reports to (art. 17), else the nearest government above; for a department of a place above which none
    is registered, the government of that place.
    """
    known = [each for each in units.everything(connection) if each.active and each.name != unit.name]
    if parent := tuple(each.name for each in known if each.id == unit.parent):
        return parent
    higher = [area for area in upward(unit.area) if area != unit.area]
    for area in (*higher, unit.area):
        if found := tuple(each.name for each in known if each.kind == GOVERNMENT and each.area == area):
            return found
    return ()


def _garrison(connection: Connection, unit: Unit) -> tuple[str, ...]:
    """The garrisons registered inside its area, else those of the nearest area above."""
    known = [each for each in units.everything(connection) if each.active and each.kind == GARRISON]
    inside = tuple(each.name for each in known if under(unit.area, each.area))
    above = (tuple(each.name for each in known if each.area == area) for area in upward(unit.area))
    return inside or next(filter(None, above), ())
