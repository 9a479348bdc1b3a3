"""Where the audit log ended, kept in a file beside the database: who can write to SQL alone cannot take that back.

Acts and log vouch for each other, but whoever deletes from both all that came after some moment leaves a record that is
whole, of an earlier day. The file remembers a later one.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

import structlog
from sqlalchemy import Connection

from approvals.audit import GENESIS, Entry, Head
from hub.store import audit

log = structlog.get_logger(__name__)

WITNESS = "audit.head"  #: its file in the data directory
ALARM = "log-cut"  #: of the alarm


class LogWitness:
    """Several processes of one machine share the file; each machine has its own. Thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def head(self) -> Head:
        """The furthest end that was seen; of no entry where nothing was yet."""
        try:
            count, _, link = self._file.read_text("ascii").strip().partition(" ")
            return Head(int(count), link)
        except (FileNotFoundError, ValueError):
            return Head(0, GENESIS)

    def broken(self, connection: Connection) -> str:
        """How the log differs from what was seen of it; empty where it does not.

        Only in a transaction that began after the end was seen, as every write does: an older one sees an older log.
        """
        head = self.head
        found = audit.at(connection, head.count) if head.count else None
        if not head.count or (found is not None and found.hash == head.hash):
            return ""
        return f"entry {head.count} of the audit log is not the one that stood there: it was cut off or written anew"

    def observe(self, last: Entry | None) -> None:
        """Notes the end of the log as it was committed. Never goes back."""
        if last is None or last.seq <= self.head.count:
            return
        try:
            with self._file.with_suffix(".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # between processes; let go when the file is closed
                if last.seq > self.head.count:
                    self._write(last)
        except OSError as error:  # a full disk stops no warning
            log.warning("log_end_not_noted", error=str(error))

    def accept(self, last: Entry | None) -> None:
        """What the log holds now is what is known of it from now on: after a backup was restored."""
        self._file.unlink(missing_ok=True)
        self.observe(last)

    def _write(self, last: Entry) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{last.seq} {last.hash}\n", "ascii")
        fresh.replace(self._file)
