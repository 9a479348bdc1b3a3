"""That what is released under the paper of an operator (授权书) is a text of it, for zones of it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from approvals.delegation import Delegation
from approvals.mandate import NamedPlace, mandate_gaps
from approvals.official import Official
from approvals.paper import Gap
from approvals.standing import MessageWords
from hub.alert.alert import Alert, Info, MsgType
from hub.audience.plan import places_of
from hub.dossier.frozen import Dossier
from hub.dossier.info_words import words_of
from hub.dossier.notice import ALARM, notice_of
from hub.errors import Invalid
from hub.rules.rule import Rule, rule_named
from hub.store.alerts import standing
from targeting.audience import Audience


def must_be_as_lent(connection: Connection, dossier: Dossier) -> None:
    """Raises Invalid naming each text and each zone that the paper the draft rests on does not have.

    A Cancel of a chain is the hub's own all-clear, told to whoever holds the alarm: whoever may end it does so,
    whatever has become of the paper. An alarm without such a paper is refused: its forms would name no level, and
    nobody would have signed its words.
    """
    alert, row = dossier.alert, dossier.row
    if alert.msg_type is MsgType.CANCEL and row.root is not None:
        return
    document = document_of(connection, row.delegation) if row.delegation is not None else None
    if document is None or not document.texts:
        if notice_of(alert) == ALARM:
            text = "an alarm without a level rests on the paper of an operator, with its texts and zones"
            raise Invalid(text, rule=Rule.MANDATE_TEXT, place="delegation")
        return
    missing = _gaps(document, dossier)
    if missing:
        found = [{"rule": gap.rule, "element": "alert/info", "level": "error", "text": gap.text} for gap in missing]
        raise Invalid(missing[0].text, rule=rule_named(missing[0].rule), place="alert/info", findings=found)


def by_its_paper(connection: Connection, official: Official, dossier: Dossier) -> Official:
    """The official with those papers of an operator that have the texts and zones of this draft, where any has.

    Several may speak of one event: the draft rests on the one whose words it says.
    """
    bound = {grant.id: document_of(connection, grant.id) for grant in official.grants if grant.bound}
    fit = {number for number, paper in bound.items() if paper is not None and not _gaps(paper, dossier)}
    left = tuple(grant for grant in official.grants if not grant.bound or grant.id in fit)
    return replace(official, grants=left) if fit else official


def document_of(connection: Connection, number: int) -> Delegation | None:
    """The delegation of this number; None where there is none."""
    row = standing.get(connection, number)
    document = standing.document_in(row) if row is not None else None
    return document if isinstance(document, Delegation) else None


def _gaps(document: Delegation, dossier: Dossier) -> list[Gap]:
    return [*mandate_gaps(document, *_read_words(dossier.alert)), *_beside(dossier)]


def _read_words(alert: Alert) -> tuple[list[MessageWords], list[list[NamedPlace]]]:
    return [words_of(info) for info in alert.infos], [list(_places(info)) for info in alert.infos]


def _places(info: Info) -> Iterator[NamedPlace]:
    for area in info.areas:
        alone = Info("", "", "", "", (), areas=(area,))
        places = places_of([alone])
        yield NamedPlace(area.description, places.regions, places.polygons)


def _beside(dossier: Dossier) -> Iterator[Gap]:
    """Places that its author added to those of the text; and what is told under no mark of an alarm."""
    if dossier.plan.added != Audience():
        yield Gap(Rule.MANDATE_ZONE, "places or groups were added to the zones of the paper")
    if any(area.circles for info in dossier.alert.infos for area in info.areas):
        yield Gap(Rule.MANDATE_ZONE, "a circle is no zone of the paper")
    if notice_of(dossier.alert) != ALARM:
        yield Gap(Rule.MANDATE_TEXT, "draft it as an alarm: `hub alert alarm`, POST /alerts/alarms")
