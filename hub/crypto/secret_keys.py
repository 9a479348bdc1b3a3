"""A ring of secret keys for one purpose: the one in force and those older rows still need, as the directory is now.

`<purpose>.key` is the key in force, `<purpose>-<kid>.key` one that was replaced and still opens or finds rows,
`<purpose>-<kid>.retired` one that nothing here needs: it is read no more, and kept only for backups as old as itself.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from hub.crypto.key_files import KeysRefused, alone, create, files_in, read_private, replace

log = structlog.get_logger(__name__)

SECRET_BYTES = 32
KID_LENGTH = 16  #: hexadecimal digits of the key's SHA-256; the first two are the byte that sealed bytes begin with
LOOK_EVERY_S = 1.0  #: how long a new key in force may go unseen
MOST_KEYS = 64  #: of one purpose at a time: a sealed byte names the key, so there cannot be many


@dataclass(frozen=True, slots=True)
class Secret:
    """A key and its name."""

    kid: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PurposeKeys:
    """The keys of one purpose at one moment; `older` are still needed. `seen` says from which files they were read."""

    current: Secret
    older: tuple[Secret, ...]
    seen: tuple[tuple[str, int, int], ...] = field(default=(), repr=False)


class SecretRing:
    """The keys of one purpose. A running process follows the directory within a second. Safe in several threads."""

    def __init__(self, directory: Path, purpose: str, given: bytes | None = None) -> None:
        """Raises KeysRefused. `given` is the key in force where it comes from the environment."""
        self.directory = directory
        self.purpose = purpose
        self._given = given
        self._lock = threading.Lock()
        self._held = self._read()
        self._looked = time.monotonic()

    def __reduce__(self) -> tuple[type[SecretRing], tuple[Path, str, bytes | None]]:
        """On its way to a worker process of the same hub, which then follows the directory too."""
        return SecretRing, (self.directory, self.purpose, self._given)

    @property
    def current_keys(self) -> PurposeKeys:
        """The keys now; the same object as long as nothing changes."""
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self.look()
        return self._held

    @property
    def current(self) -> Secret:
        """The key in force."""
        return self.current_keys.current

    @property
    def turns(self) -> bool:
        """False where the key comes from the environment, which only a restart changes."""
        return self._given is None

    def look(self) -> None:
        """Reads the directory again if it has changed; a running hub goes on with the keys it has when it cannot."""
        with self._lock:
            try:
                if files_in(self.directory, self.purpose) != self._held.seen:
                    self._held = self._read()
            except (KeysRefused, OSError) as error:
                log.warning("keys_unreadable", purpose=self.purpose, error=str(error))
            self._looked = time.monotonic()

    def rotate(self, instead_of: str, fresh: Callable[[], bytes]) -> Secret:
        """Puts a fresh key in force where `instead_of` is the kid of the one that is; the old one stays for its rows.

        Asked again with the same kid it does nothing more. Raises KeysRefused.
        """
        if not self.turns:
            raise KeysRefused(f"the {self.purpose} key comes from the environment: change it there and restart")
        with alone(self.directory):
            self.look()
            old = self._held.current
            if old.kid == instead_of:
                taken = {name.kid[:2] for name in (*self._held.older, old)} | self._retired_bytes()
                if len(taken) >= MOST_KEYS:
                    raise KeysRefused(f"{self.directory}: {len(taken)} {self.purpose} keys: remove retired ones first")
                value = next(key for key in iter(fresh, b"") if kid_of(key)[:2] not in taken)
                # The old one first: at no moment is there a row that nothing opens.
                create(self._file(old.kid, "key"), old.value)
                replace(self.directory / f"{self.purpose}.key", value)
        self.look()
        return self._held.current

    def retire(self, kid: str) -> None:
        """Reads an older key no more. Raises KeysRefused for the key in force."""
        with alone(self.directory):
            self.look()
            if kid == self._held.current.kid:
                raise KeysRefused(f"{kid} is the {self.purpose} key in force: rotate it first")
            file = self._file(kid, "key")
            if file.exists():
                file.rename(self._file(kid, "retired"))
        self.look()

    def replacement_time(self, kid: str) -> float | None:
        """When an older key was replaced, in seconds since the epoch; None where there is no such key."""
        file = self._file(kid, "key")
        return file.stat().st_mtime if file.exists() else None

    def _read(self) -> PurposeKeys:
        seen = files_in(self.directory, self.purpose)  # before the files: what changes meanwhile is read once more
        file = self.directory / f"{self.purpose}.key"
        current = _secret(read_private(file) if self._given is None else self._given, str(file))
        files = sorted(self.directory.glob(f"{self.purpose}-*.key"))
        older = {each.kid: each for each in (_secret(read_private(file), str(file)) for file in files)}
        older.pop(current.kid, None)
        return PurposeKeys(current, tuple(older.values()), seen)

    def _retired_bytes(self) -> set[str]:
        """The first bytes of retired keys' names: a backup must never seem to be sealed with another key."""
        start = len(self.purpose) + 1
        return {file.name[start : start + 2] for file in self.directory.glob(f"{self.purpose}-*.retired")}

    def _file(self, kid: str, ending: str) -> Path:
        return self.directory / f"{self.purpose}-{kid}.{ending}"


def kid_of(value: bytes) -> str:
    """The start of the key's SHA-256: of 32 random bytes it says nothing."""
    return hashlib.sha256(value).hexdigest()[:KID_LENGTH]


def _secret(value: bytes, place: str) -> Secret:
    if len(value) != SECRET_BYTES:
        raise KeysRefused(f"{place}: a key of {SECRET_BYTES} bytes is wanted, this one has {len(value)}")
    return Secret(kid_of(value), value)
