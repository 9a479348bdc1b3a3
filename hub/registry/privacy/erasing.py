"""Erases a person at their wish, or when what they were registered for is over (LAW-85)."""

from __future__ import annotations

from dataclasses import dataclass

from hub.crypto.vault import Vault
from hub.errors import NotFound
from hub.registry.privacy.reason import demand_reason
from hub.rules.rule import Rule
from hub.store.register import erasure
from hub.store.register import recipients as store
from hub.transaction import Tx


@dataclass(frozen=True, slots=True)
class Erasing:
    """One transaction: whoever looks sees the whole person or nothing of them."""

    vault: Vault

    def erase(self, tx: Tx, external_id: str, reason: str) -> int:
        """Erases the person; the internal number that evidence goes on naming. Raises NotFound, Invalid.

        The audit log keeps number and reason, not the external id. Who is imported again is a new person.
        """
        why = demand_reason(reason)
        number = store.by_external_id(tx.connection, external_id)
        if number is None:
            raise NotFound("there is no such person", rule=Rule.RECIPIENT_UNKNOWN, place="external_id")
        erasure.erase(tx.connection, self.vault, [number])
        tx.audit("recipient-erased", f"recipient/{number}", {"reason": why})
        return number
