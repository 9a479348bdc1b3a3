"""Drafting a Cancel: from what an official asks for, or from the file of an upstream system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from approvals.event import Events
from approvals.stated_level import names_warning_level
from approvals.still_dangerous import dangers_that_go_on
from hub.alert.alert import Alert, Info, MsgType
from hub.compose.issuer_name import naming_by
from hub.dossier.ending import Ending, ending_of
from hub.dossier.frozen import content_of
from hub.drafting import chain
from hub.drafting.all_clear import CANCEL_EXPIRY, AllClear, Phrasing, cancel_of, had_people_leave, level_lifted
from hub.drafting.context import DraftingContext
from hub.drafting.notes import EndingNotes
from hub.drafting.text import DraftText, finish_text
from hub.errors import Invalid
from hub.formats.cap.finding import quote
from hub.rules.rule import Rule
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertRow
from hub.text import sentences
from hub.transaction import Tx

#: what an all-clear does not promise: only whoever ordered an evacuation can say when it is over
_PROMISE = re.compile(
    r"安全|平安|回家|返家|回去|\bsafe(?:ly)?\b|\b(?:go|going|return|come|head)\s+(?:back\s+)?home\b", re.IGNORECASE
)
_SHORTEST = 4  #: letters of a sentence that can be recognised as somebody's


@dataclass(frozen=True, slots=True)
class EndingRequest:
    """How an official wants a warning ended, and why, by language."""

    notes: EndingNotes
    ending: Ending = Ending.LIFTED

    def must_state_its_reason(self) -> None:
        """Raises Invalid (12379: note is required on 解除)."""
        if not self.notes.whole:
            text = "a Cancel states its reason: say why it ends in `note`, or by language in `notes`"
            raise Invalid(text, rule=Rule.N6, place="note")


def cancel_text(
    tx: Tx,
    desk: DraftingContext,
    rows: Sequence[AlertRow],
    request: EndingRequest,
    issuers: Sequence[str],
) -> DraftText:
    """The Cancel of a chain, in the name of these units, as an official asks for it. Raises Invalid, Conflict."""
    told = _warning_messages(chain.sent_messages(rows))
    if names_warning_level(request.notes.whole, desk.policy.events):
        text = "the all-clear names the level it lifts itself: leave the colour out of the note"
        raise Invalid(text, rule=Rule.ALL_CLEAR_LEVEL, place="note")
    messages = [content_of(each) for each in told]
    last = messages[-1]
    # In the zone of the message it ends: the time is read out to the same people. X5: and never before that was sent,
    # where it was held for an hour that has not come.
    moment = max(tx.now.replace(microsecond=0), last.sent).astimezone(last.sent.tzinfo)
    reasons = request.notes.words_in(last.languages)
    naming = naming_by(tx.connection, issuers)
    clear = AllClear(request.ending, moment, moment + CANCEL_EXPIRY, reasons, had_people_leave(messages), naming)
    references = chain.references(chain.sent_messages(rows))
    named = replace(last, note=request.notes.whole, references=references, addresses=())
    identifier = _free_identifier(tx.connection, f"{references[0].identifier}.cancel", last.sender, len(rows))
    alert = cancel_of(
        replace(named, identifier=identifier), messages, clear, Phrasing(desk.catalog, desk.policy.events)
    )
    made = finish_text(alert, b"", (), tx.now)
    return replace(made, lifts=level_lifted(rows), remarks=(*_promises(alert), *_contradictions(alert)))


def as_all_clear(tx: Tx, desk: DraftingContext, text: DraftText, root: int, issuers: Sequence[str]) -> DraftText:
    """The Cancel of a file, told in our own words: info is optional there (CAP 1.2 §3.2.1), and what a file repeats of
    the warning would be told as if it still held.

    The file's note is told, and a description that says why; `issuers` are the units it is from. Raises Invalid.
    """
    rows, events = alerts.chain(tx.connection, root), desk.policy.events
    messages = [content_of(each) for each in _warning_messages(rows)]
    file, last = text.alert, messages[-1]
    own = {info.language: info.description.strip() for info in file.infos if info.description.strip()}
    untold = {tag: said for tag, said in own.items() if _threatens(said, messages, events)}
    note = "" if names_warning_level(file.note, events) else file.note
    reasons = {
        info.language: own[info.language]
        for info in last.infos
        if own.get(info.language) and info.language not in untold
    } | EndingNotes(note).words_in(last.languages)
    until = (tx.now + CANCEL_EXPIRY).replace(microsecond=0).astimezone(file.sent.tzinfo)
    ending, naming = ending_of(file) or Ending.LIFTED, naming_by(tx.connection, issuers)
    clear = AllClear(ending, file.sent, until, reasons, had_people_leave(messages), naming)
    sent = chain.references([each for each in rows if each.released_at is not None])
    references = tuple(dict.fromkeys((*file.references, *sent)))
    alert = cancel_of(replace(file, references=references), messages, clear, Phrasing(desk.catalog, desk.policy.events))
    made = finish_text(alert, text.source, text.findings, tx.now)
    remarks = (*_left_out_places(untold), *_promises(alert), *_contradictions(alert))
    return replace(made, lifts=level_lifted(rows), remarks=remarks)


def _warning_messages(rows: Sequence[AlertRow]) -> Sequence[AlertRow]:
    """The messages that warned of something: what was sent, or where nothing was, what was drafted."""
    warned = [each for each in rows if each.msg_type != MsgType.CANCEL]
    return [each for each in warned if each.released_at is not None] or warned


def _free_identifier(connection: Connection, stem: str, sender: str, number: int) -> str:
    """The first identifier from this number on that nobody took: a Cancel that was rejected keeps its own."""
    while alerts.by_identifier(connection, sender, f"{stem}.{number}") is not None:
        number += 1
    return f"{stem}.{number}"


def _threatens(said: str, messages: Sequence[Alert], events: Events) -> bool:
    """True for a text that names a level, or repeats a sentence of the warning."""
    told = "\n".join(part for alert in messages for info in alert.infos for part in _texts(info))
    parts = (part.strip(" \n。.！!；;") for part in sentences(said))
    repeats = any(part in told for part in parts if sum(map(str.isalpha, part)) >= _SHORTEST)
    return repeats or names_warning_level(said, events)


def _texts(info: Info) -> tuple[str, ...]:
    return info.headline, info.description, info.instruction


def _left_out_places(untold: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for language, said in untold.items():
        text = f"not told, since it repeats the warning; say why it ends in the note: {quote(said)}"
        values = {"language": language, "said": said}
        yield {**_remark(Rule.ALL_CLEAR_REPEATS, "alert/info/description", text), "values": values}


def _promises(alert: Alert) -> Iterator[Mapping[str, Any]]:
    for info in alert.infos:
        if found := _PROMISE.search(info.description):
            text = f"an all-clear promises nothing and calls nobody home: read {quote(found[0])} again"
            values = {"language": info.language, "said": found[0]}
            yield {**_remark(Rule.ALL_CLEAR_PROMISE, "alert/note", text), "values": values}


def _contradictions(alert: Alert) -> Iterator[Mapping[str, Any]]:
    """Words of the reason that say the opposite of an all-clear: 降雨仍在持续, 请继续转移."""
    reasons = dict.fromkeys((alert.note, *(info.description for info in alert.infos)))
    for said in dict.fromkeys(said for reason in reasons for said in dangers_that_go_on(reason)):
        text = f"the reason says {quote(said)}: is the danger over? If not, leave the warning or issue an Update"
        yield {**_remark(Rule.ALL_CLEAR_CONTRADICTED, "alert/note", text), "values": {"said": said}}


def _remark(rule: Rule, element: str, text: str) -> dict[str, Any]:
    return {"rule": rule, "element": element, "level": "advice", "text": text}
