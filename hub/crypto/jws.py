"""Signed tokens in compact form (RFC 7515), verified as RFC 8725 asks: the key says the algorithm, never the token.

PyJWT's algorithms do the arithmetic. What surrounds them is ours: base64url with one spelling for each value, headers
without surprises, and keys that are bound to one algorithm when they are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWTError
from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_decode, base64url_encode

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey

#: what a key of each type verifies where it does not say; RSA is RS256 as OpenID Connect Core §2 has it
DEFAULTS: Mapping[str, str] = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
#: every algorithm we verify at all, and the type of its keys
ALGORITHMS: Mapping[str, str] = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})  # RFC 7518 §6.2.2, §6.3.2, §6.4.1
RSA_BITS = (2048, 8192)  # RFC 7518 §3.3 asks for 2048 at least; more than 8192 is a way to keep us busy
LONGEST = 16 * 1024  #: characters of a token; identity tokens with many claims have about 4000
MOST_KEYS = 64
SEGMENT = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
#: small primes by which a ROCA modulus (CVE-2017-15361) gives itself away: modulo each it is a power of 65537
ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)
_CHECKS = get_default_algorithms()


class JwsFault(StrEnum):
    """Why a token or key is not believed; `hub.rules.credential_rule` names the rules after it."""

    KEY_REPEATED = "key-repeated"
    TOO_LONG = "too-long"
    MALFORMED = "malformed"
    ALGORITHM = "algorithm"
    CRITICAL = "critical"
    SIGNATURE = "signature"
    TYPE = "type"
    KEY_UNKNOWN = "key-unknown"
    KEYS_MALFORMED = "keys-malformed"
    KEYS_SECRET = "keys-secret"  # noqa: S105 - the name of a fault
    KEY_MALFORMED = "key-malformed"
    KEY_CURVE = "key-curve"
    KEY_SIZE = "key-size"
    KEY_ROCA = "key-roca"


class JwsRefused(Exception):
    """The token or key cannot be believed; `fault` says why and never quotes it."""

    def __init__(self, fault: JwsFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key and the one algorithm it verifies."""

    kid: str
    algorithm: str
    public: PublicKey


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, by which key."""

    header: Mapping[str, Any]
    payload: bytes
    key: VerificationKey

    def claims(self) -> dict[str, Any]:
        """The payload as a JSON object. Raises JwsRefused."""
        return _object(self.payload)


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys by their kid."""

    keys: Mapping[str, VerificationKey]

    @classmethod
    def of(cls, keys: Iterable[VerificationKey]) -> KeySet:
        """Raises JwsRefused where two keys share a kid: which of them signed could not be told."""
        found: dict[str, VerificationKey] = {}
        for key in keys:
            if key.kid in found:
                raise JwsRefused(JwsFault.KEY_REPEATED)
            found[key.kid] = key
        return cls(found)

    def verify(self, token: str, kind: str | None = None) -> Signed:
        """The content of a token in compact form; `kind` is the typ it must have (RFC 8725 §3.11). Raises JwsRefused.

        Header members that bring a key along (jwk, jku, x5c, x5u) are not looked at; `crit` is refused, for there is no
        extension we understand (RFC 7515 §4.1.11).
        """
        if len(token) > LONGEST:
            raise JwsRefused(JwsFault.TOO_LONG)
        parts = token.split(".")
        if len(parts) != 3:
            raise JwsRefused(JwsFault.MALFORMED)
        header = _object(_decode(parts[0]))
        payload, signature = _decode(parts[1]), _decode(parts[2])
        key = self._key(header)
        if header.get("alg") != key.algorithm:
            raise JwsRefused(JwsFault.ALGORITHM)
        if "crit" in header or "b64" in header:
            raise JwsRefused(JwsFault.CRITICAL)
        if not holds(key, f"{parts[0]}.{parts[1]}".encode(), signature):
            raise JwsRefused(JwsFault.SIGNATURE)
        if kind is not None and _kind(header) != kind:
            raise JwsRefused(JwsFault.TYPE)
        return Signed(header, payload, key)

    def _key(self, header: Mapping[str, Any]) -> VerificationKey:
        kid = header.get("kid")
        if kid is None and len(self.keys) == 1:
            return next(iter(self.keys.values()))
        key = self.keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise JwsRefused(JwsFault.KEY_UNKNOWN)
        return key


