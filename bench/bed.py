"""A hub for a benchmark: its own directory and counterparts, people with one SMS address each, released alerts."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from approvals.official import Official, Right
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.alert.views import PlanRequest
from hub.app import Hub
from hub.clock import SystemClock, to_ms
from hub.formats.cap.write import write
from hub.local.demo.stage import DemoStage, Scene
from hub.registry.regions import ensure_builtin
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.delivery.campaigns import ShardJob
from hub.store.register import recipients, shared
from hub.store.schema import campaigns, shards
from targeting.recipient import Recipient

COUNTY = "500229000000"
TOWNSHIP = "500229001000"


@dataclass(slots=True)
class Bed:
    """A stage without server and workers; the benchmark dispatches in its own process."""

    stage: DemoStage
    hub: Hub
    staff: list[Official]
    released: int = 0

    async def populate(self, count: int) -> None:
        """`count` people in one township, a valid number each."""
        now = to_ms(self.hub.clock.now())
        for start in range(0, count, 5000):
            people = [
                Recipient(f"p{n}", TOWNSHIP, "zh", addresses={"sms": f"+861{3_000_000_000 + n}"})
                for n in range(start, min(count, start + 5000))
            ]
            await self.hub.db.write(lambda c, some=people: recipients.upsert(c, self.hub.vault, some, now))
        await self.hub.db.write(lambda connection: shared.compare(connection, self.hub.vault))

    async def release(self, channels: tuple[str, ...] = ("sms",)) -> int:
        """One alert to everyone, signed and released; its id. Its shards wait for `tickets`."""
        self.released += 1
        alert = warning(f"bench-{self.released}")
        author, reviewer, *signers, releaser = self.staff
        view = await self.hub.drafting.create(author, write(alert), PlanRequest(channels=channels))
        view = await self.hub.submission.submit(author, view.id, view.version)
        steps = [(reviewer, "review"), *((signer, "sign") for signer in signers)]
        for official, step in steps:
            if view.missing:
                proof = await self._proof(official, view.digest or "")
                view = await self.hub.decisions.decide(
                    official, view.id, step=step, verdict="approve", digest=view.digest or "", reason="", proof=proof
                )
        await self.hub.releases.release(releaser, view.id, view.digest or "")
        return view.id

    async def _proof(self, official: Official, digest: str) -> str:
        """As if the official had just shown a second factor: what is measured here begins after the signature."""
        now = to_ms(self.hub.clock.now())

        def work(connection: Connection) -> str:
            granted = self.hub.decisions.proofs.grant(
                connection, official=official.id, session="", digest=digest, method="hwk", now_ms=now
            )
            return granted.proof

        return await self.hub.db.write(work)

    async def tickets(self) -> list[ShardJob]:
        """Every shard that is ready."""
        query = (
            select(shards.c.id, shards.c.generation, shards.c.priority, campaigns.c.channel)
            .join(campaigns, campaigns.c.id == shards.c.campaign)
            .where(shards.c.state == "ready")
        )
        rows = await self.hub.db.read(lambda connection: connection.execute(query.order_by(shards.c.id)).all())
        return [ShardJob(row.id, row.generation, row.priority, row.channel) for row in rows]

    async def dispatch(self, tickets: list[ShardJob], at_once: int = 4) -> None:
        """Sends the shards as one worker process does: so many jobs at a time."""
        dispatcher = self.hub.dispatcher()
        waiting = list(reversed(tickets))

        async def worker() -> None:
            while waiting:
                await dispatcher.dispatch(waiting.pop())

        await asyncio.gather(*(worker() for _ in range(at_once)))


@asynccontextmanager
async def bed(knobs: dict[str, float] | None = None, *, workers: int = 1, **settings: str) -> AsyncIterator[Bed]:
    """Everything of the hub that a benchmark needs; ended with it."""
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as directory:
        scene = Scene(
            directory=Path(directory),
            world="live",
            knobs=knobs or {},
            workers=workers,
            store_url=os.environ.get("FENGHUO_BENCH_STORE", ""),
            settings={"FENGHUO_LOG__LEVEL": "warning", **settings},
        )
        async with DemoStage(scene) as stage:
            hub = stage.hub
            staff = await hub.db.write(lambda connection: _staff(connection, to_ms(hub.clock.now())))
            yield Bed(stage, hub, staff)


def warning(identifier: str) -> Alert:
    """A rainstorm warning of usual length for one county."""
    now = SystemClock().now().replace(microsecond=0)
    info = Info(
        event="暴雨",
        urgency="Immediate",
        severity="Severe",
        certainty="Observed",
        categories=("Met",),
        language="zh-CN",
        sender_name="某某县气象台",
        headline="某某县气象台发布暴雨橙色预警",
        description="过去三小时降雨量已超过五十毫米，预计未来三小时仍将持续。",
        instruction="请沿河低洼地带人员注意防范，必要时转移。",
        expires=now + timedelta(hours=6),
        areas=(Area("某某县", geocodes=(NamedValue("CPEAS Geographic Code", COUNTY),)),),
    )
    return Alert(identifier, "bench.example", now, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(info,))


def _staff(connection: Any, now: int) -> list[Official]:
    ensure_builtin(connection)
    wanted = [Right.DRAFT, Right.REVIEW, Right.SIGN, Right.SIGN, Right.RELEASE]
    return [
        officials.add(
            connection,
            NewOfficial(f"official-{n}", "某某县气象台", "000000000000", frozenset({right}), "meteorological"),
            now,
        )
        for n, right in enumerate(wanted)
    ]
