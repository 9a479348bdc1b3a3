"""A transaction as a value: who acts, at what moment, on which connection; and what opens one.

A door (API, console, command, periodic task) opens it, and the services work on it. What is done in one transaction is
done by one actor at one moment, however many services take part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from hub.clock import Clock, from_ms, to_ms
from hub.errors import NotFound
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.store.records import audit
from hub.store.sql.database import Database, is_transient

T = TypeVar("T")

HUB = "hub"  #: the actor of what the hub does by itself


@dataclass(frozen=True, slots=True)
class Tx:
    """One transaction under way. `actor` is the name that the audit log tells, `now_ms` the moment all of it is at."""

    connection: Connection
    now_ms: int
    actor: str

    @property
    def now(self) -> datetime:
        """The moment, in UTC, to the millisecond: what is sealed with it reads the same from the store."""
        return from_ms(self.now_ms)

    def audit(self, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Adds an entry of the actor to the audit log. Append last: the end of the log is held from then on.

        Raises ValueError, TypeError where `detail` is not JSON.
        """
        audit.append(
            self.connection, at_ms=self.now_ms, actor=self.actor, action=action, subject=subject, detail=detail
        )

    def alert(self, number: int, *, lock: bool = False) -> AlertRow:
        """The row of an alert, locked until the transaction ends where it is to be changed. Raises NotFound,
        RowUnreadable.
        """
        row = alerts.get(self.connection, number, lock=lock)
        if row is None:
            raise NotFound(f"there is no alert {number}", rule=Rule.ALERT_UNKNOWN)
        return row


@dataclass(frozen=True, slots=True)
class Transactions:
    """Opens transactions on the database. A work is a plain function of its `Tx`, and does nothing beside."""

    db: Database
    clock: Clock

    async def write(self, actor: str, work: Callable[[Tx], T]) -> T:
        """Runs `work` and returns its result after the commit; what it raises undoes it. Raises as `Database.write`.

        A work may run more than once before it is committed. Each run has one moment of its own: a rule that holds for
        a time is asked about the moment at which the work is done, not the one at which it was asked for.
        """
        return await self.db.write(lambda connection: work(self.tx(connection, actor)))

    async def read(self, work: Callable[[Tx], T], *, actor: str = "", snapshot: bool = False) -> T:
        """Runs `work` in a transaction that is rolled back: in a `snapshot`, on what is committed at one moment.

        Whoever is to act on what is judged in it is its `actor`.
        """
        return await self.db.read(lambda connection: work(self.tx(connection, actor)), snapshot=snapshot)

    async def judge(self, actor: str, work: Callable[[Tx], T]) -> T:
        """Reads in a snapshot, for a write of the actor that follows; where the database is away for a while, once it
        is back. Raises StoreUnavailable.
        """
        try:
            return await self.read(work, actor=actor, snapshot=True)
        except Exception as error:
            if not is_transient(error):
                raise
        await self.write(actor, lambda _: None)  # waits as long as any write does
        return await self.read(work, actor=actor, snapshot=True)

    def tx(self, connection: Connection, actor: str) -> Tx:
        """A transaction that somebody else has begun, at this moment."""
        return Tx(connection, to_ms(self.clock.now()), actor)
