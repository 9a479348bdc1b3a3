"""An alert as the subject of an estimate."""

from __future__ import annotations

from collections.abc import Collection

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from hub.alert import MsgType
from hub.estimate.estimator import Subject
from hub.release import follow
from hub.release.frozen import Dossier
from hub.release.targeting import selected
from hub.store import alerts


def persons_of(connection: Connection, dossier: Dossier, personal: Collection[str]) -> BitMap:
    """Whom a release now would be for; a Cancel is for those who may hold what it ends. Raises Invalid."""
    if dossier.alert.msg_type is MsgType.CANCEL:
        return follow.persons_maybe_reached(connection, dossier.row, personal)
    return selected(connection, dossier.plan.audience, "alert/info/area").persons


def subject_of(connection: Connection, dossier: Dossier, persons: BitMap) -> Subject:
    """The alert with these people."""
    row = dossier.row
    return Subject(
        persons=persons,
        channels=dossier.plan.channels,
        level=Level(row.level).word,
        written=frozenset(dossier.alert.languages) or None,
        chain=[each.id for each in alerts.chain(connection, row.root or row.id)],
        ends=dossier.alert.msg_type is MsgType.CANCEL,
    )
