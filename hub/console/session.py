"""Signing in with a token, and out; a session is the token itself in a cookie no script can read."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from approvals.official import Official
from hub.api.endpoint import ANYONE_IN_OFFICE
from hub.console.render import PAGES
from hub.errors import Forbidden, Refusal
from hub.web.auth import SignedIn, demand, official_of, signed_in
from hub.web.body import demand_type, read_body
from hub.web.key import HUB

COOKIE = "fenghuo_session"
FORM = frozenset({"application/x-www-form-urlencoded"})
HOME = "/console"


async def visitor(request: web.Request) -> Official:
    """The official signed in on this browser. Raises HTTPSeeOther to the sign-in page, Forbidden."""
    return (await visit(request)).official


async def visit(request: web.Request) -> SignedIn:
    """The same with what the session says. Raises HTTPSeeOther, Forbidden."""
    try:
        who = await signed_in(request.app[HUB], request.cookies.get(COOKIE, ""))
    except Refusal:
        raise web.HTTPSeeOther(f"{HOME}/session") from None
    demand(who.official, ANYONE_IN_OFFICE)
    return who


async def form(request: web.Request) -> web.Response:
    """GET /console/session"""
    return request.app[PAGES].page(request, "session.html", refused=False)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """POST /console/session with a form field `token`."""
    demand_same_site(request)
    demand_type(request, FORM)
    await read_body(request)
    token = str((await request.post()).get("token", "")).strip()
    hub = request.app[HUB]
    try:
        await official_of(hub, token)
    except Refusal:
        return request.app[PAGES].page(request, "session.html", status=401, refused=True)
    left = hub.tokens.verify(token).expires - int(hub.clock.now().timestamp())
    answer = web.Response(status=303, headers={"Location": HOME})
    secure = hub.settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, token, max_age=left, path=HOME, httponly=True, samesite="Strict", secure=secure)
    return answer


async def sign_out(request: web.Request) -> web.Response:
    """POST /console/session/end"""
    demand_same_site(request)
    answer = web.Response(status=303, headers={"Location": f"{HOME}/session"})
    answer.del_cookie(COOKIE, path=HOME, httponly=True, samesite="Strict")
    return answer


def demand_same_site(request: web.Request) -> None:
    """Raises Forbidden for a form that another site made the browser send."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:  # Fetch Metadata: set by the browser, out of reach of pages
        if site == "same-origin":
            return
    else:
        origin = urlsplit(request.headers.get("Origin", ""))
        ours = urlsplit(request.app[HUB].settings.public_url)
        if origin.scheme and (origin.scheme, origin.netloc) in {
            (ours.scheme, ours.netloc),
            (request.scheme, request.host),
        }:
            return
    raise Forbidden("this form was not sent from our own page", rule="other-site", place="Origin")
