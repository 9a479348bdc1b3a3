"""Where the audit log ended, kept in a file beside the database: who can write to SQL alone cannot take that back.

Acts and log vouch for each other, but whoever deletes from both all that came after some moment leaves a record that is
whole, of an earlier day. The file remembers a later one. It is told of every end after the commit and before anybody is
answered (`hub.store.sql.database`): so it may be behind by what nobody was told is done, and by nothing else.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from approvals.audit import GENESIS, AuditEntry, Head
from hub.store.records import alarms, audit
from hub.store.sql.database import Database

WITNESS = "audit.head"  #: its file in the data directory
ALARM = "log-cut"  #: of the alarm
UNNOTED = "log-end-not-noted"  #: of the alarm where the file cannot be written
ACCEPTED = "log-end-accepted"  #: of the alarm when the end of a restored log was accepted
REMEDY = "if a backup was restored, say so on this machine: `hub audit accept-end`"


class LogWitness:
    """Several processes of one machine share the file; each machine has its own. Thread-safe."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def head(self) -> Head:
        """The furthest end that was seen; of no entry where nothing was yet. Raises OSError, ValueError."""
        try:
            text = self._file.read_text("ascii")
        except FileNotFoundError:
            return Head(0, GENESIS)
        count, _, link = text.strip().partition(" ")
        if len(link) != len(GENESIS):
            raise ValueError(f"{WITNESS} is damaged")
        return Head(int(count), link)

    def broken(self, connection: Connection) -> str:
        """How the log differs from what was seen of it; empty where it does not.

        Only in a transaction that began after the end was seen, as every write does: an older one sees an older log.
        """
        try:
            return _difference(connection, self.head)
        except (OSError, ValueError) as error:
            return f"where the audit log ended cannot be read from {WITNESS} ({error}); {REMEDY}"

    def observe(self, connection: Connection, last: AuditEntry | None = None) -> str:
        """Notes an end that was committed, `last` or that of now: a power cut does not undo that. Never goes back.

        Where the log differs from what was seen of it, it says how, and that stays noted: whatever was added since does
        not make a log whole. The transaction begins with this. Raises OSError, ValueError where nothing can be noted.
        """
        with self._alone():  # whatever stands in the file while it is held outlives a power cut
            head = self.head
            if broken := _difference(connection, head):
                return broken
            found = audit.End(last, ()) if last is not None else audit.end_after(connection, head)
            if found is not None and found.entry is not None and found.entry.seq > head.count:
                self._write(found.entry)
            return ""

    def accept(self, last: AuditEntry | None) -> None:
        """What the log holds now is what is known of it from now on: after a backup was restored."""
        with self._alone():
            self._file.unlink(missing_ok=True)
            if last is not None:
                self._write(last)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Opened to read: the file may be that of another account of the machine. Closing it lets the lock go.
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, last: AuditEntry) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with fresh.open("x", encoding="ascii") as file:
            file.write(f"{last.seq} {last.hash}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)
        directory = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)  # a name that was replaced is on disk once its directory is: fsync(2)
        finally:
            os.close(directory)


async def look_at_end(db: Database, witness: LogWitness, now: int) -> None:
    """Notes how far the log goes by what other machines added, or who fell before it noted it.

    An alarm where it no longer goes so far, or is another one, and where rows stand behind its end. `now` in ms.
    """

    def look(connection: Connection) -> tuple[str, bool]:
        broken = witness.observe(connection)
        return broken, not broken and audit.goes_beyond(connection, witness.head.count)

    try:
        text, more = await db.read(look)
        kind = ALARM
    except (OSError, ValueError) as error:
        kind, text, more = UNNOTED, f"{WITNESS} cannot be read and written: {error}", False
    if text:
        await db.write(lambda connection: alarms.raise_once(connection, now, kind, "audit", text))
    if more:  # what others have added in the meantime, or what is no entry
        await db.write(lambda connection: audit.clear(connection, now))


def _difference(connection: Connection, head: Head) -> str:
    found = audit.at(connection, head.count) if head.count else None
    if not head.count or (found is not None and found.hash == head.hash):
        return ""
    told = f"entry {head.count} of the audit log is not the one that stood there: it was cut off or written anew"
    return f"{told}; {REMEDY}"
