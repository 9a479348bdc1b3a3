"""A provider's web server on loopback, its moods, and the reports it sends back to the hub."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from channels.counterparts.counterpart import Counts, FaultInjector, Knobs, ProviderLimit

_TRIES = 8
_LARGEST = 4 * 1024 * 1024


class WebServer:
    """One aiohttp site; tasks started through it end when it is closed."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._forever = asyncio.Event()
        self.url = ""

    async def start(self, routes: Iterable[web.AbstractRouteDef], host: str, port: int) -> None:
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.url = f"http://{bound_host}:{bound_port}"
        self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))

    @property
    def client(self) -> aiohttp.ClientSession:
        if self._client is None:
            raise RuntimeError("the counterpart has not been started")
        return self._client

    def later(self, delay_s: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does `work` after `delay_s`, unless the server is closed first."""

        async def run() -> None:
            await asyncio.sleep(delay_s)
            await work()

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def never(self) -> None:
        """Leaves a caller without an answer until one side closes."""
        await self._forever.wait()

    async def report(self, url: str, body: bytes, headers: Callable[[], Mapping[str, str]]) -> bool:
        """POSTs to the hub until it takes it (2xx) or refuses it (4xx). True when taken.

        `headers` is called for every attempt, since the time of the attempt is signed.
        """
        for attempt in range(_TRIES):
            try:
                async with self.client.post(url, data=body, headers=headers(), allow_redirects=False) as answer:
                    if answer.status < 500:
                        return answer.status < 300
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(min(0.1 * 2**attempt, 5.0))
        return False

    async def aclose(self) -> None:
        self._forever.set()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()


class Mood:
    """Draws, for each request, what the knobs make of it."""

    def __init__(self, knobs: Knobs, counts: Counts) -> None:
        self.temper = FaultInjector(knobs)
        self._throttle = ProviderLimit()
        self._counts = counts

    async def turn_away(self, knobs: Knobs) -> web.Response | None:
        """After the provider's latency: an answer that takes nothing, or None."""
        await self.temper.linger(knobs)
        if self._throttle.exceeds(asyncio.get_running_loop().time(), knobs.throttle_per_s):
            self._counts.throttled += 1
            return web.json_response({"error": "slow down"}, status=429, headers={"Retry-After": "1"})
        if self.temper.strikes(knobs.error):
            self._counts.refused += 1
            return web.json_response({"error": "unavailable"}, status=503)
        return None
