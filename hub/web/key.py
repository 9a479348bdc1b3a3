"""The typed key under which the application keeps its hub."""

from __future__ import annotations

from aiohttp import web

from hub.app import Hub

HUB: web.AppKey[Hub] = web.AppKey("hub", Hub)
