"""What an alert would do before anybody approves it, over the API."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from approvals.level import Level
from hub.access.permissions import Permission
from hub.estimate.service import Hypothetical
from hub.estimate.view import Estimate
from hub.web.api.endpoint import ALERT, Call, Route, answer
from hub.web.api.planning import CountBody, Names


class EstimateBody(CountBody):
    """A plan, and what is known of the warning.

    `texts` are the languages it will be written in; none named asks nothing about languages.
    """

    level: Literal["red", "orange", "yellow", "blue"]
    texts: Names = ()

    def thought(self, unit: str) -> Hypothetical:
        """As the service takes it; `unit` is whose jurisdiction is looked at."""
        return Hypothetical(Level.of(self.level), self.event, frozenset(self.texts) or None, unit)


async def of_alert(call: Call) -> web.Response:
    return answer(await call.hub.estimates.of_alert(call.number))


async def of_plan(call: Call) -> web.Response:
    body = await call.json(EstimateBody)
    return answer(await call.hub.estimates.of_plan(await body.read_request(), body.thought(call.official.unit)))


ESTIMATE_ENDPOINTS = (
    Route(
        "GET",
        f"{ALERT}/estimate",
        "getEstimate",
        "What releasing the alert now would do",
        of_alert,
        Estimate,
        permission=Permission.UNIT_ALERT_READ,
    ),
    Route(
        "POST",
        "/estimate",
        "estimatePlan",
        "What a plan would do, before anything is drafted",
        of_plan,
        Estimate,
        body=EstimateBody,
        asks=True,
        permission=Permission.HUB_AUDIENCE_COUNT,
    ),
)
