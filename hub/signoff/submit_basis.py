"""What a submission rests on and an official can change while it is judged: read before, and again under lock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow


@dataclass(frozen=True, slots=True)
class SubmitBasis:
    """Two that are equal allow the same submission.

    `row` is that of the draft, with its version, stage and submission; `chain` are the messages of its chain, whose
    levels and stages decide whose it is and what it changes; `original` is what a relay passes on; `units` are all that
    are registered, with their areas, kinds and names.

    People, places and receipts are not compared: they move all the time, the release selects anew, and whoever was
    reached meanwhile is followed up (hub.dossier.chain).
    """

    row: AlertRow
    chain: tuple[AlertRow, ...]
    original: AlertRow | None
    units: tuple[Unit, ...]

    @classmethod
    def read(cls, connection: Connection, row: AlertRow) -> SubmitBasis:
        """Reads what the draft of this row rests on. Raises RowUnreadable."""
        chain = tuple(alerts.chain(connection, row.root)) if row.root is not None else ()
        original = alerts.look_up(connection, row.relays) if row.relays is not None else None
        return cls(row, chain, original, units.everything(connection))
