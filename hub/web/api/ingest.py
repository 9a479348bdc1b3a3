"""Ingest over the API: what upstream systems send, and what became of it."""

from __future__ import annotations

from aiohttp import web

from hub.access.permissions import Permission
from hub.intake.service import IngestResult
from hub.web.api.endpoint import LIST, XML, Param, Route, ServiceCall, ServiceHandler, answer

_CHANNELS = Param(
    "channels",
    "Channels to use; none named means those of the standing authorisation, or every configured one",
    LIST,
)


async def take(call: ServiceCall) -> web.Response:
    return answer(await call.hub.ingest.take(call.caller, await call.xml(), call.many("channels")), 201)


async def status(call: ServiceCall) -> web.Response:
    return answer(await call.hub.ingest.status(call.caller, call.request.match_info["identifier"]))


INGEST_ENDPOINTS = (
    Route(
        "POST",
        "/ingest",
        "ingest",
        "Send a warning in: a draft, unless a standing authorisation covers it to the letter",
        ServiceHandler(take),
        IngestResult,
        201,
        params=(_CHANNELS,),
        body=XML,
        permission=Permission.SERVICE_ALERT_SEND,
    ),
    Route(
        "GET",
        "/ingest/{identifier}",
        "getIngested",
        "What became of it",
        ServiceHandler(status),
        IngestResult,
        permission=Permission.SERVICE_ALERT_SEND,
    ),
)
