"""One endpoint as data, and what its handler is given: the router and the OpenAPI document are both built from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import orjson
from aiohttp import web

from approvals.official import Official
from hub.access.identity.proofs import must_come_from_session
from hub.access.identity.tokens import Claims
from hub.access.permissions import Permission, demand
from hub.access.services import Caller
from hub.app import Hub
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.transaction import Tx
from hub.web.api.refused import NOBODY, RefusalLog
from hub.web.auth import bearer, service_of, sign_in_by_token
from hub.web.body import JSON_TYPES, XML_TYPES, Body, demand_type, parse, read_body
from hub.web.idempotency import once
from hub.web.key import HUB

M = TypeVar("M", bound=Body)
T = TypeVar("T")

ROOT = "/api/v1"
ALERT = r"/alerts/{id:\d{1,18}}"
XML = "application/cap+xml"
CSV = "text/csv"
EVENTS = "text/event-stream"
MOST_NUMBER = 10**18 - 1  #: as many digits as the patterns of the paths take


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who need not have said who they are."""

    request: web.Request
    hub: Hub

    @property
    def number(self) -> int:
        """Of what the path names: an alert, a referral, a paper, a request."""
        return int(self.request.match_info["id"])

    def one(self, name: str) -> str | None:
        """A query parameter that may stand once. Raises Refusal."""
        values = self.request.query.getall(name, [])
        if len(values) > 1:
            raise Refusal(f"{name} may stand once", rule=Rule.QUERY_REPEATED, place=name)
        return values[0] if values else None

    def whole(self, name: str, most: int = MOST_NUMBER) -> int | None:
        """A query parameter that is a whole number from 1 to `most`; None where it is missing. Raises Refusal."""
        text = self.one(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 18 and 1 <= int(text) <= most):
            raise Refusal(f"{name} is a whole number from 1 to {most}", rule=Rule.QUERY_NUMBER, place=name)
        return int(text)

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


@dataclass(frozen=True, slots=True)
class Call(Visit):
    """One authenticated request. `official` comes from the credential and from nowhere else."""

    official: Official
    claims: Claims

    async def json(self, model: type[M]) -> M:
        """As of any visit. Raises Forbidden, too, where it holds a proof and the caller is in no session."""
        body = await Visit.json(self, model)
        must_come_from_session(self.claims.login, str(getattr(body, "proof", "")))
        return body

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in a transaction that keeps nothing."""
        return await self.hub.transactions.read(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Runs `work` in a transaction in which the official acts."""
        return await self.hub.transactions.write(self.official.name, work)


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class OpenHandler:
    """A handler that is there for those who are not signed in."""

    handler: Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ServiceCall(Visit):
    """One request of an upstream system, known by its own token: no official's opens this, nor this anything else."""

    caller: Caller


@dataclass(frozen=True, slots=True)
class ServiceHandler:
    """A handler for upstream systems."""

    handler: Callable[[ServiceCall], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Param:
    """A query or header parameter; `schema` is JSON Schema."""

    name: str
    text: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    where: str = "query"
    required: bool = False


#: the JSON Schema of a list of words in a query
LIST: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
IF_MATCH = Param("If-Match", "The version that was edited, as ETag gave it", where="header", required=True)


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is under the API's root, in the router's notation.

    `answer` is a type shown as JSON, a media type, or None for any JSON object. `permission` opens it; None is for
    those who are not signed in, and for nobody else.
    `private`: the answer holds a secret that is shown once, so it is never kept to be repeated.
    `asks`: a question that needs a body; it changes nothing, so its answer is not kept and its refusal is no attempt.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler | OpenHandler | ServiceHandler
    answer: object = None
    status: int = 200
    params: tuple[Param, ...] = ()
    body: type[Body] | str | None = None
    private: bool = False
    asks: bool = False
    permission: Permission | None = field(kw_only=True)

    def __post_init__(self) -> None:
        if (self.permission is None) != isinstance(self.handler, OpenHandler):
            raise ValueError(f"{self.name}: a door is open, or a permission opens it")

    @property
    def required_permission(self) -> Permission:
        """The permission that opens it. Raises ValueError where it is open."""
        if self.permission is None:
            raise ValueError(f"{self.name}: an open door needs no permission")
        return self.permission

    @property
    def takes_body(self) -> bool:
        return self.method in {"POST", "PUT"}

    @property
    def writes(self) -> bool:
        return self.takes_body and not self.asks

    @property
    def reads_alert(self) -> bool:
        """Whether it shows something of the alert its path names: the policy says who reads which."""
        return self.method == "GET" and self.path.startswith(ALERT)

    @property
    def repeats(self) -> bool:
        """Whether a repeat under the same Idempotency-Key gets the first answer again."""
        return self.writes and not self.private and not isinstance(self.handler, OpenHandler)


def serve(endpoint: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The endpoint behind its door: credential, right, known parameters, idempotency, handler.

    What it refuses of a write stands in the audit log.
    """
    known = frozenset(param.name for param in endpoint.params if param.where == "query")
    refused = RefusalLog(endpoint.method, endpoint.path, endpoint.writes)

    async def handle(request: web.Request) -> web.StreamResponse:
        hub = request.app[HUB]
        if isinstance(endpoint.handler, OpenHandler):
            _demand_known(request, known)
            return await endpoint.handler.handler(Visit(request, hub))
        async with refused.noting(hub, NOBODY):
            entered = await _enter(endpoint, request, hub)
        async with refused.noting(hub, entered.actor):
            if entered.official is not None:
                demand(entered.official, endpoint.required_permission)
                if endpoint.reads_alert:
                    await hub.alerts.must_read(entered.official, int(request.match_info["id"]))
            _demand_known(request, known)
            work = partial(refused.answer_noting, hub, entered.actor, entered.work)
            return await once(request, hub, entered.principal, work) if endpoint.repeats else await work()

    return handle


@dataclass(frozen=True, slots=True)
class _Entered:
    """Who is let in: under which name they stand in the audit log, and what is done for them."""

    principal: str
    actor: str
    official: Official | None
    work: Callable[[], Awaitable[web.StreamResponse]]


async def _enter(endpoint: Route, request: web.Request, hub: Hub) -> _Entered:
    """Whoever the bearer token names. Raises HttpRefusal 401, Forbidden."""
    handler = endpoint.handler
    if isinstance(handler, ServiceHandler):
        caller = await service_of(hub, bearer(request), endpoint.required_permission)
        serving = partial(handler.handler, ServiceCall(request, hub, caller))
        return _Entered(f"service:{caller.service.id}", f"service/{caller.service.name}", None, serving)
    if isinstance(handler, OpenHandler):
        raise TypeError("an open handler asks nobody")
    who = await sign_in_by_token(hub, bearer(request))
    handling = partial(handler, Call(request, hub, who.official, who.claims))
    return _Entered(f"official:{who.official.id}", who.official.name, who.official, handling)


def _demand_known(request: web.Request, known: frozenset[str]) -> None:
    for name in request.query:
        if name not in known:
            raise Refusal(f"unknown query parameter {name[:64]!r}", rule=Rule.PARAMETER_UNKNOWN, place=name[:64])


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
