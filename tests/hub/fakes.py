"""A hub that keeps everything in memory but its database: what the HTTP face is tested around."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from approvals.issuers import Issuers
from approvals.official import Official, Right
from channels.message import Form
from hub.access.identity.services import Identity
from hub.access.identity.tokens import Tokens
from hub.alert.lifecycle import Stage
from hub.alert.views import AlertPage, AlertView, ChannelProgress, PersonProgress, PlanRequest, Progress
from hub.callout.acknowledgement import Acknowledging
from hub.clock import to_ms
from hub.crypto.vault import Vault
from hub.dossier.explain import PersonView
from hub.dossier.issuers import ALONE, IssuersRequest
from hub.drafting.cancellation import EndingRequest
from hub.errors import Conflict, NotFound
from hub.estimate.service import Hypothetical
from hub.estimate.view import Estimate, KeyCount, RecentMessages, RegionalSpread, Unreachable
from hub.settings.settings import AuthSettings, HubSettings, Settings
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.register.shared import Sharing
from hub.store.sql.database import Database
from hub.tracking.forgeries import ForgeryWatch
from hub.transaction import Transactions
from targeting.audience import Audience, unite_audiences
from targeting.contribution import Contributions

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
DIGEST = "fh3:" + "ab" * 32
CAP = b'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'


def view_of(number: int, **changes: Any) -> AlertView:
    """A released public alert, with some fields changed."""
    view = AlertView(
        id=number,
        identifier=f"flood-{number}",
        sender="water@example.cn",
        sent="2026-07-01T16:00:00+08:00",
        status="Actual",
        msg_type="Alert",
        scope="Public",
        world="live",
        level="red",
        event="暴雨",
        headline=f"暴雨红色预警 {number}",
        stage=Stage.RELEASED,
        version=3,
        root=None,
        languages=("zh-CN", "en-US"),
        areas=("Ansai",),
        channels=("sms", "voice"),
        groups=(),
        findings=(),
        digest=DIGEST,
        targeted=20000,
        authors=("Wang",),
        decisions=(),
        missing=(),
        created_at=START,
        expires_at=START + timedelta(hours=6),
        released_at=START,
        ended_at=None,
        issuers=Issuers("office"),
    )
    return dataclasses.replace(view, **changes)


def progress_of(number: int, **changes: Any) -> Progress:
    whole = Progress(
        alert=number,
        stage=Stage.RELEASED,
        persons=PersonProgress(targeted=100, reached=60, confirmed=10, failed=5, unknown=35),
        channels={"sms": ChannelProgress(targeted=100, accepted=90, delivered=60, confirmed=10, failed=5, unknown=35)},
        settled=False,
    )
    return dataclasses.replace(whole, **changes)


class FakeAlerts:
    """The reading side, over a dict that tests fill."""

    def __init__(self) -> None:
        self.views: dict[int, AlertView] = {}
        self.steps: dict[int, list[Progress]] = {}
        self.asked = 0
        self.answers: dict[int, dict[str, Any]] = {}
        self.shown_forms: tuple[Form, ...] = (
            Form("sms", "zh", "暴雨红色预警", segments=1),
            Form("email", "en", "<p>Rain & <b>flood</b></p>", subject="Red warning", text="Rain"),
        )

    async def get(self, alert_id: int) -> AlertView:
        try:
            return self.views[alert_id]
        except KeyError:
            raise NotFound(f"there is no alert {alert_id}", rule="alert-unknown") from None

    async def must_read(self, official: Official, alert_id: int) -> None:
        """Everybody reads everything here."""

    async def page(self, after: int | None, limit: int, stage: str | None, reader: Official | None = None) -> AlertPage:
        chosen = sorted((view for view in self.views.values() if after is None or view.id < after), key=lambda v: -v.id)
        chosen = [view for view in chosen if stage is None or view.stage == stage]
        return AlertPage(tuple(chosen[:limit]), chosen[limit - 1].id if len(chosen) > limit else None)

    async def forms(self, alert_id: int) -> tuple[Form, ...]:
        await self.get(alert_id)
        return self.shown_forms

    async def cap(self, alert_id: int) -> bytes:
        await self.get(alert_id)
        return CAP + f"<!-- {alert_id} -->".encode()

    async def public_cap(self, alert_id: int) -> Any:
        view = await self.get(alert_id)
        if (view.status, view.scope, view.world) != ("Actual", "Public", "live") or view.released_at is None:
            raise NotFound("there is no such public alert", rule="no-such-alert", place="id")
        return SimpleNamespace(content=await self.cap(alert_id), since=view.released_at)

    async def progress(self, alert_id: int) -> Progress:
        """The steps one after the other; the last one stays."""
        await self.get(alert_id)
        self.asked += 1
        steps = self.steps.setdefault(alert_id, [progress_of(alert_id)])
        return steps.pop(0) if len(steps) > 1 else steps[0]

    async def report(self, alert_id: int) -> dict[str, Any]:
        await self.get(alert_id)
        return {"alert": {"identifier": f"flood-{alert_id}"}}

    async def feedback(self, alert_id: int) -> dict[str, Any]:
        await self.get(alert_id)
        return self.answers.get(alert_id, {"items": 0, "sentiment": {}, "intents": {}})

    async def last_change(self, by: datetime) -> datetime:
        """When the newest was released; other content is another microsecond of the same second."""
        newest = max((view.released_at for view in self.views.values() if view.released_at), default=None)
        if newest is None:
            return datetime(1970, 1, 1, tzinfo=UTC)
        return newest.replace(microsecond=zlib.crc32(repr(self.views).encode()) % 1_000_000)

    async def in_force(self, at: datetime) -> Any:
        chosen = [
            v for v in self.views.values() if v.stage is Stage.RELEASED and v.scope == "Public" and v.status == "Actual"
        ]
        entries = [
            SimpleNamespace(
                **{
                    name: getattr(v, name)
                    for name in (
                        "id",
                        "identifier",
                        "sender",
                        "sent",
                        "msg_type",
                        "headline",
                        "event",
                        "level",
                        "expires_at",
                    )
                },
                updated_at=v.released_at,
                begins_at=None,
                references="",
                blocks=(),
                concerns=lambda region: True,
            )
            for v in sorted(chosen, key=lambda v: -v.id)
        ]
        return SimpleNamespace(at=at, alerts=entries)


@dataclass
class FakeWrites:
    """Drafting, submission, decisions and releases: notes who asked for what."""

    alerts: FakeAlerts
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def create(
        self, official: Official, source: bytes, plan: PlanRequest, stated: IssuersRequest = ALONE
    ) -> AlertView:
        if self.before:
            await self.before()
        self.calls.append(("create", official.id, source, plan))
        number = len(self.alerts.views) + 1
        self.alerts.views[number] = view_of(number, stage=Stage.DRAFT, version=1)
        return self.alerts.views[number]

    async def replan(self, official: Official, alert_id: int, version: int, plan: PlanRequest) -> AlertView:
        self.calls.append(("replan", official.id, alert_id, version, plan))
        return await self.alerts.get(alert_id)

    async def replace(
        self, official: Official, alert_id: int, version: int, source: bytes, plan: PlanRequest
    ) -> AlertView:
        self.calls.append(("replace", official.id, alert_id, version, source, plan))
        view = await self.alerts.get(alert_id)
        if view.version != version:
            raise Conflict("another edit came between", rule="version", place="version")
        return view

    async def update(self, official: Official, alert_id: int, source: bytes, reason: str) -> AlertView:
        self.calls.append(("update", official.id, alert_id, source, reason))
        return await self.alerts.get(alert_id)

    async def cancel(self, official: Official, alert_id: int, request: EndingRequest) -> AlertView:
        notes = request.notes
        self.calls.append(("cancel", official.id, alert_id, notes.text, dict(notes.by_language), request.ending))
        return await self.alerts.get(alert_id)

    async def withdraw(self, official: Official, alert_id: int, reason: str) -> AlertView:
        self.calls.append(("withdraw", official.id, alert_id, reason))
        return await self.alerts.get(alert_id)

    async def submit(self, official: Official, alert_id: int, version: int, path: str) -> AlertView:
        self.calls.append(("submit", official.id, alert_id, version, path))
        return await self.alerts.get(alert_id)

    async def decide(self, official: Official, alert_id: int, **decision: str) -> AlertView:
        self.calls.append(("decide", official.id, alert_id, decision))
        return await self.alerts.get(alert_id)

    async def release(self, official: Official, alert_id: int, digest: str) -> AlertView:
        self.calls.append(("release", official.id, alert_id, digest))
        return await self.alerts.get(alert_id)


class FakeQueue:
    alive = True

    async def ping(self) -> bool:
        if not self.alive:
            raise ConnectionError("away")
        return True


class FakeAudiences:
    async def count(self, audience: Any, channels: Any, thought: Any = None) -> int:
        return 1000 * len(audience.regions)

    async def contributions(self, audience: Any, channels: Any, thought: Any = None) -> Contributions:
        return Contributions(await self.count(audience, channels), 0, 0, 0, ())

    async def resolve(self, request: PlanRequest) -> Audience:
        return unite_audiences(Audience(request.regions), request.also)


class FakeEstimates:
    async def of_alert(self, alert_id: int) -> Estimate:
        return estimate_of(alert_id)

    async def of_plan(self, request: PlanRequest, thought: Hypothetical) -> Estimate:
        return estimate_of(None, persons=1000 * len(request.regions), level=thought.level.word)


def estimate_of(alert: int | None, persons: int = 7, level: str = "red") -> Estimate:
    nowhere = RegionalSpread(())
    return Estimate(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        alert=alert,
        level=level,
        persons=persons,
        refusing=0,
        overridden=0,
        townships=RegionalSpread((KeyCount("610602001000", "桥镇", persons),)),
        groups=(),
        languages=(KeyCount("zh", "zh", persons),),
        channels=(KeyCount("sms", "sms", persons),),
        shared=(Sharing("sms", 2, 6, 0, 0, 3), Sharing("voice", 3, 13, 1, 9, 9)),
        unreachable=Unreachable(0, 0, nowhere, (), ()),
        unwritten=(),
        formless=(),
        recent=(RecentMessages(24, 0, 0, {"0": persons}, 3, 0, nowhere),),
        jurisdiction=None,
        findings=({"rule": "fatigue", "element": "24 h", "level": "warn", "text": "They are <tired>."},),
    )


@dataclass
class FakeExplaining:
    """Knows everybody; notes who was asked about, and by what."""

    calls: list[tuple[str, Any]] = field(default_factory=list)

    async def of_alert(self, _official: Official, external_id: str, alert: int) -> PersonView:
        self.calls.append((external_id, alert))
        return PersonView(external_id, (), (), "zh", False, (), True, ())

    async def of_plan(self, _official: Official, external_id: str, request: PlanRequest) -> PersonView:
        self.calls.append((external_id, request))
        return PersonView(external_id, (), (), "zh", False, (), True, ())


def settings_of(**auth: Any) -> Settings:
    """Hashing is as cheap as it can be: what it costs is not what is tested."""
    cheap = AuthSettings(argon2_passes=1, argon2_memory_kib=8, argon2_lanes=1, **auth)
    return Settings(hub=HubSettings(public_url="https://hub.example"), auth=cheap)


@dataclass
class FakeHub:
    """Everything the HTTP face touches of a hub; tests change what they are about."""

    db: Database
    clock: Any
    tokens: Tokens
    settings: Settings = field(default_factory=settings_of)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    drivers: dict[str, Any] = field(default_factory=dict)
    alerts: FakeAlerts = field(default_factory=FakeAlerts)
    receipts: Any = field(default_factory=lambda: SimpleNamespace(waiting_s=0.0))
    inbox: Any = None
    endpoint_keys: Any = None
    repeats: Any = None
    audiences: FakeAudiences = field(default_factory=FakeAudiences)
    explaining: FakeExplaining = field(default_factory=FakeExplaining)
    estimates: FakeEstimates = field(default_factory=FakeEstimates)
    queue: FakeQueue = field(default_factory=FakeQueue)

    def __post_init__(self) -> None:
        self.transactions = Transactions(self.db, self.clock)
        self.writes = FakeWrites(self.alerts)
        self.identity = Identity.of(self.db, self.clock, self.settings, Vault(b"s" * 32, b"h" * 32), self.tokens)
        self.forgeries = ForgeryWatch(self.db, self.clock)
        self.acknowledging = Acknowledging(self.db, self.clock, Vault(b"s" * 32, b"h" * 32))
        self.drafting = self.submission = self.decisions = self.releases = self.writes

    def add_official(self, name: str, *rights: Right) -> Official:
        new = NewOfficial(name, "Office", "610000000000", frozenset(rights))
        with self.db.engine.begin() as connection:
            return officials.add(connection, new, to_ms(self.clock.now()))

    def bearer(self, official: Official, **changes: Any) -> dict[str, str]:
        token = self.tokens.issue(official.id, official.name, changes.get("rights", official.rights))
        return {"Authorization": f"Bearer {token}"}
