"""The outermost middleware: request id, problem documents, metrics; and the security headers of every answer."""

from __future__ import annotations

import asyncio
import itertools
import re

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.store.sql.storable import demand_storable
from hub.web.metrics import WebMetrics
from hub.web.problem import response_of

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request-id", str)
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def request_id(request: web.Request) -> str:
    """The id under which this request is logged and quoted."""
    return str(request.get(REQUEST_ID, ""))


async def secure(request: web.Request, response: web.StreamResponse) -> None:
    """Signal before each answer's headers leave: an answer that already names a policy keeps its own."""
    headers = response.headers
    identity = request.get(REQUEST_ID)
    if identity is None:  # a callback that was taken: no browser reads its answer
        headers["X-Content-Type-Options"] = "nosniff"
        return
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Request-Id"] = identity


class RequestIds:
    """Names requests: by what the client calls them, where that can be logged safely, else by a number of ours."""

    def __init__(self, started_ms: int) -> None:
        """`started_ms` makes the numbers of one run of the server differ from those of another."""
        self._prefix = f"{started_ms:x}"
        self._numbers = itertools.count(1)

    def name(self, request: web.Request) -> str:
        """Gives the request its id."""
        given = request.headers.get("X-Request-Id", "")
        identity = given if SAFE_ID.fullmatch(given) else f"{self._prefix}-{next(self._numbers):x}"
        request[REQUEST_ID] = identity
        return identity


def guard(metrics: WebMetrics, ids: RequestIds) -> Middleware:
    """Around every route but the hooks, which guard themselves: a handful of microseconds count there."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(HOOKS) and request.match_info.http_exception is None:
            return await handler(request)
        identity = ids.name(request)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            _demand_storable(request)
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - the one place where everything becomes a problem document
            response = response_of(error, identity)
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unmatched"
        method = request.method if request.method in KNOWN_METHODS else "other"
        metrics.requests.labels(route, method, response.status).inc()
        metrics.seconds.labels(route).observe(loop.time() - begun)
        return response

    return guarded


def _demand_storable(request: web.Request) -> None:
    """Raises Invalid naming the part of the path, the parameter or the header that no store can hold."""
    for name, value in request.match_info.items():
        demand_storable(value, name)
    for name, value in request.query.items():
        demand_storable(name, "query")
        demand_storable(value, name)
    for name in READ_HEADERS & request.headers.keys():
        demand_storable(request.headers[name], name)


#: headers whose text is compared or kept; a program's own name (User-Agent) is cleaned instead
READ_HEADERS = frozenset({"Authorization", "Cookie", "Idempotency-Key", "If-Match", "If-None-Match"})
HOOKS = "/hooks/"
#: a method is the client's own word; only these become labels
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
