"""The warnings of other chains that hold beside a message: what may take its place, and whom they warn.

Each counts by its verified order alone: what somebody wrote into SQL spares nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.alert import MsgType
from hub.release.verified_order import VerifiedOrders
from hub.store import alerts, released
from hub.store.alerts import AlertRow


@dataclass(frozen=True, slots=True)
class OtherWarnings:
    """Those beside the chain of `row`, in force at `now` (ms) in its world."""

    connection: Connection
    orders: VerifiedOrders
    row: AlertRow
    now: int

    def persons_of(self, name: str) -> BitMap | None:
        """Whom the warning warns that an author names, by number or CAP identifier; None where none is in force."""
        for each in alerts.find_by_name(self.connection, name):
            if self._is_other(each) and each.world == self.row.world and each.msg_type != MsgType.CANCEL:
                found = self._warned(each)
                if found is not None:
                    return found
        return None

    def persons_of_event(self, event: str) -> BitMap:
        """Everyone whom any of them of this event warns."""
        every = BitMap()
        for each in released.said_to_warn(self.connection, self.row.world, self.now):
            if self._is_other(each):
                every |= self._warned(each, event) or BitMap()
        return every

    def _is_other(self, row: AlertRow) -> bool:
        return bool((row.root or row.id) != (self.row.root or self.row.id))

    def _warned(self, row: AlertRow, event: str | None = None) -> BitMap | None:
        message = self.orders.message(self.connection, row, self.now)
        if message is None or event not in (None, message.event):
            return None
        if self.orders.in_force(self.connection, row, self.now) is None:
            return None
        return self.orders.persons_warned(self.connection, row, message, self.now)
