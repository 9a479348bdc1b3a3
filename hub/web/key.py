"""The typed key under which the application keeps its hub."""

from __future__ import annotations

from aiohttp import web

from hub.web.port import HubPort

HUB: web.AppKey[HubPort] = web.AppKey("hub", HubPort)
