"""Secrets that mean nothing by themselves: unguessable, shown once, kept only as a hash.

Who can write SQL but has no key must not be able to enter a secret of their own, nor to move one that is theirs to
somebody else's row: what opens something is kept under the hub's key, together with whose it is.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping

from hub.crypto.vault import Vault, VaultRefused

BYTES = 32  #: 256 bits: no salt or slow hash is needed where the secret itself cannot be guessed
OWNER = "of"  #: the field of sealed bytes that says whose they are


def opaque() -> str:
    """A new secret: 43 characters that need no escaping in a URL, cookie or header."""
    return secrets.token_urlsafe(BYTES)


def six_digits() -> str:
    """A code that people type: a million of them, so it is good for few tries and a few minutes."""
    return f"{secrets.randbelow(10**6):06}"


def fingerprint(secret: str) -> str:
    """A name for a secret that opens nothing by itself: SHA-256 in hex. Anybody can make one."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def mark(vault: Vault, kind: str, *parts: object) -> str:
    """What is kept of a secret that opens something: keyed hash, 64 hex digits, of it and of all it is good for."""
    return marks(vault, kind, *parts)[0]


def marks(vault: Vault, kind: str, *parts: object) -> tuple[str, ...]:
    """The keyed hashes of `parts` under every key of the hub, the one in force first: those before a rotation count."""
    # As JSON, so that no two lists of parts are spelt alike, and what is no UTF-8 has a spelling, too.
    told = json.dumps([str(part) for part in parts])
    return tuple(each.hex() for each in vault.fingerprints(f"identity:{kind}", told))


def seal_for(vault: Vault, whose: str, fields: Mapping[str, str]) -> bytes:
    """Seals together with whose it is: nobody else's row opens it."""
    return vault.seal({**fields, OWNER: whose})


def owner(official: int, kind: str) -> str:
    """Whose a credential is, and of which kind: a one-time seed is no password."""
    return f"{kind}/{official}"


def open_for(vault: Vault, whose: str, sealed: bytes) -> Mapping[str, str] | None:
    """What was sealed for this owner; None for what was changed, or sealed for another."""
    try:
        fields = vault.open(sealed)
    except VaultRefused:
        return None
    return fields if fields.get(OWNER) == whose else None
