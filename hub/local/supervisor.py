"""Keeps the processes of `hub up` alive, and ends them when it ends, however it ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import structlog

from hub.local.die_with_parent import command_dying_with_parent

log = structlog.get_logger(__name__)

LOG_LIMIT_BYTES = 16 * 2**20  #: a log longer than this is set aside when its process starts


class ChildGaveUp(Exception):
    """A child ended soon after its start too many times in a row; the text names it and its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process to keep: its name (also of its log file), command line and whole environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Seconds, but for the count."""

    fast_s: float = 5.0  # a child that ends sooner than this after its start failed fast
    fast_failures: int = 5  # so many in a row, and we give up
    wait_first_s: float = 0.2  # before the first restart; doubles with every fast failure
    wait_most_s: float = 10.0
    stop_s: float = 15.0  # from SIGTERM to SIGKILL


@dataclass(slots=True)
class _Kept:
    child: Child
    process: asyncio.subprocess.Process
    restarts: int = 0
    keeper: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Supervisor:
    """`async with Supervisor(directory) as s: await s.start(Child(…)); await s.run()`. Logs go to `directory`.

    Make it in the main thread: children die with the thread that started them (see `hub.local.die_with_parent`).
    """

    directory: Path
    patience: RestartPolicy = field(default_factory=RestartPolicy)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _stopping: bool = False

    async def start(self, child: Child) -> None:
        """Starts a child and keeps it running. Raises ValueError for a name in use, OSError when it cannot start."""
        if child.name in self._kept:
            raise ValueError(f"there is a child {child.name} already")
        kept = self._kept[child.name] = _Kept(child, await self._spawn(child))
        kept.keeper = asyncio.create_task(self._keep(kept), name=f"keep-{child.name}")

    def pid(self, name: str) -> int | None:
        """The process id of a child, None while it is between two lives."""
        process = self._kept[name].process
        return process.pid if process.returncode is None else None

    def restarts(self, name: str) -> int:
        """How often a child had to be started again."""
        return self._kept[name].restarts

    def log_file(self, name: str) -> Path:
        """Where a child's stdout and stderr go."""
        return self.directory / f"{name}.log"

    async def wait(self) -> None:
        """Returns only when stopped. Raises ChildGaveUp when one child cannot be kept."""
        keepers = [kept.keeper for kept in self._kept.values() if kept.keeper]
        if keepers:
            done, _ = await asyncio.wait(keepers, return_when=asyncio.FIRST_EXCEPTION)
            for keeper in done:
                keeper.result()

    async def run(self) -> None:
        """Until SIGTERM or SIGINT, which are passed on to the children as SIGTERM. Raises ChildGaveUp."""
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, asked.set)
        waits = [asyncio.create_task(asked.wait()), asyncio.create_task(self.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[1].done():
                waits[1].result()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            await self.stop()

    async def stop(self) -> None:
        """SIGTERM to all at once, then SIGKILL to those that do not end in time. Last started, first told."""
        self._stopping = True
        kept = list(reversed(self._kept.values()))
        for one in kept:
            _signal(one.process, signal.SIGTERM)
        endings = [asyncio.create_task(one.process.wait()) for one in kept]
        if endings:
            await asyncio.wait(endings, timeout=self.patience.stop_s)
        for one in kept:
            if one.process.returncode is None:
                log.warning("child_killed", child=one.child.name, after_s=self.patience.stop_s)
                _signal(one.process, signal.SIGKILL)
        await asyncio.gather(*endings)
        keepers = [one.keeper for one in kept if one.keeper]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        await self.stop()

    async def _keep(self, kept: _Kept) -> None:
        fast = 0
        while True:
            fast = fast + 1 if await self._ended_fast(kept.process) else 0
            if self._stopping:
                return
            name, code = kept.child.name, kept.process.returncode
            if fast >= self.patience.fast_failures:
                log.error("child_gave_up", child=name, exit_code=code, log=str(self.log_file(name)))
                raise ChildGaveUp(f"{name} ended {fast} times right after its start: see {self.log_file(name)}")
            wait = min(self.patience.wait_first_s * 2 ** max(fast - 1, 0), self.patience.wait_most_s)
            log.warning("child_ended", child=name, exit_code=code, restart_in_s=wait)
            await asyncio.sleep(wait)
            kept.process = await self._spawn(kept.child)
            kept.restarts += 1

    async def _ended_fast(self, process: asyncio.subprocess.Process) -> bool:
        """Returns when the process has ended."""
        try:
            await asyncio.wait_for(process.wait(), self.patience.fast_s)
        except TimeoutError:
            await process.wait()
            return False
        return True

    async def _spawn(self, child: Child) -> asyncio.subprocess.Process:
        with self._open_log(child.name) as output:
            return await asyncio.create_subprocess_exec(
                # SIGKILL: nothing may outlive us, not even a child that does not listen; SQL holds what it was doing.
                *command_dying_with_parent(child.argv, signal.SIGKILL),
                env=dict(child.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # the terminal's interrupt is for us; children get SIGTERM from us
            )

    def _open_log(self, name: str) -> IO[bytes]:
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.log_file(name)
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        try:
            process.send_signal(number)
        except ProcessLookupError:
            return  # it ended by itself between the two lines
