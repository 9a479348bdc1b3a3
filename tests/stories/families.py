"""Families of the stories: people who share a telephone, and what each number was told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hub.alert.views import AlertView
from hub.clock import to_ms
from hub.store.register import recipients
from targeting.recipient import Recipient
from tests.stories.cast import BRIDGE, Cast
from tests.stories.town import Town

NOBODY = Cast(bridge=0, river=0, hills=0)


def number(of: int) -> str:
    """A telephone number."""
    return f"+8613912{of:06d}"


@dataclass(frozen=True)
class One:
    """A person of a family: name, number for SMS, and what differs from the others."""

    name: str
    sms: int
    voice: int | None = None  #: the same as for SMS unless given
    language: str = "zh"
    groups: frozenset[str] = field(default_factory=frozenset)
    region: str = BRIDGE

    def registered(self) -> Recipient:
        addresses = {"sms": number(self.sms), "voice": number(self.sms if self.voice is None else self.voice)}
        return Recipient(self.name, self.region, self.language, groups=self.groups, addresses=addresses)


async def live(town: Town, *people: One) -> None:
    """They are in the register, or there otherwise than before."""
    rows = [each.registered() for each in people]
    now = to_ms(town.clock.now())
    await town.hub.db.write(lambda connection: recipients.upsert(connection, town.hub.vault, rows, now))
    for row in rows:
        found = await town.hub.db.read(lambda c, name=row.external_id: recipients.by_external_id(c, name))
        town.names[found], town.ids[row.external_id] = row.external_id, found
        town.phones[row.external_id] = row.addresses["sms"]


async def are_told(town: Town, alert: AlertView, channel: str = "sms") -> Counter[str]:
    """How often each number was sent the alert, counted by the telephone company."""
    campaign = (await town.campaigns(alert)).get(channel)
    phones = town.sms if channel == "sms" else town.voice
    found: Counter[str] = Counter()
    for delivery, times in phones.counts.ids.items():
        of = town.hub.delivery_ids.open(channel, delivery)
        if campaign is not None and of is not None and of.campaign == campaign.id:
            found[phones.stories[delivery].to] += times
    return found


async def persons(town: Town, alert: AlertView) -> tuple[int, int, int, int, int]:
    """Targeted, reached, confirmed, failed, unknown."""
    found = (await town.hub.alerts.progress(alert.id)).persons
    return found.targeted, found.reached, found.confirmed, found.failed, found.unknown


__all__ = ["NOBODY", "One", "are_told", "live", "number", "persons"]
