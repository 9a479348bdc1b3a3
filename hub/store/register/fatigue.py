"""What people were sent lately: the audiences of recent release orders, one at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection, select

from hub.errors import RowUnreadable
from hub.store.schema import alerts, orders
from hub.store.sql.rows import reading_row
from hub.store.sql.times import LATEST
from targeting.bitmap import unpack


@dataclass(frozen=True, slots=True)
class ReleasedOrder:
    """One order: when it was released (ms), and everyone it covered."""

    released_at: int
    audience: BitMap


def orders_since(connection: Connection, since: int, but: Collection[int] = ()) -> Iterator[ReleasedOrder]:
    """Orders released at `since` (ms) or later, newest first, without those of the alerts `but`.

    Only one audience is held at a time: it may be millions.
    """
    recent = select(alerts.c.id, alerts.c.released_at).where(alerts.c.released_at.between(since, LATEST))
    # A list, not a cursor: orders are few, and the audience of each is read while nothing else is open.
    for alert, at in connection.execute(recent.order_by(alerts.c.released_at.desc(), alerts.c.id.desc())).all():
        if alert in but:
            continue
        covered = connection.execute(select(orders.c.audience).where(orders.c.alert == alert)).scalar()
        if covered is None:
            continue
        try:
            with reading_row(orders, alert):
                sent = ReleasedOrder(at, unpack(bytes(covered)))
        except RowUnreadable:
            continue  # an advice counts one message less; nobody is warned less
        yield sent
