"""What the HTTP face needs of the hub, as protocols: the composition root provides it, tests provide a small one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from prometheus_client import CollectorRegistry

from approvals.official import Official
from channels.driver import Driver, Heard
from channels.message import Form, Receipt, Reply
from hub.authority import AlertAuthority, Explanation, Question
from hub.clock import Clock
from hub.delivery import AlertPage, AlertView, PlanRequest, Progress
from hub.identity.tokens import Tokens
from hub.settings import Settings
from hub.store.database import Database
from targeting.audience import Audience


class DraftingPort(Protocol):
    async def create(self, official: Official, source: bytes, plan: PlanRequest, /) -> AlertView: ...

    async def replace(
        self, official: Official, alert_id: int, version: int, source: bytes, plan: PlanRequest, /
    ) -> AlertView: ...

    async def update(self, official: Official, alert_id: int, source: bytes, /) -> AlertView: ...

    async def cancel(self, official: Official, alert_id: int, note: str, /) -> AlertView: ...

    async def withdraw(self, official: Official, alert_id: int, reason: str, /) -> AlertView: ...


class SubmissionPort(Protocol):
    async def submit(self, official: Official, alert_id: int, version: int, /) -> AlertView: ...


class DecisionsPort(Protocol):
    async def decide(
        self, official: Official, alert_id: int, /, *, step: str, verdict: str, digest: str, reason: str
    ) -> AlertView: ...


class ReleasesPort(Protocol):
    async def release(self, official: Official, alert_id: int, digest: str, /) -> AlertView: ...


class PublicAlertPort(Protocol):
    """One alert as a feed shows it. Times carry a zone; `references` is CAP 1.2 §3.2.1 references as text."""

    @property
    def id(self) -> int: ...
    @property
    def identifier(self) -> str: ...
    @property
    def sender(self) -> str: ...
    @property
    def sent(self) -> str: ...
    @property
    def msg_type(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def references(self) -> str: ...


class AlertsPort(Protocol):
    async def get(self, alert_id: int, /) -> AlertView: ...

    async def page(self, after: int | None, limit: int, stage: str | None, /) -> AlertPage: ...

    async def forms(self, alert_id: int, /) -> tuple[Form, ...]: ...

    async def cap(self, alert_id: int, /) -> bytes: ...

    async def progress(self, alert_id: int, /) -> Progress: ...

    async def report(self, alert_id: int, /) -> Mapping[str, Any]: ...

    async def public(self, limit: int, /) -> Sequence[PublicAlertPort]: ...


class TakenPort(Protocol):
    """What became of the receipts of one callback."""

    @property
    def new(self) -> int: ...
    @property
    def repeated(self) -> int: ...
    @property
    def parked(self) -> int: ...


class ReceiptsPort(Protocol):
    async def take(self, heard: Heard, /) -> TakenPort: ...


class HeardRepliesPort(Protocol):
    """What became of the replies of one callback; `receipts` are the confirmations that were in them."""

    @property
    def stored(self) -> int: ...
    @property
    def receipts(self) -> Sequence[Receipt]: ...


class InboxPort(Protocol):
    async def take(self, replies: Sequence[Reply], /) -> HeardRepliesPort: ...


class AudiencesPort(Protocol):
    async def count(self, audience: Audience, channels: Sequence[str], /) -> int:
        """People in the audience who can be reached on any of the channels; no channel named means on any at all.

        Raises Invalid naming an unknown region or group.
        """
        ...


class AuthorityPort(Protocol):
    async def explain(self, who: str, question: Question, /) -> Explanation: ...

    async def of_alert(self, official: Official, alert_id: int, /) -> AlertAuthority: ...


class QueuePort(Protocol):
    async def ping(self) -> object:
        """Raises whatever the queue's client raises when the queue is away."""
        ...


class HubPort(Protocol):
    """Everything the HTTP face touches."""

    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def registry(self) -> CollectorRegistry: ...
    @property
    def drivers(self) -> Mapping[str, Driver]: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def drafting(self) -> DraftingPort: ...
    @property
    def submission(self) -> SubmissionPort: ...
    @property
    def decisions(self) -> DecisionsPort: ...
    @property
    def releases(self) -> ReleasesPort: ...
    @property
    def alerts(self) -> AlertsPort: ...
    @property
    def receipts(self) -> ReceiptsPort: ...
    @property
    def inbox(self) -> InboxPort: ...
    @property
    def audiences(self) -> AudiencesPort: ...
    @property
    def authority(self) -> AuthorityPort: ...
    @property
    def queue(self) -> QueuePort: ...
