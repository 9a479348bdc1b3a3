"""A document under the hub's signature: a compact JWS (RFC 7515) with one algorithm and a type of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode

from approvals.digest import canonical

ALGORITHM = "EdDSA"  # RFC 8037; fixed: the header is never asked which algorithm to use (RFC 8725 §3.1)

_JWS = jwt.PyJWS(algorithms=[ALGORITHM])


class SignatureRefused(Exception):
    """Nothing of the document may be believed. `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def sign_tree(tree: Mapping[str, Any], typ: str, key: Ed25519PrivateKey, kid: str) -> str:
    """The document as a compact JWS. Raises ValueError, TypeError where it is not JSON."""
    return sign_bytes(canonical(tree).encode(), typ, key, kid)


def sign_bytes(payload: bytes, typ: str, key: Ed25519PrivateKey, kid: str) -> str:
    """The bytes as a compact JWS of this type."""
    return _JWS.encode(payload, key, algorithm=ALGORITHM, headers={"kid": kid, "typ": typ})


def open_signed(jws: str, typ: str, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The document, if one of the keys signed exactly this as this type. Raises SignatureRefused."""
    payload = open_bytes(jws, typ, keys)
    try:
        tree = json.loads(payload)
    except ValueError:
        raise SignatureRefused("not a document") from None
    if not isinstance(tree, dict):
        raise SignatureRefused("not a document")
    return tree


def open_bytes(jws: str, typ: str, keys: Mapping[str, Ed25519PublicKey]) -> bytes:
    """The bytes that were signed. Raises SignatureRefused."""
    try:
        header = _JWS.get_unverified_header(jws)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise SignatureRefused("not a compact JWS") from None
    if header.get("typ") != typ:
        raise SignatureRefused("wrong type")
    if header.get("alg") != ALGORITHM:
        raise SignatureRefused("wrong algorithm")
    key = keys.get(str(header.get("kid", "")))
    if key is None:
        raise SignatureRefused("unknown key")
    try:
        payload: bytes = _JWS.decode(jws, key, algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        raise SignatureRefused("signature does not match") from None
    return payload


def payload_of(jws: str) -> dict[str, Any]:
    """The document a compact JWS carries, believed by nobody yet; empty where it carries none."""
    try:
        tree = json.loads(base64url_decode(jws.split(".")[1]))
    except (IndexError, ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}


def signer_of(jws: str) -> str:
    """The kid a signed paper names, believed by nobody yet; empty where it names none."""
    try:
        return str(_JWS.get_unverified_header(jws).get("kid", ""))
    except (jwt.PyJWTError, ValueError, RecursionError):
        return ""


def jwk_set(keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """The public keys as a JSON Web Key Set (RFC 7517 §5, RFC 8037 §2), by kid."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": base64url_encode(_raw(keys[kid])).decode()}
            for kid in sorted(keys)
        ]
    }


def keys_of(tree: Any) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 keys of a JSON Web Key Set; others are passed over. Raises ValueError where it is none."""
    try:
        found = [key for key in tree["keys"] if (key["kty"], key.get("crv")) == ("OKP", "Ed25519")]
        return {str(key["kid"]): Ed25519PublicKey.from_public_bytes(base64url_decode(key["x"])) for key in found}
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ValueError("not a JSON Web Key Set") from None


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
