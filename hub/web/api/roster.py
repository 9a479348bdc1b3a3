"""The duty roster over the API: who is on duty when, and how officials are called. Addresses go in and never out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from hub.access.permissions import Permission
from hub.errors import Refusal
from hub.registry.duty_roster.entry import moment_of
from hub.registry.duty_roster.service import RosterReport, ShiftView, read_roster_file
from hub.registry.rows import RowBreach
from hub.rules.rule import Rule
from hub.web.api.endpoint import CSV, Call, Param, Route, answer
from hub.web.body import Body, demand_type, read_body

Cell = Annotated[str, Field(max_length=200)]


class RosterBody(Body):
    """One line of the roster, as a file has it: a shift, how its official is called, or both.

    Times are RFC 3339; without an offset they are Beijing's. `wecom` is the webhook of the robot of a duty group,
    `wecom_user` the id of who answers there. A contact replaces the one before whole.
    """

    official: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Cell = ""
    from_: Annotated[str, Field(alias="from", max_length=40)] = ""
    until: Annotated[str, Field(max_length=40)] = ""
    role: Annotated[str, Field(max_length=16)] = ""
    order: Annotated[int | None, Field(ge=1, le=99)] = None
    language: Annotated[str, Field(max_length=8)] = ""
    sms: Cell = ""
    voice: Cell = ""
    wecom: Annotated[str, Field(max_length=2000)] = ""
    wecom_user: Cell = ""

    def cells(self) -> dict[str, str]:
        told = self.model_dump(by_alias=True)
        return {name: "" if value is None else str(value).strip() for name, value in told.items()}


@dataclass(frozen=True, slots=True)
class ShiftRemoved:
    """The shift that is there no more."""

    id: int


async def list_shifts(call: Call) -> web.Response:
    start, end = (_moment(call, name) for name in ("from", "until"))
    if start is not None and end is not None and end <= start:
        raise Refusal("until is after from", rule=Rule.QUERY_PERIOD, place="until")
    return answer(list(await call.read(lambda tx: call.hub.roster.list_shifts(tx, call.one("unit"), start, end))))


async def put_shift(call: Call) -> web.Response:
    body = await call.json(RosterBody)
    return answer(await call.write(lambda tx: call.hub.roster.put(tx, call.official, body.cells())))


async def take_in(call: Call) -> web.Response:
    demand_type(call.request, frozenset({CSV}))
    raw = await read_body(call.request)
    # A byte that is not UTF-8 becomes a lone surrogate, which the row's own check refuses.
    rows = read_roster_file(raw.decode("utf-8", "surrogateescape"))
    return answer(await call.write(lambda tx: call.hub.roster.import_rows(tx, call.official, rows)))


async def remove(call: Call) -> web.Response:
    await call.write(lambda tx: call.hub.roster.remove(tx, call.official, call.number))
    return answer(ShiftRemoved(call.number))


def _moment(call: Call, name: str) -> datetime | None:
    text = call.one(name)
    if text is None:
        return None
    try:
        return moment_of(text, name)
    except RowBreach as breach:
        raise Refusal(f"{breach.column} {breach.rule}", rule=Rule.QUERY_TIME, place=name) from None


PERIOD = (
    Param("unit", "Only of this unit"),
    Param("from", "From when on; now, if left out", {"type": "string", "format": "date-time"}),
    Param("until", "Until when; a week later, if left out", {"type": "string", "format": "date-time"}),
)

ROSTER_ENDPOINTS: tuple[Route, ...] = (
    Route("GET", "/roster", "listRoster", "Who is on duty when; addresses are shown to nobody", list_shifts,
             list[ShiftView], params=PERIOD, permission=Permission.UNIT_ROSTER_READ),
    Route("PUT", "/roster", "setRoster", "Put an official on duty, say how they are called, or both", put_shift,
             RosterReport, body=RosterBody, private=True, permission=Permission.UNIT_ROSTER_KEEP),
    Route("POST", "/roster/import", "importRoster", "Take in a roster; every good row is kept, bad ones are listed",
             take_in, RosterReport, body=CSV, private=True, permission=Permission.UNIT_ROSTER_KEEP),
    Route("POST", r"/roster/shifts/{id:\d{1,18}}/remove", "removeShift", "Take a shift out of the roster", remove,
             ShiftRemoved, permission=Permission.UNIT_ROSTER_KEEP),
)  # fmt: skip
