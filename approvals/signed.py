"""A document under the hub's signature: a compact JWS (RFC 7515) with one algorithm and a type of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

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
    except (jwt.PyJWTError, ValueError):
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
