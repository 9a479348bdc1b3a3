"""The audit log as a service: is the chain whole, and what does it say."""

from __future__ import annotations

from dataclasses import dataclass

from approvals.audit import Broken, Entry, Verified, verify
from hub.store import audit as store
from hub.store.database import Database


@dataclass(frozen=True, slots=True)
class Audit:
    """Reads only; acts append to the log themselves, in their own transaction."""

    db: Database

    async def verify(self) -> Verified | Broken:
        """Checks the whole chain, entry by entry; names the first that does not hold."""
        return await self.db.read(lambda connection: verify(store.entries(connection)))

    async def page(self, start: int = 1, limit: int = 100) -> tuple[Entry, ...]:
        """Entries from number `start` on."""
        return await self.db.read(lambda connection: tuple(store.entries(connection, start, limit)))
