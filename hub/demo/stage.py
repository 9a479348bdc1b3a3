"""The stage of a demonstration: its own data directory and every process of the hub, on free loopback ports."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from hub.app import Hub, build, redis_directory
from hub.redis_server import RedisServer
from hub.settings import Settings, load
from hub.supervisor import Child, Supervisor

READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be set up. `knobs` are counterpart settings, `sms.undelivered` to its value."""

    directory: Path
    world: str
    knobs: Mapping[str, float]
    workers: int = 1
    store_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)  # further FENGHUO_ variables


class Stage:
    """Everything running; `async with` ends it all."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.supervisor = Supervisor(scene.directory / "logs")
        self.counterparts: dict[str, Any] = {}
        self._exit = AsyncExitStack()
        self._hub: Hub | None = None
        self._environ: dict[str, str] = {}

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
        self.counterparts = await self._start_counterparts()
        self._environ = self._environment()
        settings = load(self._environ)
        await self._exit.enter_async_context(RedisServer(redis_directory(settings)))
        self._hub = await asyncio.to_thread(build, settings, self.counterparts["blocks"], environ=self._environ)
        self._exit.push_async_callback(self._hub.aclose)
        await self._exit.enter_async_context(self.supervisor)

    async def start_hub(self) -> None:
        """Starts server and workers; returns when the server answers."""
        await self.supervisor.start(self._child("serve"))
        for number in range(1, self.scene.workers + 1):
            await self.supervisor.start(self._child("worker", f"worker-{number}"))
        await self._until_ready()

    def _child(self, command: str, name: str = "") -> Child:
        argv = (sys.executable, "-m", "hub", command)
        return Child(name or command, argv, {**os.environ, **self._environ})

    async def _start_counterparts(self) -> dict[str, Any]:
        knobs = [part for name, value in self.scene.knobs.items() for part in ("--knob", f"{name}={value}")]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hub",
            "counterparts",
            "--json",
            *knobs,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._exit.push_async_callback(_end, process)
        if process.stdout is None:
            raise RuntimeError("the counterparts have no output")
        line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN_S)
        if not line:
            raise RuntimeError(f"the counterparts ended with {await process.wait()}")
        described: dict[str, Any] = json.loads(line)
        return described

    def _environment(self) -> dict[str, str]:
        """The settings of every process of this stage, by the same ways an operator has."""
        channels = self.scene.directory / "channels.toml"
        channels.write_text(_toml(self.counterparts["blocks"]), encoding="utf-8")
        channels.chmod(0o600)
        return {
            "FENGHUO_CHANNELS": str(channels),
            "FENGHUO_HUB__DATA_DIR": str(self.scene.directory),
            "FENGHUO_HUB__PORT": str(_free_port()),
            "FENGHUO_HUB__WORLD": self.scene.world,
            "FENGHUO_STORE__URL": self.scene.store_url,
            **self.scene.settings,
        }

    async def _until_ready(self) -> None:
        """Polls /readyz: the server may still be migrating."""
        deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
        async with aiohttp.ClientSession() as client:
            while asyncio.get_running_loop().time() < deadline:
                try:
                    async with client.get(f"{self.settings.public_url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass  # not listening yet; the deadline ends the wait
                await asyncio.sleep(0.1)
        raise TimeoutError(f"the server was not ready within {READY_WITHIN_S:.0f} s: see {self.scene.directory}/logs")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()  # the counterparts end when nobody holds their input any more
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _toml(blocks: Mapping[str, Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for name, block in blocks.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in block.items()]
    return "\n".join(lines) + "\n"
