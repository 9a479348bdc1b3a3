"""The duties of a release over the API: whom else the law wants told, and the receipt of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from approvals.moment import Moment
from hub.access.permissions import Permission
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.signoff.duties import DutyReceipt, DutyView
from hub.web.api.endpoint import Call, Param, Route, answer
from hub.web.body import Body


class ReceiptBody(Body):
    """Who was told, by what means and when; without `at` just now."""

    channel: Annotated[str, Field(min_length=1, max_length=200)]
    receiver: Annotated[str, Field(min_length=1, max_length=200)]
    at: Annotated[Moment | None, Field(strict=False)] = None
    note: Annotated[str, Field(max_length=2000)] = ""


async def list_duties(call: Call) -> web.Response:
    state, alert = call.one("state"), call.one("alert")
    if state not in (None, "open"):
        raise Refusal("state is open, or left out", rule=Rule.STATE_UNKNOWN, place="state")
    if alert is not None and not (alert.isascii() and alert.isdigit() and len(alert) <= 18):
        raise Refusal("alert is a number", rule=Rule.QUERY_NUMBER, place="alert")
    number = int(alert) if alert is not None else None
    found = await call.read(lambda tx: call.hub.duties.list_duties(tx, number, only_open=state == "open"))
    read = await call.hub.alerts.readable(call.official, (each.alert for each in found))
    return answer([each for each in found if each.alert in read])


async def close(call: Call) -> web.Response:
    body = await call.json(ReceiptBody)
    at: datetime | None = body.at
    receipt = DutyReceipt(body.channel, body.receiver, at, body.note)
    return answer(await call.write(lambda tx: call.hub.duties.close(tx, call.official, call.number, receipt)))


DUTY_ENDPOINTS: tuple[Route, ...] = (
    Route("GET", "/duties", "listDuties", "Whom else a release obliges to tell", list_duties, list[DutyView],
             params=(Param("state", "Only what is still open", {"type": "string", "enum": ["open"]}),
                     Param("alert", "Only of this alert", {"type": "integer", "minimum": 1})),
                     permission=Permission.UNIT_DUTY_READ),
    Route("POST", r"/duties/{id:\d{1,18}}/receipt", "meetDuty", "Say who was told, by what means and when", close,
             DutyView, 200, body=ReceiptBody, permission=Permission.UNIT_DUTY_MEET),
)  # fmt: skip
