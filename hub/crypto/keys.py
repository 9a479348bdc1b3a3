"""The hub's own keys: made at the first start, read at every start, never shown.

order     Ed25519, signs release orders, and seals decisions
token     Ed25519, signs the tokens the hub itself issues
record    Ed25519, signs checkpoints of the audit log and evidence packs
seal      32 bytes, AES-GCM of addresses at rest
hash      32 bytes, keyed hash by which an address is looked up without being readable
delivery  32 bytes, from which the ids are made that providers name deliveries by
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.crypto.key_files import KeysRefused, create, read_private
from hub.crypto.secret_keys import SECRET_BYTES, SecretRing
from hub.crypto.signing_keys import KeyRing, new_signing_key, private_key

#: where each key may come from instead of its file: PEM for the signing keys, base64 for the others
ENVIRONMENT = {
    "order.pem": "FENGHUO_KEY_ORDER",
    "token.pem": "FENGHUO_KEY_TOKEN",
    "record.pem": "FENGHUO_KEY_RECORD",
    "seal.key": "FENGHUO_KEY_SEAL",
    "hash.key": "FENGHUO_KEY_HASH",
    "delivery.key": "FENGHUO_KEY_DELIVERY",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys in force. Only the kids and public halves may be shown."""

    order: KeyRing
    token: KeyRing
    record: KeyRing
    seal: SecretRing
    hash: SecretRing
    delivery: SecretRing

    @property
    def rings(self) -> Mapping[str, KeyRing]:
        """The rings by their purpose: those whose keys can be rotated without stopping."""
        return {ring.purpose: ring for ring in (self.order, self.token, self.record)}

    @property
    def secrets(self) -> Mapping[str, SecretRing]:
        """The keys of addresses at rest by their purpose."""
        return {ring.purpose: ring for ring in (self.seal, self.hash)}

    def in_force(self, purpose: str) -> tuple[str, bool]:
        """The kid of the key of any purpose, and whether it turns: one from the environment does not."""
        secret = self.secrets.get(purpose)
        if secret is not None:
            return secret.current.kid, secret.turns
        return self.rings[purpose].current.kid, self.rings[purpose].turns

    @property
    def seal_key(self) -> bytes:
        return self.seal.current.value

    @property
    def hash_key(self) -> bytes:
        return self.hash.current.value

    @property
    def order_public(self) -> KeyRing:
        return self.order

    @property
    def token_key(self) -> Ed25519PrivateKey:
        return self.token.current.key

    @property
    def token_kid(self) -> str:
        return self.token.current.kid

    @classmethod
    def load(cls, directory: Path, environ: Mapping[str, str]) -> Self:
        """Reads every key from the environment or its file, making the files that are missing.

        Processes that start at the same time agree on the same keys. Raises KeysRefused.
        """
        sources = _Sources(directory, environ)
        return cls(
            order=sources.ring("order"),
            token=sources.ring("token"),
            record=sources.ring("record"),
            seal=sources.secret("seal"),
            hash=sources.secret("hash"),
            delivery=sources.secret("delivery"),
        )


@dataclass(frozen=True, slots=True)
class _Sources:
    directory: Path
    environ: Mapping[str, str]

    def ring(self, purpose: str) -> KeyRing:
        name = f"{purpose}.pem"
        given = self.environ.get(ENVIRONMENT[name])
        if given:  # one line in an environment file may spell the line ends \n
            key = private_key(given.replace("\\n", "\n").encode(), ENVIRONMENT[name])
            return KeyRing(self.directory, purpose, key)
        self._file(name, new_signing_key)
        return KeyRing(self.directory, purpose)

    def secret(self, purpose: str) -> SecretRing:
        name = f"{purpose}.key"
        given = self.environ.get(ENVIRONMENT[name])
        if given is None:
            self._file(name, new_secret)
            return SecretRing(self.directory, purpose)
        value = _from_base64(given, ENVIRONMENT[name])
        if len(value) != SECRET_BYTES:
            raise KeysRefused(
                f"{ENVIRONMENT[name]}: a key of {SECRET_BYTES} bytes is wanted, this one has {len(value)}"
            )
        return SecretRing(self.directory, purpose, value)

    def _file(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self.directory / name
        if not path.exists():
            create(path, make())
        return read_private(path)


def new_secret() -> bytes:
    """A fresh secret key."""
    return secrets.token_bytes(SECRET_BYTES)


def _from_base64(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KeysRefused(f"{place}: not base64") from None
