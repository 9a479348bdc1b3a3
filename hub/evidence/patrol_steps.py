"""Steps of the maintainer, each apart: one that fails is an alarm of its own, and those after it are taken.

Whoever can write to SQL can spoil what one of them reads. If that ended the others, too, one cell would blind them all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlalchemy import Connection

from hub.clock import Clock, to_ms
from hub.errors import RowUnreadable
from hub.store.records import alarms
from hub.store.sql.database import Database, StoreUnavailable
from hub.store.sql.rows import ALARM as UNREADABLE

log = structlog.get_logger(__name__)

ALARM = "step-failed"  #: of the alarm about a step whose fault is not that of a row

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Steps:
    """Takes one step after the other."""

    db: Database
    clock: Clock

    async def take(self, name: str, step: Callable[[], Awaitable[T]]) -> T | None:
        """What a step gives; None where it fails, which is an alarm. Raises StoreUnavailable: then none can go on."""
        try:
            return await step()
        except StoreUnavailable:
            raise
        except RowUnreadable as error:
            told = (UNREADABLE, error.place, str(error))
        except Exception as error:
            log.exception("step_failed", step=name)
            # The type alone: a text may tell of what is in a row.
            told = (ALARM, name, f"{name} failed: {type(error).__name__}; see the log of this process for where")
        await self._tell(*told)
        return None

    async def _tell(self, kind: str, subject: str, text: str) -> None:
        def work(connection: Connection) -> None:
            alarms.raise_once(connection, to_ms(self.clock.now()), kind, subject, text)

        try:
            await self.db.write(work)
        except StoreUnavailable:
            raise
        except Exception:  # most likely what failed the step; it is logged either way
            log.exception("step_failed_not_stored", subject=subject)
