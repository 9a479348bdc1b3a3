"""Single sign-on in the browser: to the identity provider and back."""

from __future__ import annotations

from aiohttp import web

from hub.access.identity.single import Back
from hub.errors import Refusal
from hub.web.api.endpoint import Visit
from hub.web.api.session import client_of
from hub.web.console.render import PAGES
from hub.web.console.session import HOME, entry, keep_session
from hub.web.key import HUB

KEPT = "fenghuo_oidc"
PATH = f"{HOME}/oidc"
PATIENCE_S = 600


async def out(request: web.Request) -> web.StreamResponse:
    """GET /console/oidc/{provider}"""
    hub = request.app[HUB]
    way, kept = await hub.identity.single.out(request.match_info["provider"])
    answer = web.Response(status=303, headers={"Location": way})
    secure = hub.settings.public_url.startswith("https://")
    # Lax: the browser comes back from another site, and must bring this along.
    answer.set_cookie(KEPT, kept, max_age=PATIENCE_S, path=PATH, httponly=True, samesite="Lax", secure=secure)
    return answer


async def back(request: web.Request) -> web.StreamResponse:
    """GET /console/oidc/{provider}/callback"""
    hub = request.app[HUB]
    given = Back(request.query.get("code", ""), request.query.get("state", ""), request.cookies.get(KEPT, ""))
    try:
        opened = await hub.identity.single.back(request.match_info["provider"], given, client_of(Visit(request, hub)))
    except Refusal as error:
        if error.status != 401:
            raise
        return entry(request, 401, "oidc_refused")
    # A page and not a redirect: a strict cookie is not sent along a way that began on another site.
    page = request.app[PAGES].page(request, "entered.html")
    page.del_cookie(KEPT, path=PATH, httponly=True, samesite="Lax")
    keep_session(hub, page, opened)
    return page
