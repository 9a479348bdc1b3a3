"""Whether a message still is for everybody it was planned to tell, looked at as its intent becomes durable.

A number may have changed hands since the release was cut: then its bearer's message is not theirs, and who shared it
gets one of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import Form
from hub.compose.merged_numbers import Merger
from hub.store.delivery import co_holders
from hub.store.delivery.campaigns import Lease, ShardRequest
from hub.store.register import recipients, shared
from hub.store.register.recipients import RecipientAddress

Wording = Callable[[RecipientAddress], Form]


@dataclass(frozen=True, slots=True)
class Bearers:
    """The bearers of one shard."""

    merger: Merger
    lease: Lease
    shard_size: int
    wording: Wording  #: in which form a person is told

    def settle(self, connection: Connection, opened: Sequence[int]) -> Mapping[int, RecipientAddress]:
        """Parts co-holders from bearers, of those just opened, whose number or form is another by now.

        In the transaction of the intents: a crash leaves both or neither. Returns where the messages of the bearers
        go: to just the number that was looked at.
        """
        together = co_holders.of_bearers(connection, self.lease.campaign, opened)
        if not together:
            return {}
        everyone = {*together, *(holder for holders in together.values() for holder in holders)}
        column = self.merger.personal[self.lease.channel]
        found = recipients.contacts(connection, self.merger.vault, sorted(everyone), column)
        people = {contact.id: contact for contact in found}
        alone = shared.responsible(connection)
        apart = [
            (bearer, holder)
            for bearer, holders in together.items()
            for holder in holders
            if bearer in alone or holder in alone or not self._is_one(people.get(bearer), people.get(holder))
        ]
        if apart:
            co_holders.remove(connection, self.lease.campaign, apart)
            parted = BitMap(holder for _, holder in apart)
            cut = ShardRequest(self.lease.alert, self.lease.channel, self.lease.priority, (parted,), self.shard_size)
            self.merger.extend_again(connection, cut)
        return {bearer: people[bearer] for bearer in together if bearer in people}

    def _is_one(self, bearer: RecipientAddress | None, holder: RecipientAddress | None) -> bool:
        """Whether both are told by one message: addresses are compared, no marks of them."""
        if bearer is None or holder is None or bearer.address != holder.address:
            return False
        return self.wording(bearer).digest == self.wording(holder).digest
