"""Who issues a warning, over the API: stated anew, or taken over by a superior that says why."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from hub.access.permissions import Permission
from hub.alert.views import AlertView
from hub.dossier.issuers import MOST_UNITS, IssuersRequest
from hub.web.api.drafts import answer_with_alert, version_of
from hub.web.api.endpoint import ALERT, IF_MATCH, Call, Route
from hub.web.body import Body

Units = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(strict=False, max_length=MOST_UNITS)
]


class IssuersBody(Body):
    """`joint` are the units that issue it too, each to sign for itself; `consulted` those that were asked; `publisher`
    the warning centre that publishes it for them, as before where it is left out.
    """

    joint: Units = ()
    consulted: Units = ()
    publisher: Annotated[str, Field(max_length=200)] = ""


class TakeOverBody(Body):
    """`version` is that of the draft as it was read; `reason` stands in the record."""

    version: Annotated[int, Field(ge=1)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


async def restate(call: Call) -> web.Response:
    version, body = version_of(call), await call.json(IssuersBody)
    stated = IssuersRequest(body.joint, body.consulted, publisher=body.publisher)
    return answer_with_alert(await call.hub.drafting.restate(call.official, call.number, version, stated))


async def take_over(call: Call) -> web.Response:
    body = await call.json(TakeOverBody)
    return answer_with_alert(await call.hub.drafting.take_over(call.official, call.number, body.version, body.reason))


ISSUING_ENDPOINTS = (
    Route(
        "PUT",
        f"{ALERT}/issuers",
        "stateIssuers",
        "Say who issues a draft jointly, and who was consulted",
        restate,
        AlertView,
        200,
        (IF_MATCH,),
        IssuersBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
    Route(
        "POST",
        f"{ALERT}/take-over",
        "takeOverAlert",
        "As a superior of its issuer, make an unreleased alert one's own",
        take_over,
        AlertView,
        200,
        body=TakeOverBody,
        permission=Permission.UNIT_ALERT_DRAFT,
    ),
)