def holds(key: VerificationKey, message: bytes, signature: bytes) -> bool:
    """Whether the signature is this key's over the message."""
    try:
        return bool(_CHECKS[key.algorithm].verify(message, key.public, signature))
    except (PyJWTError, ValueError, TypeError):
        return False


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """A JWK Set (RFC 7517 §5) from somebody else. Keys for other uses or of other types are left out (§5).

    Raises JwsRefused for a set that is none, publishes a secret, or repeats a kid, and for a key of ours that is weak.
    """
    keys = document.get("keys")
    if not isinstance(keys, list) or len(keys) > MOST_KEYS or not all(isinstance(each, dict) for each in keys):
        raise JwsRefused(JwsFault.KEYS_MALFORMED)
    if any(SECRET_MEMBERS & each.keys() for each in keys):
        raise JwsRefused(JwsFault.KEYS_SECRET)
    return KeySet.of(key for each in keys if (key := read_key(each)) is not None)


def read_key(jwk: Mapping[str, Any]) -> VerificationKey | None:
    """One public key, or None for one that verifies nothing we accept. Raises JwsRefused for one that is broken."""
    kind, algorithm = jwk.get("kty"), jwk.get("alg")
    if algorithm is None and isinstance(kind, str):
        algorithm = DEFAULTS.get(kind)
    operations = jwk.get("key_ops", ["verify"])
    wanted = jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    if not wanted or not isinstance(algorithm, str) or ALGORITHMS.get(algorithm) != kind:
        return None
    kid = jwk.get("kid", "")
    if not isinstance(kid, str):
        raise JwsRefused(JwsFault.KEY_MALFORMED)
    return VerificationKey(kid, algorithm, _public(algorithm, jwk))


def _public(algorithm: str, jwk: Mapping[str, Any]) -> PublicKey:
    try:
        public: object = _CHECKS[algorithm].from_jwk(dict(jwk))
    except (PyJWTError, ValueError, TypeError, KeyError):
        raise JwsRefused(JwsFault.KEY_MALFORMED) from None
    match public:
        case RSAPublicKey():
            return _strong(public)
        case EllipticCurvePublicKey() if not isinstance(public.curve, SECP256R1):
            raise JwsRefused(JwsFault.KEY_CURVE)  # RFC 7518 §3.4: ES256 is P-256 and no other curve
        case EllipticCurvePublicKey() | Ed25519PublicKey():
            return public
        case _:  # a private half, or Ed448 under EdDSA
            raise JwsRefused(JwsFault.KEY_MALFORMED)


def _strong(key: RSAPublicKey) -> RSAPublicKey:
    numbers = key.public_numbers()
    if not RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
        raise JwsRefused(JwsFault.KEY_SIZE)
    if all(numbers.n % prime in {pow(65537, power, prime) for power in range(prime)} for prime in ROCA_PRIMES):
        raise JwsRefused(JwsFault.KEY_ROCA)
    return key


def _decode(segment: str) -> bytes:
    """base64url without padding, in its only spelling: unused bits are zero (RFC 4648 §3.5)."""
    if not SEGMENT.fullmatch(segment) or len(segment) % 4 == 1:
        raise JwsRefused(JwsFault.MALFORMED)
    value = base64url_decode(segment)
    if base64url_encode(value).decode() != segment:
        raise JwsRefused(JwsFault.MALFORMED)
    return value


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise JwsRefused(JwsFault.MALFORMED) from None
    if not isinstance(value, dict):
        raise JwsRefused(JwsFault.MALFORMED)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7515 §4: a name that stands twice would be read one way by us and another way by others."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _kind(header: Mapping[str, Any]) -> str:
    """The typ without the prefix that may be left out, in lower case (RFC 7515 §4.1.9)."""
    kind = header.get("typ")
    return kind.lower().removeprefix("application/") if isinstance(kind, str) else ""
