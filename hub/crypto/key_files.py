"""Files that hold keys: made whole or not at all, open to their owner only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from hub.settings.sources import SettingsRefused


class KeysRefused(SettingsRefused):
    """A key is unreadable, malformed or open to others; the text names the file or the variable."""


def read_private(path: Path) -> bytes:
    """Raises KeysRefused where it cannot be read, or where others could read it too."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeysRefused(f"{path}: others may read this key; allow its owner only (chmod 600)")
        return path.read_bytes()
    except OSError as error:
        raise KeysRefused(f"{path}: {error.strerror}") from None


def create(path: Path, value: bytes) -> None:
    """Makes the file where there is none. Who comes second keeps what the first one made. Raises KeysRefused."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _draft(path, value)
        try:
            os.link(draft, path)  # unlike a rename it never replaces
        except FileExistsError:
            return
        finally:
            draft.unlink()
        _keep_names(path.parent)
    except OSError as error:
        raise KeysRefused(f"{path}: {error.strerror}") from None


def replace(path: Path, value: bytes) -> None:
    """Puts the new content in the place of the old: a reader finds the one or the other. Raises KeysRefused."""
    try:
        _draft(path, value).rename(path)
        _keep_names(path.parent)
    except OSError as error:
        raise KeysRefused(f"{path}: {error.strerror}") from None


@contextlib.contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Of all processes on the directory one rotates at a time: else a key could be replaced and never retired."""
    try:
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise KeysRefused(f"{directory}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def files_in(directory: Path, purpose: str) -> tuple[tuple[str, int, int], ...]:
    """Name, inode and time of every file of a purpose: a file that was replaced is another, however alike its time."""
    if not directory.is_dir():  # every key comes from the environment
        return ()
    with os.scandir(directory) as entries:
        mine = [entry for entry in entries if entry.name.startswith((f"{purpose}.", f"{purpose}-"))]
        return tuple(sorted((entry.name, entry.inode(), entry.stat().st_mtime_ns) for entry in mine))


def _draft(path: Path, value: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)  # the name, too, must survive a loss of power
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
