"""The console's first page: the alerts, newest first."""

from __future__ import annotations

from aiohttp import web

from hub.web.console.render import PAGES
from hub.web.console.session import visitor
from hub.web.key import HUB

PER_PAGE = 50


async def listing(request: web.Request) -> web.Response:
    """GET /console"""
    official = await visitor(request)
    given = request.query.get("cursor", "")
    cursor = int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else None
    page = await request.app[HUB].alerts.page(cursor, PER_PAGE, None, official)
    return request.app[PAGES].page(request, "listing.html", official=official, page=page)
