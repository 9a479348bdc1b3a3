"""What the web needs of the named areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from approvals.official import Official
from hub.alert.views import PlanRequest
from hub.audience.areas import KeptArea
from hub.store.alerts.areas import NamedArea


class NamedAreasPort(Protocol):
    async def put(self, actor: Official, name: str, request: PlanRequest, /) -> KeptArea: ...

    async def remove(self, actor: Official, name: str, /) -> None: ...

    async def listed(self) -> Sequence[NamedArea]: ...

    async def get(self, name: str, /) -> NamedArea: ...
