"""Whether one person is in the signed order of a message, with which part, and why not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.alert.alert import MsgType
from hub.audience.sections import WHOLE
from hub.dossier import chain
from hub.dossier.verified_order import VerifiedOrders
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow

#: why an order does not name somebody: an earlier message of the chain may have reached them and this one tells them
#: nothing; none has; or the record of the order is not the one that was sealed
SPARED, UNNAMED, DISPUTED = "spared", "not-ordered", "disputed"


@dataclass(frozen=True, slots=True)
class OrderedFor:
    """`part` is what a person in the order is told, as a key of sections; `why` is empty for them."""

    included: bool
    part: str = WHOLE
    why: str = ""


def order_for(
    connection: Connection, orders: VerifiedOrders, row: AlertRow, person: int, personal: Collection[str], now: int
) -> OrderedFor | None:
    """What the order of an alert says of a person; None while there is none. `now` in ms. Reads only."""
    if alerts.order_text(connection, row.id) is None:
        return None
    message = orders.message(connection, row, now)
    record = orders.record(connection, row, message, now) if message is not None else None
    if record is None:
        return OrderedFor(included=False, why=DISPUTED)
    if person in record.audience:
        return OrderedFor(included=True, part=record.part_of(person))
    held = row.msg_type != MsgType.ALERT and person in chain.persons_maybe_reached(connection, row, personal)
    return OrderedFor(included=False, why=SPARED if held else UNNAMED)
