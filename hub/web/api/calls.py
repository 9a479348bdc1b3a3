"""Calls to officials over the API: what waits, whom the hub called about it, and who knows of it."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from approvals.official import Official
from hub.access.permissions import Permission
from hub.callout.matter import alert_of
from hub.callout.service import MatterView
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.web.api.endpoint import Call, Param, Route, answer
from hub.web.body import Body

MATTER = r"/calls/{id:\d{1,18}}"


class SeenToBody(Body):
    """What was done about an alarm."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


async def list_matters(call: Call) -> web.Response:
    state, alert = call.one("state"), call.whole("alert")
    if state not in (None, "open"):
        raise Refusal("state is open, or left out", rule=Rule.STATE_UNKNOWN, place="state")
    subject = f"alert/{alert}" if alert is not None else None
    found = await call.hub.calls.list_matters(subject, only_open=state == "open")
    read = await call.hub.alerts.readable(call.official, filter(None, (alert_of(each.subject) for each in found)))
    return answer([each for each in found if alert_of(each.subject) in {0, *read} or _was_called(each, call.official)])


def _was_called(matter: MatterView, official: Official) -> bool:
    """Whether the hub itself told the official that it waits."""
    return official.name in {each.official for each in matter.calls}


async def acknowledge(call: Call) -> web.Response:
    return answer(await call.hub.calls.acknowledge(call.official, call.number))


async def see_to(call: Call) -> web.Response:
    body = await call.json(SeenToBody)
    return answer(await call.hub.calls.see_to(call.official, call.number, body.reason))


CALL_ENDPOINTS: tuple[Route, ...] = (
    Route("GET", "/calls", "listCalls", "What waits for officials, and whom the hub called about it", list_matters,
             list[MatterView],
             params=(Param("state", "Only what still waits", {"type": "string", "enum": ["open"]}),
                     Param("alert", "Only of this alert", {"type": "integer", "minimum": 1})),
                     permission=Permission.UNIT_CALL_READ),
    Route("POST", MATTER + "/acknowledge", "acknowledgeCall", "Say that one knows of it; this decides nothing",
             acknowledge, MatterView, permission=Permission.UNIT_CALL_ANSWER),
    Route("POST", MATTER + "/seen-to", "seeToAlarm", "Say what was done about an alarm: nobody is called any more",
             see_to, MatterView, body=SeenToBody, permission=Permission.UNIT_CALL_ANSWER),
)  # fmt: skip
