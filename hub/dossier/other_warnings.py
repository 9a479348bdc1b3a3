"""The warnings of other chains that hold beside a message: what may take its place, and whom they warn.

Each counts by its verified order alone: what somebody wrote into SQL spares nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.alert.alert import Alert, MsgType
from hub.audience.partition import divide
from hub.audience.sections import WHOLE, sections_in, sections_of
from hub.dossier.frozen import content_of
from hub.dossier.hazard_levels import Threats, covers, threats_of
from hub.dossier.verified_order import OrderedMessage, VerifiedOrders
from hub.store.alerts import alerts, released
from hub.store.alerts.alert_row import AlertHead, AlertRow


@dataclass(frozen=True, slots=True)
class OtherWarnings:
    """Those beside the chain of `row`, in force at `now` (ms) in its world."""

    connection: Connection
    orders: VerifiedOrders
    row: AlertRow
    now: int

    def is_in_force(self, name: str) -> bool:
        """Whether one is that an author calls so, by number or CAP identifier."""
        return self._find_by_name(name) is not None

    def warns_of(self, name: str, threats: Threats) -> bool:
        """Whether the one called so, in whatever places, warns of all these at their level or a higher one."""
        row = self._find_by_name(name)
        message = self._message(row) if row is not None else None
        return message is not None and covers(message.threats[WHOLE], threats)

    def persons_taken_over(self, name: str, held: Alert, persons: BitMap) -> BitMap:
        """Those of these people for whom the one called so has taken the place of what they hold: it warns them of the
        same hazards, each at the level they know or a higher one. Whoever it does not warn of that would hear neither
        of a change nor of an end. Raises ShapeRefused.
        """
        row = self._find_by_name(name)
        if row is None:
            return BitMap()
        sections = sections_of(replace(held, infos=tuple(info for info in held.infos if not info.is_all_clear)))
        found = BitMap()
        for part, bits in divide(self.connection, sections, persons).persons.items():
            infos = [info for section in sections_in(sections, part) for info in section.infos]
            found |= bits & self._persons_warned(row, threats_of(self.orders.events, infos))
        return found

    def persons_warned(self, threats: Threats) -> BitMap:
        """Everyone whom any of them warns of all these at their level or a higher one."""
        said = released.warning_rows(self.connection, self.row.world, self.now)
        return BitMap.union(BitMap(), *(self._persons_warned(each, threats) for each in said if self._is_other(each)))

    def _find_by_name(self, name: str) -> AlertRow | None:
        for each in alerts.find_by_name(self.connection, name):
            warns = self._is_other(each) and each.world == self.row.world and each.msg_type != MsgType.CANCEL
            if warns and self._message(each) is not None:
                return each
        return None

    def _is_other(self, row: AlertHead) -> bool:
        return (row.root or row.id) != (self.row.root or self.row.id)

    def _message(self, row: AlertHead) -> OrderedMessage | None:
        return self.orders.in_force(self.connection, row, self.now)

    def _persons_warned(self, row: AlertHead, threats: Threats) -> BitMap:
        message = self.orders.message(self.connection, row, self.now)
        if message is None or not any(covers(told, threats) for told in message.threats.values()):
            return BitMap()
        if self._message(row) is None:
            return BitMap()
        found = self.orders.persons_warned(self.connection, row, message, threats, self.now)
        return self._living_there(row, message, found, threats)

    def _living_there(self, row: AlertHead, message: OrderedMessage, persons: BitMap, threats: Threats) -> BitMap:
        """Those of these people whom it warns of this where they live: who shares a number with people elsewhere is
        told what holds there too (hub.compose.joined_parts), and is not warned by that.
        """
        whole = alerts.look_up(self.connection, row.id)
        if whole is None or not persons or not message.is_content(whole.content):
            return persons
        sections = sections_of(content_of(whole))
        found = BitMap()
        for part, bits in divide(self.connection, sections, persons).persons.items():
            warned = [info for section in sections_in(sections, part) if not section.ends for info in section.infos]
            if covers(threats_of(self.orders.events, warned), threats):
                found |= bits
        return found
