"""A ring of signing keys for one purpose: the one in force and those that went before, as the directory has them now.

`<purpose>.pem` is the key in force, mode 0600; `<purpose>-<kid>.pub` the public half of a retired one, by which what it
signed is still checked; `<purpose>-<kid>.revoked` that of a compromised one, by which nothing is.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.crypto.key_files import KeysRefused, alone, create, files_in, read_private, replace

log = structlog.get_logger(__name__)

KID_LENGTH = 16  #: characters of the thumbprint: 96 bits name a key
LOOK_EVERY_S = 1.0  #: how long a revocation, or a new key in force, may go unseen
RETIRED, REVOKED = ".pub", ".revoked"


class SigningKey(NamedTuple):
    """A private key and the name of its public half, one value: a rotation cannot come between the two."""

    key: Ed25519PrivateKey
    kid: str

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"

    @classmethod
    def of(cls, key: Ed25519PrivateKey) -> SigningKey:
        return cls(key, kid_of(key.public_key()))


@dataclass(frozen=True, slots=True)
class _DirectoryState:
    """What the directory held at one moment. `seen` says which files it was read from."""

    current: SigningKey
    public: Mapping[str, Ed25519PublicKey]
    revoked: frozenset[str]
    seen: tuple[tuple[str, int, int], ...]


class KeyRing(Mapping[str, Ed25519PublicKey]):
    """The public halves that count, by kid; and, as `current`, the key to sign with.

    A running process follows the directory: a kid it does not know makes it look again at once, and every second it
    looks whether the key in force was replaced or one was revoked. A key from the environment stays until a restart.
    Safe to use from several threads.
    """

    def __init__(self, directory: Path, purpose: str, given: Ed25519PrivateKey | None = None) -> None:
        """Raises KeysRefused. `given` is the key in force where it comes from the environment."""
        self.directory = directory
        self.purpose = purpose
        self._given = given
        self._lock = threading.Lock()
        self._held = self._read()
        self._looked = time.monotonic()

    @property
    def current(self) -> SigningKey:
        """The key in force."""
        return self._fresh().current

    @property
    def revoked_kids(self) -> frozenset[str]:
        """Kids of compromised keys: whatever they signed is refused."""
        return self._fresh().revoked

    @property
    def turns(self) -> bool:
        """False where the key comes from the environment, which only a restart changes."""
        return self._given is None

    def __getitem__(self, kid: str) -> Ed25519PublicKey:
        held = self._fresh()
        if kid not in held.public:
            held = self._fresh(at_once=True)
        return held.public[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fresh().public)

    def __len__(self) -> int:
        return len(self._fresh().public)

    def rotate(self, instead_of: str) -> SigningKey:
        """Makes a new key the one in force, where `instead_of` is the kid of the one that is; the old one retires.

        Asked again with the same kid it does nothing more: who crashed half-way asks again. Raises KeysRefused.
        """
        if self._given is not None:
            raise KeysRefused(f"the {self.purpose} key comes from the environment: change it there and restart")
        with alone(self.directory):
            old = self._fresh(at_once=True).current
            if old.kid == instead_of:
                # The old public half first: from the moment of the new key on, both are there for who looks.
                create(self._file(old.kid, RETIRED), public_pem(old.key.public_key()))
                replace(self.directory / f"{self.purpose}.pem", new_signing_key())
        return self._fresh(at_once=True).current

    def revoke(self, kid: str) -> None:
        """Marks a retired key as compromised. Raises KeysRefused for the key in force, which must be rotated first."""
        with alone(self.directory):
            held = self._fresh(at_once=True)
            if kid == held.current.kid:
                raise KeysRefused(f"{kid} is the {self.purpose} key in force: rotate it first")
            if kid in held.revoked:
                return
            if kid not in held.public:
                raise KeysRefused(f"there is no {self.purpose} key {kid}")
            create(self._file(kid, REVOKED), public_pem(held.public[kid]))
        self._fresh(at_once=True)

    def _file(self, kid: str, ending: str) -> Path:
        return self.directory / f"{self.purpose}-{kid}{ending}"

    def _fresh(self, *, at_once: bool = False) -> _DirectoryState:
        with self._lock:
            now = time.monotonic()
            if at_once or now - self._looked >= LOOK_EVERY_S:
                self._looked = now
                # Names, inodes and times: a file that was replaced is another file, however alike its time.
                with self._surviving():
                    if files_in(self.directory, self.purpose) != self._held.seen:
                        self._held = self._read()
            return self._held

    @contextlib.contextmanager
    def _surviving(self) -> Iterator[None]:
        """A running hub goes on with the keys it has; the fault is told every time it is met."""
        try:
            yield
        except (KeysRefused, OSError) as error:
            log.warning("keys_unreadable", purpose=self.purpose, error=str(error))

    def _read(self) -> _DirectoryState:
        seen = files_in(self.directory, self.purpose)  # before the files: what changes meanwhile is read once more
        current = SigningKey.of(self._given or private_key(read_private(self._pem()), str(self._pem())))
        revoked = frozenset(kid_of(_public(file)) for file in self._files(REVOKED))
        retired = (_public(file) for file in self._files(RETIRED))
        keys = {kid_of(key): key for key in (*retired, current.key.public_key())}
        if current.kid in revoked:
            raise KeysRefused(f"{self._pem()}: this key was revoked as compromised: put another one in force")
        return _DirectoryState(current, {kid: key for kid, key in keys.items() if kid not in revoked}, revoked, seen)

    def _pem(self) -> Path:
        return self.directory / f"{self.purpose}.pem"

    def _files(self, ending: str) -> list[Path]:
        return sorted(self.directory.glob(f"{self.purpose}-*{ending}"))


def kid_of(key: Ed25519PublicKey) -> str:
    """The start of the key's JWK thumbprint (RFC 7638 over the members RFC 8037 §2 requires)."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    canonical = json.dumps(members, separators=(",", ":"), sort_keys=True).encode()  # RFC 7638 §3.3
    return _base64url(hashlib.sha256(canonical).digest())[:KID_LENGTH]


def new_signing_key() -> bytes:
    """A fresh private key in PEM."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def private_key(pem: bytes, place: str) -> Ed25519PrivateKey:
    """Raises KeysRefused naming `place`, never what stands there."""
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


def public_pem(key: Ed25519PublicKey) -> bytes:
    """SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
