"""An identity provider (OpenID Connect): found by discovery, asked with PKCE, its tokens verified to the letter."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import orjson

from hub.clock import Clock
from hub.crypto.jws import JwsFault, JwsRefused, KeySet, read_keys
from hub.errors import NotSignedIn, Refusal
from hub.rules.credential_rule import CredentialRule
from hub.settings.settings import OidcSettings, safe_address

TIMEOUT = aiohttp.ClientTimeout(total=10)
LARGEST = 256 * 1024  #: bytes of any answer
KEPT_S = 3600.0  #: how long what a provider says of itself is believed
AGAIN_S = 60.0  #: how soon its keys are fetched again for a token by a key we do not know
LEEWAY_S = 60
OLDEST_S = 600  #: an identity token is made for this sign-in, not an earlier one
SUBJECT_LONGEST = 255  # OpenID Connect Core §2


class ProviderAway(Refusal):
    """The provider does not answer, or says what it must not."""

    status = 503
    title = "Unavailable"


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """One way to the provider and back: what only this browser and we know of it."""

    state: str
    nonce: str
    verifier: str
    redirect: str


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What the provider says of itself, and when it was asked (seconds)."""

    authorization: str
    token: str
    keys_at: str
    keys: KeySet
    at: float


@dataclass(slots=True)
class Provider:
    """One configured provider. Keeps what it found for a while."""

    settings: OidcSettings
    clock: Clock
    _found: ProviderMetadata | None = field(default=None)

    async def way(self, turn: AuthorizationRequest) -> str:
        """Where the browser is sent (RFC 6749 §4.1.1, RFC 7636 §4.3). Raises ProviderAway."""
        found = await self._discover()
        hashed = hashlib.sha256(turn.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": turn.redirect,
            "scope": " ".join(self.settings.scopes),
            "state": turn.state,
            "nonce": turn.nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{found.authorization}{'&' if '?' in found.authorization else '?'}{urlencode(query)}"

    async def claims(self, code: str, turn: AuthorizationRequest) -> dict[str, Any]:
        """The verified claims for the code that came back. Raises NotSignedIn, ProviderAway."""
        found = await self._discover()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": turn.redirect}
        form |= {"client_id": self.settings.client_id, "code_verifier": turn.verifier}
        headers = {}
        if self.settings.client_secret:  # RFC 6749 §2.3.1
            pair = f"{quote(self.settings.client_id, safe='')}:{quote(self.settings.client_secret, safe='')}"
            headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        answer = await self._ask("POST", found.token, data=form, headers=headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotSignedIn("the provider gave no identity token", rule=CredentialRule.OIDC_NO_TOKEN)
        try:
            claims = await self._verify(token, found)
        except JwsRefused as error:
            raise _refuse(CredentialRule(f"oidc-{error.fault}")) from None
        self._check(claims, turn.nonce)
        return claims

    async def _verify(self, token: str, found: ProviderMetadata) -> dict[str, Any]:
        try:
            return found.keys.verify(token).claims()
        except JwsRefused as error:
            if error.fault != JwsFault.KEY_UNKNOWN or self._now() - found.at < AGAIN_S:
                raise
        self._found = None  # it may have rotated its keys
        return (await self._discover()).keys.verify(token).claims()

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """OpenID Connect Core §3.1.3.7."""
        ours = self.settings.client_id
        audience = claims.get("aud")
        several = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self.settings.issuer:
            raise _refuse(CredentialRule.OIDC_ISSUER)
        if ours not in several:
            raise _refuse(CredentialRule.OIDC_AUDIENCE)
        if claims.get("azp", None if len(several) > 1 else ours) != ours:
            raise _refuse(CredentialRule.OIDC_AZP)
        if claims.get("nonce") != nonce:
            raise _refuse(CredentialRule.OIDC_NONCE)
        now, ends, made = self._now(), claims.get("exp"), claims.get("iat")
        if type(ends) is not int or type(made) is not int:
            raise _refuse(CredentialRule.OIDC_MALFORMED)
        if ends <= now - LEEWAY_S or not now - OLDEST_S <= made <= now + LEEWAY_S:
            raise _refuse(CredentialRule.OIDC_TIME)
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LONGEST:
            raise _refuse(CredentialRule.OIDC_SUBJECT)

    async def _discover(self) -> ProviderMetadata:
        """OpenID Connect Discovery §4: the document must name the very issuer it was asked from."""
        if self._found is None or self._now() - self._found.at >= KEPT_S:
            issuer = self.settings.issuer
            about = await self._ask("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            places = [about.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if about.get("issuer") != issuer or not all(isinstance(at, str) and safe_address(at) for at in places):
                raise ProviderAway("the provider describes itself wrongly", rule=CredentialRule.OIDC_DISCOVERY)
            authorization, token, keys_at = (str(place) for place in places)
            try:
                keys = read_keys(await self._ask("GET", keys_at))
            except JwsRefused as error:
                raise ProviderAway(
                    "the provider's keys cannot be used", rule=CredentialRule(f"oidc-{error.fault}")
                ) from None
            self._found = ProviderMetadata(authorization, token, keys_at, keys, self._now())
        return self._found

    async def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT, headers={"Accept": "application/json"}) as client,
                client.request(method, url, allow_redirects=False, **options) as answer,
            ):
                raw = await answer.content.read(LARGEST + 1)
                while len(raw) <= LARGEST and not answer.content.at_eof():
                    raw += await answer.content.read(LARGEST + 1 - len(raw))
                if 400 <= answer.status < 500 and method == "POST":
                    raise _refuse(CredentialRule.OIDC_CODE)
                document = orjson.loads(raw) if answer.status == 200 and len(raw) <= LARGEST else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            document = None
        if not isinstance(document, dict):
            raise ProviderAway("the identity provider does not answer as it should", rule=CredentialRule.OIDC_AWAY)
        return document

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _refuse(rule: CredentialRule) -> NotSignedIn:
    return NotSignedIn("the provider's word is not believed", rule=rule)
