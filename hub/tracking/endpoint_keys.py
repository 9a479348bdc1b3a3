"""The keys by which a report about an endpoint's delivery is believed: those of this endpoint and of no other."""

from __future__ import annotations

from dataclasses import dataclass

from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.vault import Vault
from hub.store.register import endpoints
from hub.store.sql.database import Database
from hub.tracking.receipts import ForeignDelivery


@dataclass(frozen=True, slots=True)
class EndpointKeys:
    """Finds the keys of the endpoint that a delivery went to."""

    db: Database
    vault: Vault
    ids: DeliveryIds

    async def of(self, channel: str, delivery: str) -> tuple[str, ...]:
        """The endpoint's callback keys, none where it has none or is out of service.

        Raises ForeignDelivery, before the database is asked, for an id this hub never made on this channel.
        """
        about = self.ids.open(channel, delivery)
        if about is None:
            raise ForeignDelivery
        return await self.db.read(
            lambda connection: endpoints.callback_keys(connection, self.vault, channel, about.recipient)
        )
