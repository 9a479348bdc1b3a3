"""Idempotency-Key: a repeated POST or PUT gets the first answer again, and nothing happens twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from hub.app import Hub
from hub.clock import to_ms
from hub.errors import Conflict, Invalid, Refusal
from hub.rules.rule import Rule
from hub.store.access import idempotency as kept
from hub.store.access.idempotency import Answered, Claimed, Differs, Running
from hub.web.body import read_body
from hub.web.guard import request_id
from hub.web.problem import response_of

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Allow")
KEY = re.compile(r"[\x21-\x7e]{1,255}")

Work = Callable[[], Awaitable[web.StreamResponse]]


async def once(request: web.Request, hub: Hub, principal: str, work: Work) -> web.StreamResponse:
    """Does `work` unless its key was used. Raises Conflict while the first runs, Invalid for another request."""
    key = request.headers.get(HEADER)
    if key is None:
        return await work()
    if not KEY.fullmatch(key):
        raise Refusal("1 to 255 visible ASCII characters, no space", rule=Rule.IDEMPOTENCY_KEY, place=HEADER)
    use = kept.IdempotentRequest(principal, key, await _digest(request), to_ms(hub.clock.now()))
    match await hub.db.write(lambda connection: kept.claim(connection, use)):
        case Claimed():
            return await _first(request, hub, use, work)
        case Running():
            raise Conflict("a request with this key is still running", rule=Rule.IDEMPOTENCY_RUNNING, place=HEADER)
        case Differs():
            raise Invalid("this key was used for another request", rule=Rule.IDEMPOTENCY_REUSED, place=HEADER)
        case Answered() as answer:
            return _replay(answer)


async def _first(request: web.Request, hub: Hub, use: kept.IdempotentRequest, work: Work) -> web.StreamResponse:
    try:
        response = await work()
    except Exception as error:  # noqa: BLE001 - a refusal is an answer too, and is kept like one
        response = response_of(error, request_id(request))
    if not isinstance(response, web.Response) or response.status >= 500:
        await hub.db.write(lambda connection: kept.abandon(connection, use))
        return response
    answer = _frozen(response)
    await hub.db.write(lambda connection: kept.settle(connection, use, answer))
    return response


async def _digest(request: web.Request) -> str:
    body = await read_body(request)
    # If-Match belongs to it: the same edit against another version is another request.
    parts = (request.method, request.raw_path, request.headers.get("If-Match", ""), request.content_type)
    return hashlib.sha256("\x00".join(parts).encode(errors="surrogateescape") + b"\x00" + body).hexdigest()


def _frozen(response: web.Response) -> Answered:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = response.body if isinstance(response.body, bytes) else b""
    return Answered(response.status, orjson.dumps(headers) + b"\n" + body)


def _replay(answer: Answered) -> web.Response:
    headers, _, body = answer.body.partition(b"\n")
    return web.Response(status=answer.status, body=body, headers=orjson.loads(headers) | {REPLAYED: "true"})
