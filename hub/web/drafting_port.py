"""What the doors need of drafting: every way an official begins or changes a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from approvals.official import Official
from hub.alert.views import AlertView, PlanRequest
from hub.audience.plan import QuestionAnswer as DraftAnswer
from hub.dossier.issuers import IssuersRequest
from hub.drafting.alarm import AlarmRequest
from hub.drafting.cancellation import EndingRequest
from hub.drafting.evacuation import EvacuationRequest


class DraftingPort(Protocol):
    """`hub.drafting.service.Drafting`, as the API uses it."""

    async def create(
        self, official: Official, source: bytes, plan: PlanRequest, stated: IssuersRequest = ..., /
    ) -> AlertView: ...

    async def restate(
        self, official: Official, alert_id: int, version: int, stated: IssuersRequest, /
    ) -> AlertView: ...

    async def take_over(self, official: Official, alert_id: int, version: int, reason: str, /) -> AlertView: ...

    async def replace(
        self, official: Official, alert_id: int, version: int, source: bytes, plan: PlanRequest, /
    ) -> AlertView: ...

    async def update(self, official: Official, alert_id: int, source: bytes, reason: str, /) -> AlertView: ...

    async def cancel(self, official: Official, alert_id: int, request: EndingRequest, /) -> AlertView: ...

    async def alarm(self, official: Official, request: AlarmRequest, /) -> AlertView: ...
    async def evacuate(self, official: Official, request: EvacuationRequest, /) -> AlertView: ...

    async def relay(self, official: Official, alert_id: int, plan: PlanRequest, /) -> AlertView: ...

    async def withdraw(self, official: Official, alert_id: int, reason: str, /) -> AlertView: ...

    async def replan(self, official: Official, alert_id: int, version: int, plan: PlanRequest, /) -> AlertView: ...

    async def answer(
        self, official: Official, alert_id: int, version: int, answers: Sequence[DraftAnswer], /
    ) -> AlertView: ...

    async def hold(self, official: Official, alert_id: int, version: int, until: datetime | None, /) -> AlertView: ...
