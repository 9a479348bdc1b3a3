"""The HTTP application: every route in one place, around one hub."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import cache, partial

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from hub.app import Hub
from hub.clock import to_ms
from hub.store.access import idempotency
from hub.version import project_version
from hub.web.api.endpoint import ROOT, serve
from hub.web.api.routes import ENDPOINTS
from hub.web.auth import jwks
from hub.web.background import attempt, running
from hub.web.body import LARGEST
from hub.web.client import ClientBudgets
from hub.web.console.routes import add_console
from hub.web.feeds import pages as feeds
from hub.web.guard import RequestIds, guard, secure
from hub.web.health import healthz, readyz
from hub.web.hooks import hooks
from hub.web.key import HUB
from hub.web.metrics import METRICS, WebMetrics, metrics
from hub.web.openapi import document
from hub.web.public.routes import add_subscription
from hub.web.streams import STREAMS, StreamPace, Streams, close_streams

FORGET_EVERY_S = 600.0


def create_app(hub: Hub, pace: StreamPace | None = None) -> web.Application:
    """The application, ready for a runner. Run it without access log: hooks come thousands a second."""
    counted = WebMetrics(hub.registry)
    ids = RequestIds(to_ms(hub.clock.now()))
    app = web.Application(middlewares=[guard(counted, ids)], client_max_size=LARGEST)
    app[HUB] = hub
    app[METRICS] = counted
    app[STREAMS] = Streams(hub.alerts, pace or StreamPace())
    app.on_response_prepare.append(secure)
    app.on_shutdown.append(close_streams)
    app.cleanup_ctx.append(_forgetting)
    for path, handler in hooks(hub, counted, ids):
        app.router.add_route("*", path, handler)
    _add_routes(app)
    return app


def _add_routes(app: web.Application) -> None:
    router = app.router
    for endpoint in ENDPOINTS:
        router.add_route(endpoint.method, ROOT + endpoint.path, serve(endpoint))
    router.add_route("GET", f"{ROOT}/openapi.json", _describe_api())
    router.add_get(feeds.PARTNERS_PATH, feeds.index)
    app[feeds.RENDERED], app[feeds.SNAPSHOTS] = OrderedDict(), OrderedDict()
    app[feeds.BUDGETS] = ClientBudgets(app[HUB].settings.hub.public_feed_per_minute)
    router.add_get(feeds.PUBLIC_PATH, feeds.public_index)
    router.add_get(feeds.PUBLIC_PATH + r"/alerts/{id:\d{1,18}}.cap", feeds.public_cap)
    router.add_get(r"/feeds/alerts/{id:\d{1,18}}.cap", feeds.cap, allow_head=False)  # a HEAD is no fetch
    add_console(app)
    add_subscription(app)
    router.add_route("GET", "/.well-known/jwks.json", jwks)
    router.add_route("GET", "/healthz", healthz)
    router.add_route("GET", "/readyz", readyz)
    router.add_route("GET", "/metrics", metrics)


@cache
def _description() -> bytes:
    """The OpenAPI document, one for all applications of a process; it takes a second, before the first request."""
    return orjson.dumps(document(ENDPOINTS, ROOT, project_version()))


def _describe_api() -> Handler:
    body = _description()

    async def described(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-cache"})

    return described


async def _forgetting(app: web.Application) -> AsyncIterator[None]:
    """Old answers under Idempotency-Key and sessions long over are dropped while the server runs."""
    async with running(_forget(app[HUB])):
        yield


async def _forget(hub: Hub) -> None:
    while True:
        await asyncio.sleep(FORGET_EVERY_S)
        now = to_ms(hub.clock.now())
        for forget in (partial(idempotency.forget, now=now), partial(hub.identity.forget, now_ms=now)):
            await attempt("forgetting_failed", partial(hub.db.write, forget))
