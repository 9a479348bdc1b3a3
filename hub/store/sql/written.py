"""What a transaction writes to the record, read back before it is committed.

Who can write to SQL can put a trigger or a rule on a table that drops or changes what is written to it: the statement
succeeds, and nothing is kept. So an entry or an act is there, as it was made, or nothing of its transaction is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from approvals.audit import AuditEntry, Head
from hub.errors import RecordLost
from hub.store.schema import acts, audit

OPTION = "written"  #: the execution option under which a connection carries it

REMEDY = (
    "a trigger or a rule of the database drops or changes it; nothing was kept. `hub migrate` names those that this "
    "version does not know: have them removed, and ask again"
)


class ActRow(NamedTuple):
    """An act as its row has it."""

    subject: str
    number: int
    entry: int
    jws: str


def _nothing_seen() -> Head | None:
    return None


@dataclass(slots=True)
class WrittenRecords:
    """The entries and acts of one transaction, in order; those of a savepoint that was rolled back are forgotten.

    `seen` gives the furthest end of the audit log that was seen before it; None where nobody remembers one.
    """

    seen: Callable[[], Head | None] = _nothing_seen
    entries: list[AuditEntry] = field(default_factory=list)
    acts: list[ActRow] = field(default_factory=list)
    _marks: list[tuple[int, int]] = field(default_factory=list)

    @property
    def end(self) -> AuditEntry | None:
        """Where the audit log ends once this is committed; None where nothing was added."""
        return self.entries[-1] if self.entries else None

    def begin_savepoint(self) -> None:
        self._marks.append((len(self.entries), len(self.acts)))

    def release_savepoint(self) -> None:
        self._marks.pop()

    def undo_savepoint(self) -> None:
        entries, acts = self._marks.pop()
        del self.entries[entries:], self.acts[acts:]

    def must_stand(self, connection: Connection) -> None:
        """Raises RecordLost where the database does not hold what was written to it."""
        if not self.entries:
            return
        if connection.dialect.name == "postgresql":
            # What a constraint trigger has put off until the commit happens now, where it is still seen.
            connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for entry in _missing(self.entries, self._entries_on_record(connection)):
            raise RecordLost(f"the database does not hold audit entry {entry.seq}, {entry.action}: {REMEDY}")
        for act in self.acts:
            mine = (acts.c.subject == act.subject) & (acts.c.number == act.number)
            row = connection.execute(select(acts).where(mine)).first()
            if row is None or ActRow._make(row) != act:
                raise RecordLost(f"the database does not hold act {act.number} of {act.subject}: {REMEDY}")

    def _entries_on_record(self, connection: Connection) -> Sequence[Any]:
        written = audit.c.seq.between(self.entries[0].seq, self.entries[-1].seq)
        return connection.execute(select(audit).where(written)).all()


def of(connection: Connection) -> WrittenRecords | None:
    """That of the transaction of a connection; None where nobody reads back."""
    found: WrittenRecords | None = connection.get_execution_options().get(OPTION)
    return found


def note_entry(connection: Connection, entry: AuditEntry) -> None:
    """Marks an entry of the audit log as one that must stand."""
    if (written := of(connection)) is not None:
        written.entries.append(entry)


def note_act(connection: Connection, act: ActRow) -> None:
    """Marks an act as one that must stand."""
    if (written := of(connection)) is not None:
        written.acts.append(act)


def _missing(entries: Sequence[AuditEntry], rows: Sequence[Any]) -> list[AuditEntry]:
    kept = {row.seq: AuditEntry._make(row) for row in rows}
    return [entry for entry in entries if kept.get(entry.seq) != entry]
