"""The stage of a demonstration: its own data directory and every process of the hub, on free loopback ports."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from hub.app import Hub, build, redis_directory
from hub.local.embedded import Counterparts, free_port, hub_child, until_ready, write_channels
from hub.local.redis_server import RedisServer
from hub.local.supervisor import Supervisor
from hub.settings.settings import Settings, load


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be set up. `knobs` are counterpart settings, `sms.undelivered` to its value."""

    directory: Path
    world: str
    knobs: Mapping[str, float]
    workers: int = 1
    store_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)  # further FENGHUO_ variables


class DemoStage:
    """Everything running; `async with` ends it all."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.supervisor = Supervisor(scene.directory / "logs")
        self.redis: RedisServer | None = None
        self.counterparts: dict[str, Any] = {}
        self._exit = AsyncExitStack()
        self._hub: Hub | None = None
        self.environ: dict[str, str] = {}  #: the settings of every process of the stage

    @property
    def hub(self) -> Hub:
        """A hub of our own on the same data, for seeding and for looking behind the scenes."""
        if self._hub is None:
            raise RuntimeError("the stage is not set")
        return self._hub

    @property
    def settings(self) -> Settings:
        return self.hub.settings

    async def __aenter__(self) -> Self:
        self.scene.directory.mkdir(parents=True, exist_ok=True)
        try:
            await self._set()
        except BaseException:
            await self._exit.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exit.aclose()

    async def _set(self) -> None:
        self.counterparts = (await self._exit.enter_async_context(Counterparts(self.scene.knobs))).described
        self.environ = self._environment()
        settings = load(self.environ)
        redis = self.redis = await self._exit.enter_async_context(RedisServer(redis_directory(settings)))
        self.environ["FENGHUO_REDIS__URL"] = redis.url
        settings = load(self.environ)
        self._hub = await asyncio.to_thread(build, settings, self.counterparts["blocks"], environ=self.environ)
        self._exit.push_async_callback(self._hub.aclose)
        await self._exit.enter_async_context(self.supervisor)

    async def start_hub(self) -> None:
        """Starts server and workers; returns when the server answers."""
        environ = {**os.environ, **self.environ}
        await self.supervisor.start(hub_child("serve", environ))
        for number in range(1, self.scene.workers + 1):
            await self.supervisor.start(hub_child("worker", environ, f"worker-{number}"))
        await until_ready(self.settings.public_url, self.supervisor.directory)

    def _environment(self) -> dict[str, str]:
        """The settings of every process of this stage, by the same ways an operator has."""
        return {
            "FENGHUO_CHANNELS": str(write_channels(self.scene.directory, self.counterparts["blocks"])),
            "FENGHUO_HUB__DATA_DIR": str(self.scene.directory),
            "FENGHUO_HUB__PORT": str(free_port()),
            "FENGHUO_HUB__WORLD": self.scene.world,
            "FENGHUO_STORE__URL": self.scene.store_url,
            **self.scene.settings,
        }
