"""Erases a person at their wish, or when what they were registered for is over (LAW-85)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.crypto.vault import Vault
from hub.errors import NotFound
from hub.registry.privacy.reason import demand_reason
from hub.rules.rule import Rule
from hub.store.records import audit
from hub.store.register import erasure
from hub.store.register import recipients as store
from hub.store.sql.database import Database


@dataclass(frozen=True, slots=True)
class Erasing:
    """One transaction: whoever looks sees the whole person or nothing of them."""

    db: Database
    clock: Clock
    vault: Vault

    async def erase(self, actor: str, external_id: str, reason: str) -> int:
        """Erases the person; the internal number that evidence goes on naming. Raises NotFound, Invalid.

        The audit log keeps number and reason, not the external id. Who is imported again is a new person.
        """
        why = demand_reason(reason)
        now = to_ms(self.clock.now())

        def work(connection: Connection) -> int:
            number = store.by_external_id(connection, external_id)
            if number is None:
                raise NotFound("there is no such person", rule=Rule.RECIPIENT_UNKNOWN, place="external_id")
            erasure.erase(connection, self.vault, [number])
            audit.append(
                connection,
                at_ms=now,
                actor=actor,
                action="recipient-erased",
                subject=f"recipient/{number}",
                detail={"reason": why},
            )
            return number

        return await self.db.write(work)
