"""One alert: its progress as it happens, what each channel sends, who decided, what the public answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web

from hub.alert.lifecycle import UNRELEASED, Stage
from hub.alert.views import ChannelProgress
from hub.app import Hub
from hub.errors import Refusal
from hub.estimate.view import Estimate
from hub.signoff.referral import ReferralView
from hub.web.api.reading import form_view
from hub.web.auth import still_in
from hub.web.console.render import PAGES
from hub.web.console.session import visit, visitor
from hub.web.key import HUB
from hub.web.streams import stream


async def alert(request: web.Request) -> web.Response:
    """GET /console/alerts/{id}"""
    official = await visitor(request)
    hub = request.app[HUB]
    number = int(request.match_info["id"])
    await hub.alerts.must_read(official, number)
    view = await hub.alerts.get(number)
    return request.app[PAGES].page(
        request,
        "alert.html",
        official=official,
        alert=view,
        forms=[form_view(form) for form in await hub.alerts.forms(number)],
        progress=await hub.alerts.progress(number),
        blank=ChannelProgress(),
        referral=await _referral(hub, number) if view.stage == Stage.REFERRED else None,
        estimate=await _estimate(hub, number) if view.stage in UNRELEASED else None,
        feedback=await _feedback(hub, number) if view.released_at else None,
    )


async def events(request: web.Request) -> web.StreamResponse:
    """GET /console/alerts/{id}/events: the API's stream, for the browser that is signed in here."""
    who = await visit(request)
    await request.app[HUB].alerts.must_read(who.official, int(request.match_info["id"]))
    still = partial(still_in, request.app[HUB], who.claims)
    return await stream(request, int(request.match_info["id"]), still)


async def _estimate(hub: Hub, number: int) -> Estimate | None:
    """None where there is none to be had: a draft whose shape is refused can still be looked at."""
    try:
        return await hub.estimates.of_alert(number)
    except Refusal:
        return None


async def _referral(hub: Hub, number: int) -> ReferralView | None:
    """In whose inbox the draft is."""
    return next((each for each in await hub.referrals.list_referrals("open", None) if each.alert == number), None)


async def _feedback(hub: Hub, number: int) -> Mapping[str, Any] | None:
    found = await hub.alerts.feedback(number)
    return found if found["items"] else None
