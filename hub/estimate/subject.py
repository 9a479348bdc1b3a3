"""An alert as the subject of an estimate."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.level import Level
from channels.driver import Driver
from hub.alert.alert import MsgType
from hub.audience.language import language_index
from hub.audience.select import select_target
from hub.dossier import chain
from hub.dossier.consent import reach_of
from hub.dossier.frozen import Dossier
from hub.estimate.estimator import Subject
from hub.registry.preferences.consent import reachable
from hub.store.alerts import alerts
from hub.store.register import bitmaps


def persons_of(connection: Connection, dossier: Dossier, personal: Collection[str]) -> BitMap:
    """Whom a release now would warn; a Cancel is for those who may hold what it ends. Raises Invalid."""
    if dossier.alert.msg_type is MsgType.CANCEL:
        return chain.persons_maybe_reached(connection, dossier.row, personal)
    return (dossier.found or select_target(connection, dossier.plan.audience, "alert/info/area")).persons


def subject_of(
    connection: Connection,
    dossier: Dossier,
    persons: BitMap,
    drivers: Mapping[str, Driver],
    personal: Mapping[str, str],
) -> Subject:
    """The alert with those of these people who take it; who was told of a danger is told of its end."""
    row, ends = dossier.row, dossier.alert.msg_type is MsgType.CANCEL
    level = Level(row.level)
    reach = (
        reachable(connection, persons, personal, level, override=True)
        if ends
        else reach_of(connection, dossier, persons, drivers)
    )
    return Subject(
        persons=reach.persons,
        taking=reach.channels,
        refusing=len(persons) - len(reach.persons),
        overridden=0 if ends else len(reach.overridden),
        channels=dossier.plan.channels,
        level=level.word,
        written=frozenset(dossier.alert.languages) or None,
        chain=[each.id for each in alerts.chain(connection, row.root or row.id)],
        ends=ends,
    )


def people_by_text(connection: Connection, languages: Sequence[str], parts: Iterable[BitMap]) -> tuple[BitMap, ...]:
    """People by the text they are told: by their part, and by which of the languages of the message is theirs."""
    spoken: dict[str, BitMap] = {}
    for tag, bits in bitmaps.all_of(connection, bitmaps.LANGUAGE).items():
        told = languages[language_index(languages, tag)].casefold() if languages else ""
        spoken[told] = spoken.get(told, BitMap()) | bits
    return tuple(found for part in parts for bits in spoken.values() if (found := part & bits))
