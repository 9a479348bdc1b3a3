"""Administration over the API: one administrator asks, another agrees; who is in office, and in which unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from approvals.public_name import PublicName
from hub.access.administration.view import RequestResult, RequestView
from hub.access.permissions import Permission
from hub.errors import Refusal
from hub.rules.rule import Rule
from hub.store.access import officials, units
from hub.store.access.admin_requests import State
from hub.web.api.endpoint import Call, Param, Route, answer
from hub.web.body import Body

REQUEST = r"/admin/requests/{id:\d{1,18}}"
STATE = Param("state", "Only requests in this state", {"type": "string", "enum": [str(state) for state in State]})


class ActBody(Body):
    """An act and its particulars. Who asks comes from the credential alone."""

    kind: Annotated[str, Field(max_length=32)]
    payload: dict[str, Any]


class ApproveBody(Body):
    """`digest` is that of the request as it was shown, `proof` a second factor just given for it."""

    digest: Annotated[str, Field(max_length=80)]
    proof: Annotated[str, Field(max_length=200)] = ""


class RejectBody(Body):
    """`reason` is told to who asked."""

    reason: Annotated[str, Field(max_length=2000)]


@dataclass(frozen=True, slots=True)
class OfficialRow:
    """One account. `person` is the number of the first account of the same person."""

    id: int
    name: str
    unit: str
    area: str
    kind: str
    office: str
    rights: tuple[str, ...]
    person: int
    active: bool


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit; `parent` is the number of the unit it reports to, `public_names` what its warnings may name it by."""

    id: int
    name: str
    area: str
    kind: str
    parent: int | None
    active: bool
    public_names: tuple[PublicName, ...]


async def requests(call: Call) -> web.Response:
    """Newest first."""
    state = call.one("state")
    if state is not None and state not in set(State):
        raise Refusal(f"state is one of {', '.join(State)}", rule=Rule.STATE_UNKNOWN, place="state")
    return answer(await call.hub.administration.list_requests(None if state is None else State(state)))


async def propose(call: Call) -> web.Response:
    """Files a request; what only takes away is done at once."""
    body = await call.json(ActBody)
    return answer(await call.hub.administration.propose(call.official, body.kind, body.payload), 201)


async def approve(call: Call) -> web.Response:
    body = await call.json(ApproveBody)
    return answer(await call.hub.administration.approve(call.official, call.number, body.digest, body.proof))


async def reject(call: Call) -> web.Response:
    body = await call.json(RejectBody)
    return answer(await call.hub.administration.reject(call.official, call.number, body.reason))


async def everyone(call: Call) -> web.Response:
    """In and out of office."""
    found = await call.hub.db.read(officials.everyone)
    return answer([official_row(record) for record in found])


def official_row(record: officials.OfficialRecord) -> OfficialRow:
    one = record.official
    rights = tuple(sorted(one.rights))
    return OfficialRow(one.id, one.name, one.unit, one.area, one.kind, one.office, rights, one.person, record.active)


async def all_units(call: Call) -> web.Response:
    """Open and closed."""
    found = await call.hub.db.read(units.everything)
    return answer([_unit_row(one) for one in found])


def _unit_row(one: units.Unit) -> UnitRow:
    return UnitRow(one.id, one.name, one.area, one.kind, one.parent, one.active, one.public_names)


ADMIN_ENDPOINTS = (
    Route(
        "GET",
        "/admin/requests",
        "listAdminRequests",
        "Acts that wait for a second administrator, and those that waited",
        requests,
        list[RequestView],
        params=(STATE,),
        permission=Permission.HUB_ADMINISTRATION_READ,
    ),
    Route(
        "POST",
        "/admin/requests",
        "askAdministration",
        "Ask for an act of administration; what only takes away is done at once",
        propose,
        RequestResult,
        201,
        body=ActBody,
        private=True,
        permission=Permission.HUB_ADMINISTRATION_ASK,
    ),
    Route(
        "POST",
        f"{REQUEST}/approve",
        "approveAdminRequest",
        "Agree to another administrator's request, as it was shown",
        approve,
        RequestResult,
        200,
        body=ApproveBody,
        permission=Permission.HUB_ADMINISTRATION_DECIDE,
    ),
    Route(
        "POST",
        f"{REQUEST}/reject",
        "rejectAdminRequest",
        "Refuse a request, or take one's own back",
        reject,
        RequestView,
        200,
        body=RejectBody,
        permission=Permission.HUB_ADMINISTRATION_DECIDE,
    ),
    Route(
        "GET",
        "/officials",
        "listOfficials",
        "Who is in office",
        everyone,
        list[OfficialRow],
        permission=Permission.HUB_OFFICIAL_READ,
    ),
    Route("GET", "/units", "listUnits", "The units", all_units, list[UnitRow], permission=Permission.HUB_UNIT_READ),
)
