"""Progress as server-sent events: one query per alert and beat however many watch, bounded, ended when settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from hub.alert.lifecycle import UNRELEASED
from hub.alert.views import Progress
from hub.rules.rule import Rule
from hub.tracking.alerts import Alerts
from hub.web.guard import request_id
from hub.web.metrics import METRICS
from hub.web.problem import HttpRefusal, note_failure

Still = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class StreamPace:
    """Seconds. `most` is how many streams one process keeps; `longest_s` after which a client must ask again."""

    beat_s: float = 1.0
    heartbeat_s: float = 15.0
    longest_s: float = 600.0
    most: int = 500
    recheck_s: float = 10.0  # how soon a stream ends after its watcher's session did


@dataclass(slots=True)
class Streams:
    """All open streams of one server."""

    alerts: Alerts
    pace: StreamPace
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    open: int = 0
    _running: dict[int, asyncio.Task[Progress]] = field(default_factory=dict)

    async def latest(self, alert_id: int) -> Progress:
        """Progress now; watchers who ask together share one query."""
        task = self._running.get(alert_id)
        if task is None:
            task = asyncio.ensure_future(self.alerts.progress(alert_id))
            self._running[alert_id] = task
            task.add_done_callback(lambda _: self._running.pop(alert_id, None))
        return await asyncio.shield(task)

    async def pause(self, seconds: float) -> bool:
        """Waits; True when the server is closing."""
        try:
            async with asyncio.timeout(seconds):
                await self.closing.wait()
        except TimeoutError:
            return False
        return True


STREAMS: web.AppKey[Streams] = web.AppKey("streams", Streams)


async def close_streams(app: web.Application) -> None:
    """On shutdown: open streams end, so that the server need not wait for them."""
    app[STREAMS].closing.set()


async def stream(request: web.Request, alert_id: int, still: Still) -> web.StreamResponse:
    """Answers with events `progress` (one when it changed), comments as heartbeat, and `end` when settled.

    `still` says whether the watcher may go on watching; the stream ends when they may not.

    Raises NotFound before the stream begins, HttpRefusal 503 when there are too many.
    """
    streams = request.app[STREAMS]
    if streams.open >= streams.pace.most:
        raise HttpRefusal(503, "Too many streams", "ask for progress instead", rule=Rule.STREAMS_FULL)
    streams.open += 1
    gauge = request.app[METRICS].streams
    gauge.inc()
    try:
        return await _run(request, alert_id, still)
    finally:
        streams.open -= 1
        gauge.dec()


async def _run(request: web.Request, alert_id: int, still: Still) -> web.StreamResponse:
    latest = await request.app[STREAMS].latest(alert_id)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in between must pass events on at once
    await response.prepare(request)
    try:
        await _tell(request, response, latest, still)
    except ConnectionResetError:
        pass  # the watcher left
    except Exception as error:  # noqa: BLE001 - the headers are out: the stream can only end, and the watcher asks again
        note_failure(error, request_id(request))
    return response


async def _tell(request: web.Request, response: web.StreamResponse, latest: Progress, still: Still) -> None:
    streams = request.app[STREAMS]
    pace = streams.pace
    loop = asyncio.get_running_loop()
    begun = spoke = checked = loop.time()
    told = b""
    while True:
        now = loop.time()
        if now - checked >= pace.recheck_s:
            if not await still():
                return
            checked = now
        body = orjson.dumps(latest)
        if body != told:
            await response.write(b"event: progress\ndata: " + body + b"\n\n")
            told, spoke = body, now
        elif now - spoke >= pace.heartbeat_s:
            await response.write(b": still here\n\n")
            spoke = now
        if latest.settled and latest.stage not in UNRELEASED:  # before the release it waits for that
            await response.write(b"event: end\ndata: {}\n\n")
            return
        if now - begun >= pace.longest_s or await streams.pause(pace.beat_s):
            return
        latest = await streams.latest(latest.alert)
