"""Whether a warning is still to be sent, asked before every chunk and twice a second per shard.

The answer is that of its acts. They are verified once; from then on a look reads two things: the newest act, which must
still be that one, and what the audit log has had since, which must go on from where it ended and name no further act.
So neither an act that was added nor one that was cut off again stays unseen, and where the log no longer goes as far as
its witness remembers nothing is sent. Whatever differs is verified anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from approvals.acts import ActsRefused, log_goes_on
from approvals.audit import AuditEntry
from hub.alert.lifecycle import Stage
from hub.dossier.acts import Acts, alert_subject
from hub.store.alerts import acts as store
from hub.store.alerts import alerts
from hub.store.records import audit

KNOWN = 1024  #: warnings whose newest act is kept in memory


@dataclass(frozen=True, slots=True)
class _Known:
    """The newest act of an alert, the stage it says, and where the audit log ended when that was so."""

    jws: str
    stage: str
    end: AuditEntry


@dataclass(slots=True)
class StageWatch:
    """One per process."""

    acts: Acts
    _known: dict[int, _Known] = field(default_factory=dict)

    def is_released(self, connection: Connection, alert: int) -> bool:
        """False once the alert was cancelled, superseded or has ended: then nothing more of it may leave.

        In a write it holds until the commit: a Cancel comes before these intents or after them, never in between.
        Raises ActsRefused.
        """
        alerts.hold(connection, alert)
        known = self._still(connection, alert) or self._verify(connection, alert)
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[alert] = known
        return known.stage == Stage.RELEASED

    def _still(self, connection: Connection, alert: int) -> _Known | None:
        """What is known of an alert, where it holds still."""
        subject, known = alert_subject(alert), self._known.get(alert)
        self.acts.must_be_witnessed(connection, subject)
        if known is None or store.newest(connection, subject) != known.jws:
            return None
        end = log_goes_on(audit.entries(connection, known.end.seq), known.end, subject)
        return None if end is None else _Known(known.jws, known.stage, end)

    def _verify(self, connection: Connection, alert: int) -> _Known:
        sequence = self.acts.read(connection, alert_subject(alert))
        end = audit.last(connection)
        if end is None:
            raise ActsRefused(alert_subject(alert), sequence.newest.number, "the audit log is empty")
        return _Known(sequence.jws[-1], sequence.stage, end)
