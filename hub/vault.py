"""The vault: addresses sealed at rest, and a keyed hash by which one is found without being readable."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
FINGERPRINT_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random 96-bit nonces; good for 2³² seals under one key
_HEAD = 1 + _NONCE_BYTES


class VaultRefused(Exception):
    """Sealed bytes that none of our keys opens; the text names the rule, never the content."""


class Vault:
    """Seals with the key in force; opens with it or with a retired one.

    Sealed bytes are: key id (1), nonce (12), AES-256-GCM ciphertext and tag over compact JSON, the key id bound in as
    additional data. The key id is the first byte of the key's SHA-256, so a rotation needs no table.
    """

    def __init__(self, seal_key: bytes, hash_key: bytes, retired: tuple[bytes, ...] = ()) -> None:
        """Keys are 32 bytes each. Raises ValueError for other lengths, and for two keys with the same id."""
        if any(len(key) != KEY_BYTES for key in (seal_key, hash_key, *retired)):
            raise ValueError(f"vault keys have {KEY_BYTES} bytes")
        self._id = _id_of(seal_key)
        self._sealer = AESGCM(seal_key)
        self._openers = {_id_of(key)[0]: AESGCM(key) for key in (*retired, seal_key)}
        if len(self._openers) != 1 + len(retired):
            raise ValueError("two seal keys share their id: make another key")
        self._hash = hmac.new(hash_key, digestmod=hashlib.sha256)

    def seal(self, fields: Mapping[str, str]) -> bytes:
        """Encrypts; sealing the same twice gives different bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._id + nonce + self._sealer.encrypt(nonce, orjson.dumps(dict(fields)), self._id)

    def open(self, sealed: bytes) -> dict[str, str]:
        """Decrypts. Raises VaultRefused when the bytes were changed or belong to a key we do not have."""
        opener = self._openers.get(sealed[0]) if len(sealed) > _HEAD else None
        if opener is None:
            raise VaultRefused("sealed under a key that is not in the vault")
        try:
            fields: dict[str, str] = orjson.loads(opener.decrypt(sealed[1:_HEAD], sealed[_HEAD:], sealed[:1]))
        except InvalidTag:
            raise VaultRefused("sealed bytes were changed or sealed under another key") from None
        return fields

    def fingerprint(self, channel: str, address: str) -> bytes:
        """HMAC-SHA256 over channel and address: equal for equal canonical addresses, useless without the key."""
        keyed = self._hash.copy()  # the key is hashed in already: half the cost of beginning anew
        keyed.update(f"{channel}\0{address}".encode())
        return keyed.digest()


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:1]
