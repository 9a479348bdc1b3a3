"""The vault: addresses sealed at rest, and a keyed hash by which one is found without being readable."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.crypto.secret_keys import PurposeKeys, SecretRing, kid_of

KEY_BYTES = 32
FINGERPRINT_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random 96-bit nonces; good for 2³² seals under one key
_HASH_BLOCK = 64  # of SHA-256 (FIPS 180-4 §1)
_HEAD = 1 + _NONCE_BYTES

Keys = tuple[bytes, ...]


class VaultRefused(Exception):
    """Sealed bytes that none of our keys opens; the text names the rule, never the content."""


class Sealer:
    """The keys of one moment. What is sealed and hashed together is done with one box: a rotation comes between boxes.

    Sealed bytes are: key id (1), nonce (12), AES-256-GCM ciphertext and tag over compact JSON, the key id bound in as
    additional data. The key id is the first byte of the key's SHA-256, so a rotation needs no table.
    """

    def __init__(self, seal_key: bytes, hash_key: bytes, retired: Keys = (), retired_hashes: Keys = ()) -> None:
        """Keys are 32 bytes each. Raises ValueError for other lengths, and for two keys with the same id."""
        if any(len(key) != KEY_BYTES for key in (seal_key, hash_key, *retired, *retired_hashes)):
            raise ValueError(f"vault keys have {KEY_BYTES} bytes")
        self.seal_kid, self.hash_kid = kid_of(seal_key), kid_of(hash_key)
        self._id = _id_of(seal_key)
        self._sealer = AESGCM(seal_key)
        self._openers = {_id_of(key)[0]: AESGCM(key) for key in (*retired, seal_key)}
        if len(self._openers) != 1 + len(retired):
            raise ValueError("two seal keys share their id: make another key")
        self._pads = tuple(_pads(key) for key in (hash_key, *retired_hashes))

    def seal_many(self, people: Sequence[Mapping[str, str]]) -> list[bytes]:
        """Encrypts each by itself; sealing the same twice gives different bytes."""
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

    def try_open(self, sealed: object) -> dict[str, str] | None:
        """As `open`; None for what no key of ours opens, and for what is no bytes: SQLite keeps any word."""
        try:
            return self.open(bytes(sealed)) if isinstance(sealed, bytes | memoryview) else None
        except VaultRefused:
            return None

    def fingerprint(self, channel: str, address: str) -> bytes:
        """HMAC-SHA256 over channel and address: equal for equal canonical addresses, useless without the key."""
        return _hash(self._pads[0], channel, address)

    def fingerprints(self, channel: str, address: str) -> tuple[bytes, ...]:
        """Under the key in force first, then under those that went before: a look-up asks for any of them."""
        return tuple(_hash(pads, channel, address) for pads in self._pads)


class Vault:
    """Seals and hashes with the keys in force, opens and finds with older ones too; follows rotations while it runs."""

    def __init__(self, seal_key: bytes, hash_key: bytes, retired: Keys = (), retired_hashes: Keys = ()) -> None:
        """Keys that stay as they are, 32 bytes each. Raises ValueError."""
        self._rings: tuple[SecretRing, SecretRing] | None = None
        self._held: tuple[PurposeKeys, PurposeKeys] | None = None
        self._box = Sealer(seal_key, hash_key, retired, retired_hashes)
        self._keys = (seal_key, hash_key, retired, retired_hashes)

    @classmethod
    def following(cls, seal: SecretRing, hashes: SecretRing) -> Self:
        """A vault that takes up every new key of the rings by itself."""
        vault = cls(seal.current.value, hashes.current.value)
        vault._rings = (seal, hashes)
        return vault

    def __reduce__(self) -> tuple[Any, ...]:
        """On its way to a worker process of the same hub, through a pipe; to be written nowhere."""
        return (Vault, self._keys) if self._rings is None else (Vault.following, self._rings)

    @property
    def box(self) -> Sealer:
        """The keys of this moment."""
        if self._rings is not None:
            seal, hashes = (ring.current_keys for ring in self._rings)
            known = self._held
            if known is None or known[0] is not seal or known[1] is not hashes:
                self._box = Sealer(
                    seal.current.value,
                    hashes.current.value,
                    tuple(each.value for each in seal.older),
                    tuple(each.value for each in hashes.older),
                )
                self._held = (seal, hashes)
        return self._box

    def seal(self, fields: Mapping[str, str]) -> bytes:
        """As `Box.seal_many`, of one."""
        return self.box.seal_many([fields])[0]

    def open(self, sealed: bytes) -> dict[str, str]:
        """As `Box.open`; a key made in another process a moment ago is looked for before it is missed."""
        box = self.box
        try:
            return box.open(sealed)
        except VaultRefused:
            if self._rings is None:
                raise
            self._rings[0].look()
            if self.box is box:
                raise
            return self.box.open(sealed)

    def try_open(self, sealed: object) -> dict[str, str] | None:
        """As `open`; None for what no key of ours opens, and for what is no bytes: SQLite keeps any word."""
        try:
            return self.open(bytes(sealed)) if isinstance(sealed, bytes | memoryview) else None
        except VaultRefused:
            return None

    def fingerprint(self, channel: str, address: str) -> bytes:
        """As `Box.fingerprint`."""
        return self.box.fingerprint(channel, address)

    def fingerprints(self, channel: str, address: str) -> tuple[bytes, ...]:
        """As `Box.fingerprints`."""
        return self.box.fingerprints(channel, address)


def _pads(hash_key: bytes) -> tuple[Any, Any]:
    """HMAC by its definition (RFC 2104 §2) with both pads hashed in already, which halves the cost of a fingerprint."""
    block = hash_key.ljust(_HASH_BLOCK, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _hash(pads: tuple[Any, Any], channel: str, address: str) -> bytes:
    inner, outer = pads[0].copy(), pads[1].copy()
    inner.update(f"{channel}\0{address}".encode())
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:1]
