"""Access tokens: JWT signed with Ed25519, every claim required (RFC 7519, RFC 8037, RFC 8725, RFC 9068)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from approvals.official import Right
from hub.clock import Clock
from hub.crypto.jws import JwsRefused, KeySet, VerificationKey
from hub.rules.credential_rule import CredentialRule

ALGORITHM = "EdDSA"  # RFC 8725 §3.1: the verifier fixes the algorithm, the token never chooses
KIND = "at+jwt"  # RFC 9068 §2.1: nothing else we sign, nor any identity token, passes for an access token
LEEWAY_S = 5  #: clocks of two machines differ by no more
LONGEST = 4096  #: characters; ours have about 600
REQUIRED = ("exp", "iat", "iss", "aud", "sub", "jti", "client_id")
CLI = "cli"  #: the method of a token made on the machine itself: whoever did that has the keys anyway


class TokenRefused(Exception):
    """The token cannot be believed; `rule` says why and never quotes it."""

    def __init__(self, rule: CredentialRule) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Login:
    """How its holder signed in: the session (empty without one) and the methods, as RFC 8176 names them."""

    session: str = ""
    methods: tuple[str, ...] = (CLI,)


#: a token that no session stands behind
COMMAND_LINE = Login()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `rights` can only narrow what the official has, never widen it."""

    official: int
    name: str
    rights: frozenset[Right]
    token: str  # jti
    expires: int  # seconds since the epoch
    login: Login = COMMAND_LINE


class Signing(Protocol):
    """A key that signs, and its name."""

    @property
    def key(self) -> Ed25519PrivateKey:
        """The private key; nobody logs or returns it."""
        ...

    @property
    def kid(self) -> str:
        """The name under which the public half is published."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """Issues with the key in force, verifies with every key of the ring.

    `hours` is how long a token lives where its issue names no time. `public` holds the retired keys by kid. Where
    `current` is given, it says which key is in force now, and `public` holds every key that verifies: a rotation or
    revocation is followed while the process runs.
    """

    private_key: Ed25519PrivateKey = field(repr=False)
    kid: str
    issuer: str
    audience: str
    clock: Clock
    hours: float
    nonce: Callable[[], str] = secrets.token_hex
    public: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    current: Callable[[], Signing] | None = None

    def issue(
        self,
        official_id: int,
        name: str,
        rights: Iterable[Right],
        ttl: timedelta | None = None,
        login: Login = COMMAND_LINE,
    ) -> str:
        """A signed token for one official. `ttl` is not capped here: who issues knows for what."""
        now = int(self.clock.now().timestamp())
        lifetime = ttl if ttl is not None else timedelta(hours=self.hours)
        payload: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(official_id),
            "client_id": "console" if login.session else "command-line",
            "name": name,
            "rights": sorted(rights),
            "amr": list(login.methods),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": self.nonce(),
        }
        if login.session:
            payload["sid"] = login.session
        now_in_force = self.current() if self.current is not None else None
        key, kid = (now_in_force.key, now_in_force.kid) if now_in_force else (self.private_key, self.kid)
        return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": kid, "typ": KIND})

    def verify(self, token: str) -> Claims:
        """Raises TokenRefused."""
        if len(token) > LONGEST:
            raise TokenRefused(CredentialRule.TOKEN_TOO_LONG)
        try:
            payload = self._ring().verify(token, KIND).claims()
        except JwsRefused as error:
            raise TokenRefused(CredentialRule(f"token-{error.fault}")) from None
        if any(name not in payload for name in REQUIRED):
            raise TokenRefused(CredentialRule.TOKEN_CLAIM_MISSING)
        if payload["iss"] != self.issuer:
            raise TokenRefused(CredentialRule.TOKEN_ISSUER)
        if payload["aud"] != self.audience:
            raise TokenRefused(CredentialRule.TOKEN_AUDIENCE)
        self._check_times(payload)
        return _claims(payload)

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 8037 §2): also the retired ones, while their tokens live."""
        return {"keys": [_jwk(kid, key) for kid, key in self._public().items()]}

    def _public(self) -> dict[str, Ed25519PublicKey]:
        if self.current is not None:
            return dict(self.public)
        return {self.kid: self.private_key.public_key(), **{k: v for k, v in self.public.items() if k != self.kid}}

    def _ring(self) -> KeySet:
        return KeySet({kid: VerificationKey(kid, ALGORITHM, key) for kid, key in self._public().items()})

    def _check_times(self, payload: Mapping[str, Any]) -> None:
        now = self.clock.now().timestamp()
        if _seconds(payload, "exp") <= now - LEEWAY_S:
            raise TokenRefused(CredentialRule.TOKEN_EXPIRED)
        if _seconds(payload, "iat") > now + LEEWAY_S:
            raise TokenRefused(CredentialRule.TOKEN_FROM_THE_FUTURE)
        if "nbf" in payload and _seconds(payload, "nbf") > now + LEEWAY_S:
            raise TokenRefused(CredentialRule.TOKEN_NOT_YET_VALID)


def _jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(raw).decode(), "kid": kid}
    return public | {"use": "sig", "alg": ALGORITHM}


def _seconds(payload: Mapping[str, Any], name: str) -> int:
    value = payload[name]
    # A bool is an int and NaN compares false with everything: neither is a time (RFC 7519 §2 NumericDate).
    if type(value) is not int:
        raise TokenRefused(CredentialRule.TOKEN_MALFORMED)
    return value


def _claims(payload: Mapping[str, Any]) -> Claims:
    try:
        rights = frozenset(Right(word) for word in payload["rights"])
        official = int(payload["sub"])
        name, token, session = payload["name"], payload["jti"], payload.get("sid", "")
        methods = tuple(payload["amr"])
    except (KeyError, ValueError, TypeError):
        raise TokenRefused(CredentialRule.TOKEN_MALFORMED) from None
    if not all(isinstance(text, str) for text in (name, token, session, *methods)) or not token:
        raise TokenRefused(CredentialRule.TOKEN_MALFORMED)
    return Claims(official, name, rights, token, payload["exp"], Login(session, methods))
