"""Everything about privacy, wired from what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from hub.clock import Clock
from hub.privacy.disclosure import Disclosure
from hub.privacy.erasing import Erasing
from hub.privacy.renewing import Renewing
from hub.privacy.retention import Retention
from hub.settings import RetentionSettings
from hub.store.database import Database
from hub.vault import Vault


@dataclass(frozen=True, slots=True)
class Privacy:
    """The parts that doors and commands use."""

    disclosure: Disclosure
    erasing: Erasing
    renewing: Renewing
    retention: Retention

    @classmethod
    def of(cls, db: Database, clock: Clock, vault: Vault, settings: RetentionSettings) -> Self:
        """Built around one database."""
        return cls(
            Disclosure(db, clock, vault),
            Erasing(db, clock, vault),
            Renewing(db, clock, vault),
            Retention(db, clock, settings),
        )
