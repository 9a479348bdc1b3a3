"""Who is asking: a verified token names an official, SQL says whether and what they still may."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from approvals.official import Official, Right
from hub.errors import Forbidden
from hub.identity.tokens import TokenRefused
from hub.store import officials
from hub.web.key import HUB
from hub.web.port import HubPort
from hub.web.problem import unauthorized


async def official_of(hub: HubPort, token: str) -> Official:
    """The official in office whom `token` names, with the rights that both the token and the office give.

    Raises HttpRefusal 401.
    """
    try:
        claims = hub.tokens.verify(token)
    except TokenRefused as error:
        raise unauthorized(error.rule) from None
    record = await hub.db.read(lambda connection: officials.by_id(connection, claims.official))
    if record is None or not record.active:
        raise unauthorized("official-unknown")
    return replace(record.official, rights=record.official.rights & claims.rights)


def bearer(request: web.Request) -> str:
    """The token of the Authorization header (RFC 6750 §2.1): in no other place is one looked for. Raises 401."""
    values = request.headers.getall("Authorization", [])
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("token-missing")
    return token.strip()


def demand(official: Official, rights: frozenset[Right]) -> None:
    """Raises Forbidden unless the official holds at least one of `rights`."""
    if not official.rights & rights:
        words = " or ".join(sorted(rights))
        raise Forbidden(f"this needs the right to {words}", rule="right-missing", place="rights")


async def jwks(request: web.Request) -> web.Response:
    """GET /.well-known/jwks.json: the key that tokens are verified with (RFC 7517 §5)."""
    return web.json_response(request.app[HUB].tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})
