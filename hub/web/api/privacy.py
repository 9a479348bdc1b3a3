"""One address of one person, for whoever has the right and says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from pydantic import Field

from hub.access.permissions import Permission
from hub.registry.privacy.reason import LONGEST
from hub.web.api.endpoint import Call, Route, answer
from hub.web.body import Body


class RevealBody(Body):
    """`reason` is kept in the audit log."""

    channel: Annotated[str, Field(max_length=32)]
    reason: Annotated[str, Field(max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class Revealed:
    """A readable address: not to be logged, not to be kept."""

    channel: str
    address: str


async def reveal(call: Call) -> web.Response:
    body = await call.json(RevealBody)
    address = await call.hub.privacy.disclosure.reveal(call.official, call.number, body.channel, body.reason)
    return answer(Revealed(body.channel, address), headers={"Cache-Control": "no-store"})


PRIVACY_ENDPOINTS = (
    Route(
        "POST",
        r"/recipients/{id:\d{1,18}}/reveal",
        "revealAddress",
        "Show one address of one person; who asked and why is in the audit log",
        reveal,
        Revealed,
        200,
        body=RevealBody,
        private=True,
        permission=Permission.HUB_ADDRESS_REVEAL,
    ),
)
