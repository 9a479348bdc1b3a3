"""The hub's own keys: made at the first start, read at every start, never shown.

order   Ed25519, signs release orders; retired public halves stay beside it as `order-*.pub`
token   Ed25519, signs the tokens the hub itself issues
seal    32 bytes, AES-GCM of addresses at rest
hash    32 bytes, keyed hash by which an address is looked up without being readable
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.settings import SettingsRefused

SECRET_BYTES = 32
KID_LENGTH = 16  #: characters of the thumbprint: 96 bits name a key
#: where each key may come from instead of its file: PEM for order and token, base64 for seal and hash
ENVIRONMENT = {
    "order.pem": "FENGHUO_KEY_ORDER",
    "token.pem": "FENGHUO_KEY_TOKEN",
    "seal.key": "FENGHUO_KEY_SEAL",
    "hash.key": "FENGHUO_KEY_HASH",
}


class KeysRefused(SettingsRefused):
    """A key is unreadable, malformed or open to others; the text names the file or the variable."""


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys in force. Only the kids and public halves may be shown."""

    order_key: Ed25519PrivateKey = field(repr=False)
    order_public: Mapping[str, Ed25519PublicKey]  # by kid; the key in force and the retired ones
    token_key: Ed25519PrivateKey = field(repr=False)
    seal_key: bytes = field(repr=False)
    hash_key: bytes = field(repr=False)

    @property
    def order_kid(self) -> str:
        return kid_of(self.order_key.public_key())

    @property
    def token_kid(self) -> str:
        return kid_of(self.token_key.public_key())

    @classmethod
    def load(cls, directory: Path, environ: Mapping[str, str]) -> Self:
        """Reads every key from the environment or its file, making the files that are missing.

        Processes that start at the same time agree on the same keys. Raises KeysRefused.
        """
        sources = _Sources(directory, environ)
        order = sources.signing("order.pem")
        public = {kid_of(order.public_key()): order.public_key()}
        for file in sorted(directory.glob("order-*.pub")):
            retired = _public(file)
            public[kid_of(retired)] = retired
        return cls(
            order_key=order,
            order_public=public,
            token_key=sources.signing("token.pem"),
            seal_key=sources.secret("seal.key"),
            hash_key=sources.secret("hash.key"),
        )


def kid_of(key: Ed25519PublicKey) -> str:
    """The start of the key's JWK thumbprint (RFC 7638 over the members RFC 8037 §2 requires)."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()  # RFC 7638 §3.3
    return _base64url(hashlib.sha256(canonical).digest())[:KID_LENGTH]


@dataclass(frozen=True, slots=True)
class _Sources:
    directory: Path
    environ: Mapping[str, str]

    def signing(self, name: str) -> Ed25519PrivateKey:
        given = self.environ.get(ENVIRONMENT[name])
        if given:  # one line in an environment file may spell the line ends \n
            return _private(given.replace("\\n", "\n").encode(), ENVIRONMENT[name])
        return _private(self._file(name, _new_signing_key), str(self.directory / name))

    def secret(self, name: str) -> bytes:
        given = self.environ.get(ENVIRONMENT[name])
        if given is None:
            value, place = self._file(name, _new_secret), str(self.directory / name)
        else:
            value, place = _from_base64(given, ENVIRONMENT[name]), ENVIRONMENT[name]
        if len(value) != SECRET_BYTES:
            raise KeysRefused(f"{place}: a key of {SECRET_BYTES} bytes is wanted, this one has {len(value)}")
        return value

    def _file(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self.directory / name
        try:
            if not path.exists():
                _create(path, make())
            if path.stat().st_mode & 0o077:
                raise KeysRefused(f"{path}: others may read this key; allow its owner only (chmod 600)")
            return path.read_bytes()
        except OSError as error:
            raise KeysRefused(f"{path}: {error.strerror}") from None


def _create(path: Path, value: bytes) -> None:
    """Makes the file whole or not at all. Who comes second keeps what the first one made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename it never replaces
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)  # the name, too, must survive a loss of power
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def _private(pem: bytes, place: str) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeysRefused(f"{place}: not a private key in PEM (PKCS #8, without a password)") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysRefused(f"{place}: an Ed25519 key is wanted")
    return key


def _public(file: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        raise KeysRefused(f"{file}: not a public key in PEM") from None
    except OSError as error:
        raise KeysRefused(f"{file}: {error.strerror}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeysRefused(f"{file}: an Ed25519 key is wanted")
    return key


def _from_base64(text: str, place: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise KeysRefused(f"{place}: not base64") from None


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
