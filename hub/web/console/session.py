"""Signing in and out on a browser; the session is a token in a cookie no script and no other site can use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from approvals.official import Official
from hub.access.identity.login import LoginAttempt
from hub.access.identity.sessions import OpenedSession
from hub.access.permissions import Permission, demand
from hub.app import Hub
from hub.errors import Forbidden, Refusal, TooMany
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule
from hub.store.sql.storable import demand_storable
from hub.web.api.endpoint import Visit
from hub.web.api.session import PasskeyBody, client_of, row
from hub.web.auth import SignedIn, sign_in_by_token
from hub.web.body import demand_form, parse
from hub.web.console.render import PAGES
from hub.web.key import HUB
from hub.web.problem import not_authorized

COOKIE = "fenghuo_session"
HOME = "/console"


async def visitor(request: web.Request) -> Official:
    """The official signed in on this browser. Raises HTTPSeeOther to the sign-in page, Forbidden."""
    return (await visit(request)).official


async def visit(request: web.Request) -> SignedIn:
    """Who is signed in, with what the session says. Raises HTTPSeeOther, Forbidden."""
    hub, cookie = request.app[HUB], request.cookies.get(COOKIE, "")
    try:
        who = await _of_cookie(hub, cookie)
    except Refusal:
        raise web.HTTPSeeOther(f"{HOME}/session") from None
    demand(who.official, Permission.UNIT_ALERT_READ)
    return who


async def form(request: web.Request) -> web.Response:
    """GET /console/session"""
    return entry(request)


def entry(request: web.Request, status: int = 200, refused: str = "") -> web.Response:
    """The page to sign in on; `refused` is the word for what was refused before."""
    providers = sorted(request.app[HUB].identity.single.providers)
    return request.app[PAGES].page(request, "session.html", status, refused=refused, providers=providers)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """POST /console/session with name, password and totp, with a passkey's answer, or with a token."""
    demand_same_site(request)
    await demand_form(request)
    hub = request.app[HUB]
    fields = {name: str(value) for name, value in (await request.post()).items()}
    try:
        if fields.get("token"):
            who = await sign_in_by_token(hub, fields["token"].strip())
            if who.claims.login.session:  # an access token is for a program, and its session is elsewhere
                raise not_authorized(CredentialRule.TOKEN_OF_SESSION)
            answer = web.Response(status=303, headers={"Location": HOME})
            _set_cookie(hub, answer, fields["token"].strip(), who.claims.expires)
            return answer
        opened = await _open_session(request, fields)
    except TooMany as error:
        page = entry(request, 429, "throttled")
        page.headers["Retry-After"] = str(error.retry_s)
        return page
    except Refusal:
        return entry(request, 401, _which(fields))
    answer = web.Response(status=303, headers={"Location": HOME})
    keep_session(hub, answer, opened)
    return answer


def keep_session(hub: Hub, answer: web.Response, opened: OpenedSession) -> None:
    """Gives the browser its cookie for a session that has just been opened."""
    claims = hub.tokens.verify(opened.access)
    left = timedelta(seconds=opened.refresh_expires - int(hub.clock.now().timestamp()))
    kept = hub.identity.console.issue(claims.official, claims.name, claims.rights, left, claims.login)
    _set_cookie(hub, answer, kept, opened.refresh_expires)


async def sign_out(request: web.Request) -> web.StreamResponse:
    """POST /console/session/end: this session, the one the form names, or with `everywhere` every one."""
    demand_same_site(request)
    hub = request.app[HUB]
    fields = await request.post()
    try:
        who = await _of_cookie(hub, request.cookies.get(COOKIE, ""))
    except Refusal:
        return _leave()
    mine, named = who.claims.login.session, str(fields.get("session", ""))
    demand_storable(named, "session")
    if fields.get("everywhere"):
        await hub.identity.sessions.end_everywhere(who.official)
    elif named and named != mine:
        await hub.identity.sessions.end(who.official, named)
        return web.Response(status=303, headers={"Location": f"{HOME}/sessions"})
    elif mine:
        await hub.identity.sessions.end(who.official, mine)
    return _leave()


async def listing(request: web.Request) -> web.Response:
    """GET /console/sessions: one's own sessions, each with a way to end it."""
    who = await visit(request)
    found = await request.app[HUB].identity.sessions.living(who.official.id)
    rows = [row(each, who.claims.login.session) for each in found]
    return request.app[PAGES].page(request, "sessions.html", official=who.official, sessions=rows)


async def _of_cookie(hub: Hub, cookie: str) -> SignedIn:
    """Who a cookie says: a session's own token, or one of the command line that was pasted."""
    try:
        return await sign_in_by_token(hub, cookie, hub.identity.console)
    except Refusal:
        who = await sign_in_by_token(hub, cookie)
    if who.claims.login.session:
        raise not_authorized(CredentialRule.TOKEN_OF_SESSION)
    return who


async def _open_session(request: web.Request, fields: Mapping[str, str]) -> OpenedSession:
    hub = request.app[HUB]
    client = client_of(Visit(request, hub))
    if fields.get("credential"):
        body = parse(PasskeyBody, f'{{"credential": {fields["credential"]}}}'.encode())
        return await hub.identity.logins.by_passkey(body.credential, client)
    attempt = LoginAttempt(
        fields.get("name", "")[:200], fields.get("password", "")[:512], fields.get("totp", "")[:16], client
    )
    return await hub.identity.logins.by_password(attempt)


def _which(fields: Mapping[str, str]) -> str:
    """The word for what was refused."""
    return "token_refused" if fields.get("token") else "sign_in_refused"


def _set_cookie(hub: Hub, answer: web.Response, cookie: str, expires: int) -> None:
    """`expires` in seconds since the epoch."""
    left = expires - int(hub.clock.now().timestamp())
    secure = hub.settings.public_url.startswith("https://")
    answer.set_cookie(COOKIE, cookie, max_age=left, path=HOME, httponly=True, samesite="Strict", secure=secure)


def _leave() -> web.Response:
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
    raise Forbidden("this form was not sent from our own page", rule=Rule.OTHER_SITE, place="Origin")
