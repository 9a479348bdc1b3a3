"""Tokens of officials: JWT signed with Ed25519, one algorithm, every claim required (RFC 7519, RFC 8037, RFC 8725)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from approvals.official import Right
from hub.clock import Clock

ALGORITHM = "EdDSA"  # RFC 8725 §3.1: the verifier fixes the algorithm, the token never chooses
LEEWAY_S = 5  #: clocks of two machines differ by no more
LONGEST = 4096  #: characters; ours have about 500
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti"]


class TokenRefused(Exception):
    """The token cannot be believed; `rule` says why and never quotes it."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `rights` can only narrow what the official has, never widen it."""

    official: int
    name: str
    rights: frozenset[Right]
    token: str  # jti
    expires: int  # seconds since the epoch


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues and verifies. `hours` is how long a token lives where its issue names no time."""

    private_key: Ed25519PrivateKey
    kid: str
    issuer: str
    audience: str
    clock: Clock
    hours: float
    nonce: Callable[[], str] = secrets.token_hex

    def issue(self, official_id: int, name: str, rights: Iterable[Right], ttl: timedelta | None = None) -> str:
        """A signed token for one official. `ttl` is not capped here: the command line is the administrator's."""
        now = int(self.clock.now().timestamp())
        lifetime = ttl if ttl is not None else timedelta(hours=self.hours)
        payload = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(official_id),
            "name": name,
            "rights": sorted(rights),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": self.nonce(),
        }
        return jwt.encode(payload, self.private_key, algorithm=ALGORITHM, headers={"kid": self.kid})

    def verify(self, token: str) -> Claims:
        """Raises TokenRefused."""
        if len(token) > LONGEST:
            raise TokenRefused("token-too-long")
        try:
            if jwt.get_unverified_header(token).get("kid") != self.kid:
                raise TokenRefused("token-key-unknown")
            payload = jwt.decode(
                token,
                self.private_key.public_key(),
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                audience=self.audience,
                # Times are checked below against our own clock, so that tests can turn its hands.
                options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise TokenRefused(_rule(error)) from None
        self._check_times(payload)
        return _claims(payload)

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 8037 §2)."""
        raw = self.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(raw).decode(), "kid": self.kid}
        return {"keys": [key | {"use": "sig", "alg": ALGORITHM}]}

    def _check_times(self, payload: Mapping[str, Any]) -> None:
        now = self.clock.now().timestamp()
        if _seconds(payload, "exp") <= now - LEEWAY_S:
            raise TokenRefused("token-expired")
        if _seconds(payload, "iat") > now + LEEWAY_S:
            raise TokenRefused("token-from-the-future")
        if "nbf" in payload and _seconds(payload, "nbf") > now + LEEWAY_S:
            raise TokenRefused("token-not-yet-valid")


def _seconds(payload: Mapping[str, Any], name: str) -> int:
    value = payload[name]
    # A bool is an int and NaN compares false with everything: neither is a time (RFC 7519 §2 NumericDate).
    if type(value) is not int:
        raise TokenRefused("token-malformed")
    return value


def _claims(payload: Mapping[str, Any]) -> Claims:
    try:
        rights = frozenset(Right(word) for word in payload["rights"])
        official = int(payload["sub"])
        name, token = payload["name"], payload["jti"]
    except (KeyError, ValueError, TypeError):
        raise TokenRefused("token-malformed") from None
    if not isinstance(name, str) or not isinstance(token, str) or not token:
        raise TokenRefused("token-malformed")
    return Claims(official, name, rights, token, payload["exp"])


def _rule(error: Exception) -> str:
    match error:
        case jwt.InvalidAudienceError():
            return "token-audience"
        case jwt.InvalidIssuerError():
            return "token-issuer"
        case jwt.InvalidAlgorithmError():
            return "token-algorithm"
        case jwt.MissingRequiredClaimError():
            return "token-claim-missing"
        case jwt.InvalidSignatureError():
            return "token-signature"
        case _:
            return "token-malformed"
