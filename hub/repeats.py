"""The frozen document of a call, played once more to whoever asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from hub.release.compose import form_for
from hub.release.sections import WHOLE
from hub.store import alerts, campaigns, provider_references
from hub.store.database import Database


@dataclass(frozen=True, slots=True)
class Repeats:
    """Finds what was said by the provider's id of the call."""

    db: Database

    async def body(self, channel: str, reference: str, language: str) -> bytes:
        """The form as it was approved; empty where the call is not known, or not yet."""
        return await self.db.read(lambda connection: _body(connection, channel, reference, language))


def _body(connection: Connection, channel: str, reference: str, language: str) -> bytes:
    found = provider_references.find(connection, [(channel, reference)]).get((channel, reference))
    if found is None:
        return b""
    campaign, person = found
    alert = campaigns.alert_of(connection, campaign)
    order = alerts.find_order(connection, alert) if alert is not None else None
    if alert is None or order is None:
        return b""
    parts = ((part, BitMap.deserialize(bits)) for part, bits in order.parts.items())
    part = next((part for part, persons in parts if person in persons), WHOLE)
    return form_for(alerts.find_forms(connection, alert), channel, language, part).body.encode()
