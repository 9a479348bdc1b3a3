"""Who is asking: a verified token names an official, SQL says whether and what they still may."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import Connection

from approvals.named_rule import NamedRule
from approvals.official import Official
from hub.access.identity.tokens import Claims, TokenRefused, Tokens
from hub.access.permissions import Permission
from hub.access.services import Caller, ServiceTokenRefused
from hub.app import Hub
from hub.clock import to_ms
from hub.rules.credential_rule import CredentialRule
from hub.rules.rule import Rule
from hub.store.access import officials, sessions
from hub.store.access.officials import OfficialRecord
from hub.web.key import HUB
from hub.web.problem import not_authorized


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking, and what their token says of how they signed in."""

    official: Official
    claims: Claims


async def sign_in_by_token(hub: Hub, token: str, tokens: Tokens | None = None) -> SignedIn:
    """The official in office whom `token` names, with the rights that both the token and the office give.

    `tokens` verifies those of another audience than the API's. The session behind the token must live; a token without
    one must not have been taken back. Raises HttpRefusal 401.
    """
    try:
        claims = (tokens or hub.tokens).verify(token)
    except TokenRefused as error:
        raise not_authorized(error.rule) from None
    if not claims.login.session and not hub.settings.auth.command_line_tokens:
        raise not_authorized(CredentialRule.TOKEN_COMMAND_LINE)
    record, rule = await hub.db.read(lambda connection: _standing(connection, hub, claims))
    if record is None:
        raise not_authorized(rule)
    return SignedIn(replace(record.official, rights=record.official.rights & claims.rights), claims)


async def official_of(hub: Hub, token: str) -> Official:
    """The official alone. Raises HttpRefusal 401."""
    return (await sign_in_by_token(hub, token)).official


async def service_of(hub: Hub, token: str, permission: Permission) -> Caller:
    """The upstream system that holds `token`. Raises HttpRefusal 401, Forbidden without the permission."""
    try:
        return await hub.services.authenticate(token, permission)
    except ServiceTokenRefused as error:
        raise not_authorized(error.rule) from None


async def still_in(hub: Hub, claims: Claims) -> bool:
    """Whether what was true when an answer began is true now: for answers that go on for minutes."""
    record, _ = await hub.db.read(lambda connection: _standing(connection, hub, claims))
    return record is not None


def _standing(connection: Connection, hub: Hub, claims: Claims) -> tuple[OfficialRecord | None, NamedRule]:
    """The official, or None and the rule by which the token says nothing any more."""
    session = claims.login.session
    if session and not sessions.alive(connection, session, to_ms(hub.clock.now())):
        return None, CredentialRule.SESSION_ENDED
    if not session and sessions.token_revoked(connection, claims.token):
        return None, CredentialRule.TOKEN_REVOKED
    record = officials.by_id(connection, claims.official)
    return (record, Rule.OFFICIAL_UNKNOWN) if record is not None and record.active else (None, Rule.OFFICIAL_UNKNOWN)


def bearer(request: web.Request) -> str:
    """The token of the Authorization header (RFC 6750 §2.1): in no other place is one looked for. Raises 401."""
    values = request.headers.getall("Authorization", [])
    scheme, _, token = (values[0] if len(values) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise not_authorized(CredentialRule.TOKEN_MISSING)
    return token.strip()


async def jwks(request: web.Request) -> web.Response:
    """GET /.well-known/jwks.json: every key that tokens are verified with (RFC 7517 §5)."""
    return web.json_response(request.app[HUB].tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})
