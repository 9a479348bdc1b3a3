"""Turns the counterparts' knobs and reads their counts from another process, over loopback HTTP with a token."""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from channels.counterparts.counterpart import Counterpart, Knobs, describe_counterpart

#: does something a member of the public or a partner would do; gets and answers a JSON object
Action = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]

IDS_PER_WRITE = 2000
KNOBS = frozenset(knob.name for knob in fields(Knobs))


class DrivenCounterpart(Counterpart, Protocol):
    """A counterpart that knows how a driver finds it."""

    @property
    def block(self) -> dict[str, object]:
        """The driver's block of the channels file."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One counterpart, and what it can be asked to do beyond answering."""

    counterpart: DrivenCounterpart
    actions: Mapping[str, Action] = field(default_factory=dict)
    target: Callable[[], str] | None = None  #: URL of its endpoint, once it listens
    secret: str = ""  #: of that endpoint
    callback_keys: str = ""  #: what it signs its reports with

    @property
    def endpoint(self) -> dict[str, str] | None:
        """What is registered of its endpoint, for a channel that has endpoints instead of persons."""
        if self.target is None:
            return None
        return {"url": self.target(), "secret": self.secret, "callback_keys": self.callback_keys}

    def describe(self) -> dict[str, Any]:
        """Everything a driver of the ensemble needs to know."""
        counterpart = self.counterpart
        return describe_counterpart(counterpart) | {
            "block": counterpart.block,
            "endpoint": self.endpoint,
            "actions": sorted(self.actions),
        }


class _Wrong(Exception):
    def __init__(self, status: int, rule: str) -> None:
        super().__init__(rule)
        self.status = status


class Control:
    """GET /counterparts, GET /counterparts/NAME/ids (JSON lines `[id, times]`), GET /counterparts/NAME/texts (`[id,
    text]` of the newest), POST /counterparts/NAME/knobs, and POST /counterparts/NAME/ACTION. Bearer token; wrong input
    is answered 400 with the rule.
    """

    def __init__(self, members: Mapping[str, Member]) -> None:
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self._members = members
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        app = web.Application(middlewares=[self._authenticate])
        app.add_routes(
            [
                web.get("/counterparts", self._list),
                web.get("/counterparts/{name}/ids", self._ids),
                web.get("/counterparts/{name}/texts", self._texts),
                web.post("/counterparts/{name}/{action}", self._act),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound_host, bound_port = self._runner.addresses[0][:2]
        self.url = f"http://{bound_host}:{bound_port}"

    async def aclose(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _authenticate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()):
            return _problem(401, "the token printed at the start is needed")
        try:
            return await handler(request)
        except _Wrong as wrong:
            return _problem(wrong.status, str(wrong))
        except KeyError as error:
            return _problem(400, f"{error.args[0]} is missing")
        except (TypeError, ValueError) as error:
            return _problem(400, str(error))

    async def _list(self, _request: web.Request) -> web.Response:
        return _json({name: member.describe() for name, member in self._members.items()})

    async def _ids(self, request: web.Request) -> web.StreamResponse:
        member = self._member(request)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        ids = list(member.counterpart.counts.ids.items())  # a copy: sends go on while it is read
        for start in range(0, len(ids), IDS_PER_WRITE):
            lines = (orjson.dumps(pair) + b"\n" for pair in ids[start : start + IDS_PER_WRITE])
            await response.write(b"".join(lines))
        await response.write_eof()
        return response

    async def _texts(self, request: web.Request) -> web.Response:
        lines = [orjson.dumps(pair) + b"\n" for pair in self._member(request).counterpart.counts.texts.items()]
        return web.Response(body=b"".join(lines), content_type="application/x-ndjson")

    async def _act(self, request: web.Request) -> web.Response:
        member, action = self._member(request), request.match_info["action"]
        try:
            said = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            raise _Wrong(400, "the body is not JSON") from None
        if not isinstance(said, dict):
            raise _Wrong(400, "the body is not a JSON object")
        if action == "knobs":
            member.counterpart.knobs = turn_knobs(member.counterpart.knobs, said)
            return _json(asdict(member.counterpart.knobs))
        if action not in member.actions:
            raise _Wrong(404, f"it can be asked for {', '.join(['knobs', *sorted(member.actions)])}")
        return _json(await member.actions[action](said))

    def _member(self, request: web.Request) -> Member:
        member = self._members.get(request.match_info["name"])
        if member is None:
            raise _Wrong(404, f"no such counterpart; there are {', '.join(self._members)}")
        return member


def turn_knobs(knobs: Knobs, changes: Mapping[str, Any]) -> Knobs:
    """The knobs with some changed. Raises ValueError naming a knob that does not exist or a value it cannot take."""
    for name, value in changes.items():
        if name not in KNOBS:
            raise ValueError(f"{name}: no such knob; there are {', '.join(sorted(KNOBS))}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise ValueError(f"{name}: a number of at least 0")
    return knobs.turn(**changes)


def _json(value: Any) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


def _problem(status: int, rule: str) -> web.Response:
    body = orjson.dumps({"status": status, "detail": rule})
    return web.Response(status=status, body=body, content_type="application/problem+json")
