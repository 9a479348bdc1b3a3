"""Where and in which language the people and the endpoints of a shard are reached, and whose row does not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.store.records import alarms
from hub.store.register import endpoints, recipients
from hub.store.sql.rows import ALARM as UNREADABLE


@dataclass(frozen=True, slots=True)
class DeliveryAddress:
    """Where and in which language one recipient or endpoint is reached."""

    recipient: int
    to: str
    language: str
    secret: str = ""

    @classmethod
    def of(cls, person: recipients.RecipientAddress) -> DeliveryAddress:
        return cls(person.id, person.address, person.language)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Those of one channel, whose addresses are in a column of the register. `many`: it reaches many by each endpoint,
    which is told in `language`.
    """

    vault: Vault
    column: str
    many: bool
    language: str

    def find(self, connection: Connection, ids: Sequence[int]) -> dict[int, DeliveryAddress]:
        """By number; whoever has no address any more, or a row that does not read, is left out."""
        if self.many:
            found = endpoints.contacts(connection, self.vault, ids)
            return {each.id: DeliveryAddress(each.id, each.target, self.language, each.secret) for each in found}
        people = recipients.contacts(connection, self.vault, ids, self.column)
        return {each.id: DeliveryAddress.of(each) for each in people}

    @staticmethod
    def doubtful(ids: Sequence[int], found: Mapping[int, DeliveryAddress]) -> list[int]:
        """Whose row may not read: it gave no address, or no language."""
        return [each for each in ids if each not in found or found[each].language == recipients.NO_LANGUAGE]

    def tell_unreadable(self, connection: Connection, ids: Sequence[int], now: int) -> None:
        """An alarm that names the first of these whose row does not read, and counts the others: each costs itself."""
        found = (endpoints if self.many else recipients).unreadable(connection, self.vault, ids)
        if found:
            more = f"; and {len(found) - 1} more of this shard" if found[1:] else ""
            alarms.raise_once(connection, now, UNREADABLE, found[0].place, f"{found[0]}{more}")
