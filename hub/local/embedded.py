"""Running the hub's processes on one machine: what `hub up` and the demonstration's stage have in common."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from hub.local.supervisor import Child

READY_WITHIN_S = 60.0
READY_POLL_S = 0.1
END_WITHIN_S = 10.0
PORTS = range(20_000, 32_000)
PORT_TRIES = 50


class Counterparts:
    """The other end of every channel, as a process. `async with Counterparts(knobs) as it: it.described`.

    `knobs` are settings of the counterparts, `sms.undelivered` to its value. The process ends with the one that
    started it, even when that one is killed: it holds nothing but the other end of a pipe.
    """

    def __init__(self, knobs: Mapping[str, float]) -> None:
        self._knobs = knobs
        self._process: asyncio.subprocess.Process | None = None
        self.described: dict[str, Any] = {}  #: see `channels.counterparts.run.Ensemble.described`

    async def __aenter__(self) -> Self:
        knobs = [part for name, value in self._knobs.items() for part in ("--knob", f"{name}={value}")]
        command = (sys.executable, "-m", "hub", "counterparts", "--json", *knobs)
        process = self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        try:
            self.described = await _first_line(process)
        except BaseException:
            await self._end(process)
            raise
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self._process is not None:
            await self._end(self._process)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is not None:
            process.stdin.close()  # the counterparts end when nobody holds their input any more
        try:
            await asyncio.wait_for(process.wait(), END_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _first_line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("the counterparts have no output")
    line = await asyncio.wait_for(process.stdout.readline(), READY_WITHIN_S)
    if not line:
        raise RuntimeError(f"the counterparts ended with {await process.wait()}")
    described: dict[str, Any] = json.loads(line)
    return described


def write_channels(directory: Path, blocks: Mapping[str, Mapping[str, Any]]) -> Path:
    """Writes a channels file for these blocks, readable by its owner only: it holds secrets. Returns where it is."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "channels.toml"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
        for name, block in blocks.items():
            lines = [f"{key} = {json.dumps(value)}\n" for key, value in block.items()]
            output.write(f"[{name}]\n{''.join(lines)}")
    return file


def hub_child(command: str, environ: Mapping[str, str], name: str = "") -> Child:
    """One of our own commands as a child of the supervisor; `environ` is all it gets."""
    return Child(name or command, (sys.executable, "-m", "hub", command), environ)


async def until_ready(public_url: str, logs: Path) -> None:
    """Returns when the server answers /readyz: it may still be loading. Raises TimeoutError naming the logs."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_WITHIN_S
    async with aiohttp.ClientSession() as client:
        while loop.time() < deadline:
            try:
                async with client.get(f"{public_url}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass  # not listening yet; the deadline ends the wait
            await asyncio.sleep(READY_POLL_S)
    raise TimeoutError(f"the server was not ready within {READY_WITHIN_S:.0f} s: see {logs}")


def free_port() -> int:
    """A TCP port that was free on loopback a moment ago.

    From below the range systems take ports of outgoing connections from (Linux 32768, others 49152): a child that binds
    it seconds later does not find it taken by somebody's connection. Raises OSError where none is free.
    """
    for _ in range(PORT_TRIES):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(errno.EADDRINUSE, f"no free port among {PORT_TRIES} of {PORTS.start} to {PORTS.stop}")
