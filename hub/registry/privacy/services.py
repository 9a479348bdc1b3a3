"""Everything about privacy, wired from what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from hub.crypto.vault import Vault
from hub.registry.privacy.disclosure import Disclosure
from hub.registry.privacy.erasing import Erasing
from hub.registry.privacy.renewing import Renewing
from hub.registry.privacy.retention import Retention
from hub.settings.settings import RetentionSettings
from hub.transaction import Transactions


@dataclass(frozen=True, slots=True)
class Privacy:
    """The parts that doors and commands use."""

    disclosure: Disclosure
    erasing: Erasing
    renewing: Renewing
    retention: Retention

    @classmethod
    def of(cls, transactions: Transactions, vault: Vault, settings: RetentionSettings) -> Self:
        """Built around one database."""
        return cls(
            Disclosure(transactions, vault),
            Erasing(vault),
            Renewing(transactions.db, transactions.clock, vault),
            Retention(transactions, settings),
        )
