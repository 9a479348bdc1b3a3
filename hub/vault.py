"""The vault: addresses sealed at rest, and a keyed hash by which one is found without being readable."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
FINGERPRINT_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random 96-bit nonces; good for 2³² seals under one key
_HASH_BLOCK = 64  # of SHA-256 (FIPS 180-4 §1)
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
        # HMAC by its definition (RFC 2104 §2): both pads are hashed in already, which halves the cost of a fingerprint.
        block = hash_key.ljust(_HASH_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._keys = (seal_key, hash_key, retired)

    def __reduce__(self) -> tuple[type[Vault], tuple[bytes, bytes, tuple[bytes, ...]]]:
        """On its way to a worker process of the same hub, through a pipe; to be written nowhere."""
        return Vault, self._keys

    def seal(self, fields: Mapping[str, str]) -> bytes:
        """Encrypts; sealing the same twice gives different bytes."""
        return self.seal_many([fields])[0]

    def seal_many(self, people: Sequence[Mapping[str, str]]) -> list[bytes]:
        """Encrypts each by itself, as `seal` does, at less cost."""
        key, encrypt, dumps = self._id, self._sealer.encrypt, orjson.dumps
        fresh = os.urandom(_NONCE_BYTES * len(people))
        sealed = []
        for start, fields in zip(range(0, len(fresh), _NONCE_BYTES), people, strict=True):
            nonce = fresh[start : start + _NONCE_BYTES]
            sealed.append(key + nonce + encrypt(nonce, dumps(dict(fields)), key))
        return sealed

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
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{channel}\0{address}".encode())
        outer.update(inner.digest())
        return outer.digest()


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:1]
