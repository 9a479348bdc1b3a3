"""Live progress of one alert over the API, as server-sent events."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from hub.web.api.endpoint import Call
from hub.web.auth import still_in
from hub.web.streams import stream


async def events(call: Call) -> web.StreamResponse:
    return await stream(call.request, call.number, partial(still_in, call.hub, call.claims))
