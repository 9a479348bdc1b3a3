"""The frozen document of a call, played once more to whoever asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.compose.compose import form_for
from hub.dossier.verified_order import VerifiedOrders
from hub.store.alerts import alerts
from hub.store.delivery import campaigns, provider_references
from hub.store.sql.database import Database


@dataclass(frozen=True, slots=True)
class Repeats:
    """Finds what was said by the provider's id of the call."""

    db: Database
    orders: VerifiedOrders
    clock: Clock

    async def body(self, channel: str, reference: str, language: str) -> bytes:
        """The form as it was approved; empty where the call is not known, or not yet."""
        return await self.db.read(lambda connection: self._body(connection, channel, reference, language))

    def _body(self, connection: Connection, channel: str, reference: str, language: str) -> bytes:
        found = provider_references.find(connection, [(channel, reference)]).get((channel, reference))
        if found is None:
            return b""
        campaign, person = found
        alert = campaigns.alert_of(connection, campaign)
        row = alerts.get(connection, alert) if alert is not None else None
        message = self.orders.message(connection, row, to_ms(self.clock.now())) if row is not None else None
        if row is None or message is None:
            return b""
        record = self.orders.record(connection, row, message, to_ms(self.clock.now()))
        if record is None:
            return b""
        return form_for(message.forms, channel, language, record.part_of(person)).body.encode()
