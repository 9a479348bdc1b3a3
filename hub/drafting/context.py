"""The desk a draft is written at: the clock, the policy and the lists that every way of drafting needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from approvals.authority import Policy
from approvals.official import Official
from channels.driver import Driver
from hub.dossier.acts import Acts
from hub.dossier.delegation import Lending
from hub.dossier.issuers import ALONE, IssuersRequest
from hub.dossier.verified_order import VerifiedOrders
from hub.settings.settings import Settings
from templates.catalog import Catalog


@dataclass(frozen=True, slots=True)
class DraftingContext:
    """`groups` are the population groups there are."""

    settings: Settings
    policy: Policy
    drivers: Mapping[str, Driver]
    groups: Collection[str]
    lending: Lending
    acts: Acts
    catalog: Catalog
    orders: VerifiedOrders


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes a draft: an official, or an upstream system, whose word is never more than a draft (SEP-6).

    `name` stands in the audit log; `unit` is the unit that will have issued the warning (谁发布谁负责), `stated` what
    the writer says of who issues it beside and who was consulted.
    """

    name: str
    unit: str
    official: Official | None = None
    service: int | None = None  #: services.id
    stated: IssuersRequest = ALONE
    reason: str = ""  #: why: a superior who overrides the issuer says so (UC-1)
    upward: bool = False  #: the draft goes to the competent unit at once, so that its own need not be
    owed: bool = False  #: a draft that must be made whatever the writer may draft: the Cancel of a refused countersign

    @classmethod
    def of(cls, official: Official, reason: str = "", stated: IssuersRequest = ALONE) -> Writer:
        return cls(official.name, official.unit, official, stated=stated, reason=reason.strip())

    @property
    def id(self) -> int:
        """officials.id; 0 where a service writes."""
        return self.official.id if self.official is not None else 0
