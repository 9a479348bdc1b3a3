"""Brings every row under the keys in force, batch by batch, beside whatever else is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.crypto.vault import Vault
from hub.store.records import audit
from hub.store.register import refusals, renewal
from hub.store.sql.database import Database

BATCH = 2000  #: people of one write: others wait for it


@dataclass(frozen=True, slots=True)
class Renewing:
    """Interrupted, it goes on where it stopped: who is under which key is filed with the row itself."""

    db: Database
    clock: Clock
    vault: Vault

    async def count_left(self) -> int:
        """People whose addresses are not yet under the keys in force."""
        box = self.vault.box
        return await self.db.read(lambda connection: len(renewal.stale(connection, box)))

    async def run(self, actor: str, on_progress: Callable[[int], None] = lambda _done: None) -> int:
        """Everything that is sealed or hashed comes under the keys in force; how many rows were written.

        `on_progress` is told after every batch. Each batch is a transaction. Audited once it is through.
        """
        box, now = self.vault.box, to_ms(self.clock.now())
        done = await self.db.write(lambda connection: renewal.renew_small(connection, box))

        def next_ones(connection: Connection) -> int:
            return refusals.renew(connection, box, BATCH, now) or renewal.renew(connection, box, BATCH, now)

        while count := await self.db.write(next_ones):
            done += count
            on_progress(count)
        detail = {"rows": done, "seal": box.seal_kid, "hash": box.hash_kid}
        await self.db.write(
            lambda connection: audit.append(
                connection, at_ms=now, actor=actor, action="addresses-renewed", subject="recipients", detail=detail
            )
        )
        return done
