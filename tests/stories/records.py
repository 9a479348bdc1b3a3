"""Behind the scenes of a town: what its database holds, and somebody with a hand in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from approvals.acts import Act, read_act
from channels.message import DeliveryState
from hub.alert.views import AlertView
from hub.app import Hub
from hub.clock import to_ms
from hub.dossier.acts import NewAct, alert_subject
from hub.store.alerts import acts
from hub.store.delivery import campaigns, deliveries
from hub.store.records import alarms
from hub.store.register import endpoints, recipients
from hub.store.register.endpoints import NewEndpoint
from targeting.recipient import Recipient


class Records:
    hub: Hub
    clock: Any
    names: dict[int, str]
    ids: dict[str, int]
    phones: dict[str, str]

    async def campaigns(self, alert: AlertView) -> dict[str, campaigns.Campaign]:
        return await self.hub.db.read(lambda connection: campaigns.find(connection, alert.id))

    async def states(self, alert: AlertView, channel: str) -> dict[str, str]:
        """Person by person, where their delivery stands."""
        campaign = (await self.campaigns(alert))[channel]
        found = await self.hub.db.read(lambda connection: deliveries.states(connection, campaign.id))
        return {self.names[number]: DeliveryState(state).name for state, bits in found.items() for number in bits}

    async def delivery(self, alert: AlertView, channel: str, name: str) -> str:
        campaign = (await self.campaigns(alert))[channel]
        return self.hub.delivery_ids.one(channel, campaign.id, self.ids[name])

    def person(self, channel: str, delivery: str) -> str:
        """Whose delivery this is, by name."""
        of = self.hub.delivery_ids.open(channel, delivery)
        assert of is not None, "not a delivery of this town's hub and channel"
        return self.names[of.recipient]

    async def endpoint_states(self, alert: AlertView, channel: str) -> list[int]:
        """Endpoint by endpoint, where the delivery stands."""
        campaign = (await self.campaigns(alert))[channel]
        found = await self.hub.db.read(lambda connection: deliveries.states(connection, campaign.id))
        return [state for _, state in sorted((number, int(state)) for state, bits in found.items() for number in bits)]

    async def points(self, name: str, target: str, secret: str) -> None:
        """An endpoint is found elsewhere from now on."""
        new = NewEndpoint(name.partition("-")[0], name, target, secret, None)
        await self.hub.db.write(lambda connection: endpoints.add(connection, self.hub.vault, new))

    async def moves(self, name: str, region: str, *, without: str = "") -> None:
        """A person moves house, and may give up a channel."""
        addresses = {channel: self.phones[name] for channel in ("sms", "voice") if channel != without}
        person = Recipient(name, region, "zh", addresses=addresses)
        now = to_ms(self.clock.now())
        await self.hub.db.write(lambda connection: recipients.upsert(connection, self.hub.vault, [person], now))

    async def keeps(self, name: str, region: str, *channels: str) -> None:
        """A person gives up every address but those on these channels."""
        addresses = {"sms": self.phones[name], "voice": self.phones[name], "email": f"{name}@example.org"}
        person = Recipient(name, region, "zh", addresses={each: addresses[each] for each in channels})
        now = to_ms(self.clock.now())
        await self.hub.db.write(lambda connection: recipients.upsert(connection, self.hub.vault, [person], now))

    async def alarms(self) -> list[tuple[str, str]]:
        """(kind, detail), oldest first."""
        rows = await self.hub.db.read(alarms.recent)
        return [(row.kind, row.detail) for row in reversed(rows)]

    async def acts_of(self, alert: AlertView) -> list[Act]:
        """What was done to it, as it is on record."""
        rows = await self.hub.db.read(lambda connection: acts.sequence(connection, alert_subject(alert.id)))
        return [read_act(jws) for _, jws in rows]

    async def seals(self, alert: AlertView, stage: str) -> None:
        """An act that says this stage, as if the hub had taken it: for what guards behind the acts are there."""
        new = NewAct("release", stage, "hub", to_ms(self.clock.now()), digest=alert.digest or "", stops=True)
        book, subject = self.hub.acts, alert_subject(alert.id)
        await self.hub.db.write(lambda connection: book.record(connection, subject, new))

    async def sql(self, statement: str, *values: object) -> None:
        """Somebody with a hand in the database; `?` marks values."""

        def work(connection: Connection) -> None:
            text = statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")
            connection.exec_driver_sql(text, values)

        await self.hub.db.write(work)
