"""Secrets that mean nothing by themselves: unguessable, shown once, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32  #: 256 bits: no salt or slow hash is needed where the secret itself cannot be guessed


def opaque() -> str:
    """A new secret: 43 characters that need no escaping in a URL, cookie or header."""
    return secrets.token_urlsafe(BYTES)


def fingerprint(secret: str) -> str:
    """What is kept of a secret: SHA-256 in hex. Who reads the table cannot use what it holds."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
