"""One number is told once: of people who have the same number and would get the same form, one bears the message.

The others are its co-holders. Another language or another part is another form, and so another message; people of
several parts at one number have been put in one where that can be said (hub.compose.joined_parts). Responsible
persons bear their own: each of them must answer for himself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import Form
from hub.audience.sections import WHOLE
from hub.compose.compose import form_for
from hub.crypto.vault import Vault
from hub.store.alerts import alerts
from hub.store.delivery import campaigns, co_holders
from hub.store.delivery.campaigns import Campaign, ShardJob, ShardRequest
from hub.store.delivery.deliveries import find_unchanged
from hub.store.register import shared
from hub.store.register.addresses import holders_of
from hub.store.register.shared import Number


@dataclass(frozen=True, slots=True)
class Merger:
    """Cuts people into shards. `personal` are the channels that reach one person, or a family, by each address, with
    the column of the register that holds these.
    """

    vault: Vault
    personal: Mapping[str, str]

    def extend(self, connection: Connection, cut: ShardRequest) -> list[ShardJob]:
        """As `campaigns.extend`, with one message for one number and form."""
        if cut.channel not in self.personal:
            return campaigns.extend(connection, cut)
        shared.compare(connection, self.vault)
        return campaigns.extend(connection, cut, partial(self._merge, connection))

    def extend_again(self, connection: Connection, cut: ShardRequest) -> list[ShardJob]:
        """As `campaigns.extend_again`: those who were to be told by another's message, among themselves."""
        return campaigns.extend_again(connection, cut, partial(self._merge, connection))

    def _merge(self, connection: Connection, campaign: Campaign, groups: Sequence[BitMap]) -> list[BitMap]:
        """Who of each group gets a message of their own; the first in order bears that of a number."""
        sharing = shared.sharing(connection) - shared.responsible(connection)
        parts = [group & sharing for group in groups]
        fresh = BitMap.union(BitMap(), *parts)
        if not fresh:
            return list(groups)
        wording = _Wording.of(connection, campaign)
        held = shared.numbers(connection, self.vault, fresh, self.personal[campaign.channel])
        known = {number.person: number for number in held}
        numbers = [known[person] for part in parts for person in part if person in known]
        bearers = self._earlier(connection, campaign, numbers, (wording, sharing - fresh))
        told: dict[int, int] = {}  # co-holder to bearer
        for number in numbers:
            bearer = bearers.setdefault((number.mark, wording.of_person(number)), number.person)
            if bearer != number.person:
                told[number.person] = bearer
        co_holders.add(connection, campaign.id, ((bearer, holder) for holder, bearer in told.items()))
        spared = BitMap(told)
        return [group - spared for group in groups]

    def _earlier(
        self, connection: Connection, campaign: Campaign, numbers: Sequence[Number], look: tuple[_Wording, BitMap]
    ) -> dict[tuple[bytes, str], int]:
        """By number and form, who bears its message since an earlier cut; whose row has changed since bears nobody's.

        `look` says in which form a person is told, and who may bear at all.
        """
        wording, able = look
        able = able & campaign.covered
        if not able:
            return {}
        able &= campaigns.bearers(connection, campaign.id)
        held = holders_of(connection, list({number.mark: number.marks for number in numbers}.values()))
        able &= BitMap(person for people in held.values() for person in people)
        able = find_unchanged(connection, campaign.id, able)
        found: dict[tuple[bytes, str], int] = {}
        for number in shared.numbers(connection, self.vault, able, self.personal[campaign.channel]):
            found.setdefault((number.mark, wording.of_person(number)), number.person)
        return found


@dataclass(frozen=True, slots=True)
class _Wording:
    """In which form each person is told on one channel, by the order's division into parts."""

    channel: str
    forms: tuple[Form, ...]
    parts: tuple[tuple[str, BitMap], ...]
    known: dict[tuple[str, str], str] = field(default_factory=dict)  #: digests by language and part: a few for millions

    @classmethod
    def of(cls, connection: Connection, campaign: Campaign) -> _Wording:
        divided = alerts.find_parts(connection, campaign.alert)
        parts = tuple((part, BitMap.deserialize(bits)) for part, bits in sorted(divided.items()))
        return cls(campaign.channel, alerts.find_forms(connection, campaign.alert), parts)

    def of_person(self, number: Number) -> str:
        """The digest of the form."""
        part = next((part for part, persons in self.parts if number.person in persons), WHOLE)
        key = (number.language, part)
        if key not in self.known:
            self.known[key] = form_for(self.forms, self.channel, *key).digest
        return self.known[key]
