"""Shows an address to somebody with the right to see it, and writes down who saw whose, and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from approvals.official import Official
from approvals.territory import under
from hub.access.administration.quorum import may_be_enough
from hub.access.permissions import Permission, holds
from hub.crypto.vault import Vault
from hub.errors import Forbidden, NotFound, TooMany
from hub.registry.privacy.reason import demand_reason
from hub.rules.rule import Rule
from hub.store.access import throttles
from hub.store.register import recipients as store
from hub.store.register import regions
from hub.transaction import Transactions, Tx

MOST_AN_HOUR = 30  #: addresses one official sees: enough for the people who call for help, too few for a copy
HOUR_MS = 3_600_000
MACHINE = "command line"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The only way to a readable address, besides sending to it."""

    transactions: Transactions
    vault: Vault

    async def reveal(self, official: Official, recipient: int, channel: str, reason: str) -> str:
        """One address of one person of the official's own area. It is in the audit log, without the address, before
        anybody has seen it; a look in vain is there too, and counts.

        Raises Forbidden, Invalid for the reason, NotFound, and TooMany beyond MOST_AN_HOUR.
        """
        why = demand_reason(reason)

        def work(tx: Tx) -> str | None:
            self._demand(official)
            self._must_be_within_limit(tx.connection, official, tx.now_ms)
            theirs = [recipient] if _is_theirs(tx.connection, official, recipient) else []
            contact = next(iter(store.contacts(tx.connection, self.vault, theirs, channel)), None)
            action = "address-revealed" if contact is not None else "refused"
            detail = {"official": official.id, "channel": channel, "reason": why}
            tx.audit(action, f"recipient/{recipient}", detail)
            return contact.address if contact is not None else None

        address = await self.transactions.write(official.name, work)  # what was looked for in vain is kept, too
        if address is None:  # whom others hold is theirs to know, and looks like nobody
            raise NotFound("no such address is registered in your area", rule=Rule.ADDRESS_UNKNOWN, place="channel")
        return address

    def note_export(self, tx: Tx, official: Official | None, reason: str, persons: int) -> None:
        """Writes down that the addresses of so many people are about to leave, before the first does.

        None is whoever has the machine: alone only while there are not yet two administrators. Raises Forbidden,
        Invalid for the reason.
        """
        why = demand_reason(reason)
        if official is not None:
            self._demand(official)
        elif may_be_enough(tx.connection):
            raise Forbidden("an official with the right to reveal must ask", rule=Rule.REVEAL_OFFICIAL, place="actor")
        tx.audit("addresses-exported", "recipients", {"persons": persons, "reason": why})

    def _demand(self, official: Official) -> None:
        if not holds(official, Permission.HUB_ADDRESS_REVEAL):
            raise Forbidden("the right to reveal is needed", rule=Rule.RIGHT, place="rights")

    def _must_be_within_limit(self, connection: Connection, official: Official, now: int) -> None:
        # The hour is in what is hashed: a new hour is a new row, and old rows are forgotten with all others.
        key = self.vault.fingerprint("reveal", f"{official.person}/{now // HOUR_MS}").hex()
        if throttles.count_failure(connection, key, now) > MOST_AN_HOUR:
            left = (HOUR_MS - now % HOUR_MS) // 1000 + 1
            raise TooMany(
                f"{MOST_AN_HOUR} addresses an hour", rule=Rule.REVEAL_BOUND, place="Retry-After", retry_s=left
            )


def _is_theirs(connection: Connection, official: Official, recipient: int) -> bool:
    """Whether the official answers for the region the person is registered in."""
    region = store.regions_of(connection, [recipient]).get(recipient)
    chain = regions.ancestors(connection, [region])[region] if region is not None else ()
    return any(under(official.area, key) for _, key in chain)
