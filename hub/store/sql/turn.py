"""Whose turn it is to write to a SQLite file: a lock between processes that is handed over at once.

SQLite itself waits for a lock by sleeping, up to 100 ms at a time (its busy handler); two processes that commit all the
time then spend most of theirs asleep. The turn is only a courtesy: SQLite's own lock is what keeps writes apart.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

POLL_S = 0.0005
#: whoever keeps the turn longer than this is not waited for: the process may be stopped
PATIENCE_S = 5.0


class WriteTurn:
    """`with turn:` around a write. Ends with the process, however it ends."""

    def __init__(self, path: Path, patience_s: float = PATIENCE_S) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._patience_s = patience_s
        self._held = False

    def __enter__(self) -> Self:
        deadline = time.monotonic() + self._patience_s
        while not self._held and time.monotonic() < deadline:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held = True
            except BlockingIOError:
                time.sleep(POLL_S)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._held:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self._held = False

    def close(self) -> None:
        os.close(self._descriptor)
