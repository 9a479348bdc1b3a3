"""One endpoint as data, and what its handler is given: the router and the OpenAPI document are both built from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import orjson
from aiohttp import web

from approvals.official import Official, Right
from hub.errors import Refusal
from hub.web.auth import bearer, demand, official_of
from hub.web.body import JSON_TYPES, XML_TYPES, Body, demand_type, parse, read_body
from hub.web.idempotency import once
from hub.web.key import HUB
from hub.web.port import HubPort

M = TypeVar("M", bound=Body)

ANYONE_IN_OFFICE = frozenset({Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE, Right.MONITOR})
XML = "application/cap+xml"
EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `official` comes from the credential and from nowhere else."""

    request: web.Request
    hub: HubPort
    official: Official

    @property
    def alert_id(self) -> int:
        return int(self.request.match_info["id"])

    def one(self, name: str) -> str | None:
        """A query parameter that may stand once. Raises Refusal."""
        values = self.request.query.getall(name, [])
        if len(values) > 1:
            raise Refusal(f"{name} may stand once", rule="query-repeated", place=name)
        return values[0] if values else None

    def many(self, name: str) -> tuple[str, ...]:
        """A query parameter that may be repeated or hold a comma-separated list; each value once, in order."""
        parts = (part.strip() for value in self.request.query.getall(name, []) for part in value.split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    async def xml(self) -> bytes:
        """The body as an XML document, not yet read. Raises HttpRefusal 415."""
        demand_type(self.request, XML_TYPES)
        return await read_body(self.request)

    async def json(self, model: type[M]) -> M:
        """The body read into `model`. Raises HttpRefusal 415 or Invalid."""
        demand_type(self.request, JSON_TYPES)
        return parse(model, await read_body(self.request))


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Param:
    """A query or header parameter; `schema` is JSON Schema."""

    name: str
    text: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    where: str = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is under the API's root, in the router's notation.

    `answer` is a type shown as JSON, a media type, or None for any JSON object. `rights`: one of them is enough.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    answer: object = None
    status: int = 200
    rights: frozenset[Right] = ANYONE_IN_OFFICE
    params: tuple[Param, ...] = ()
    body: type[Body] | str | None = None

    @property
    def writes(self) -> bool:
        return self.method in {"POST", "PUT"}


def serve(endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind its door: credential, right, known parameters, idempotency, handler."""
    known = frozenset(param.name for param in endpoint.params if param.where == "query")

    async def handle(request: web.Request) -> web.StreamResponse:
        hub = request.app[HUB]
        official = await official_of(hub, bearer(request))
        demand(official, endpoint.rights)
        for name in request.query:
            if name not in known:
                raise Refusal(f"unknown query parameter {name[:64]!r}", rule="unknown-parameter", place=name[:64])
        work = partial(endpoint.handler, Call(request, hub, official))
        return await once(request, hub, f"official:{official.id}", work) if endpoint.writes else await work()

    return handle


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """`value` (dataclasses included) as JSON."""
    body = orjson.dumps(value, default=_plain)
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return dict(value)
        case frozenset() | set():
            return sorted(value)
        case _:
            raise TypeError(type(value).__name__)
