"""The Cancel of a chain: an all-clear in every language of what it ends, and when the same was asked for before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from approvals.event import Events
from approvals.level import Level
from hub.alert.alert import Alert, Info, MsgType
from hub.alert.lifecycle import UNRELEASED, Stage
from hub.compose.issuer_name import NOBODY, Naming
from hub.dossier.ending import Ending
from hub.dossier.event_name import name_warning
from hub.dossier.frozen import content_of
from hub.errors import Conflict
from hub.rules.rule import Rule
from hub.store.alerts.alert_row import AlertRow
from templates.all_clear import all_clear_sentence, ending_reason, return_advice
from templates.catalog import Catalog

#: how long a Cancel stays in the feeds and may still be sent to latecomers
CANCEL_EXPIRY = timedelta(hours=24)

#: what a warning says that had people leave their homes
_EVACUATION = re.compile(r"转移|轉移|撤离|撤離|疏散|evacuat", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The words of every language, and how events are called."""

    catalog: Catalog
    events: Events


@dataclass(frozen=True, slots=True)
class AllClear:
    """What an all-clear says: how the warning ended and when, and its author's reason by language.

    It is sent and shown until `until`. `evacuated` says that people had to leave.
    """

    ending: Ending
    at: datetime
    until: datetime
    reasons: Mapping[str, str]
    evacuated: bool = False
    naming: Naming = NOBODY  #: who ends it

    def block(self, info: Info, issued: datetime, phrasing: Phrasing) -> Info:
        """The all-clear of one info block, for the same area in the same language, in the name of who ends it.

        The message that the block is of was sent at `issued`.

        Severity is the least there is, for receivers that alarm by it; who must sign follows the level of what it ends
        (hub.dossier.frozen.in_chain).
        """
        spoken = phrasing.catalog.words(info.language)
        lifted = self.ending is Ending.LIFTED
        ended = name_warning(phrasing.events, info)
        issuer = self.naming.name_in(info.language, info.sender_name)
        return replace(
            info,
            response_types=("AllClear",) if lifted else ("None",),
            urgency="Past",
            severity="Minor",
            certainty=info.certainty if lifted else "Unlikely",
            effective=None,
            onset=None,
            expires=self.until,
            sender_name=issuer,
            headline=all_clear_sentence(spoken, self.ending, ended, issuer, self.at, issued),
            description=self.reasons.get(info.language) or ending_reason(spoken, self.ending, ended.term),
            instruction=return_advice(spoken) if self.evacuated else "",
            resources=(),
        )


def cancel_of(message: Alert, chain: Sequence[Alert], clear: AllClear, phrasing: Phrasing) -> Alert:
    """The Cancel of a chain of messages, oldest first; `message` gives identifier, sender, references and note.

    Every block of the newest message of the chain that warns is ended in its own language; what an Update has ended
    already is not ended again.
    """
    last = chain[-1]
    over = last.msg_type is MsgType.UPDATE
    warning = [info for info in last.infos if not (over and info.is_all_clear)] or last.infos
    infos = tuple(clear.block(info, last.sent, phrasing) for info in warning)
    # 12379: note is required on 解除
    note = message.note.strip() or next((info.description for info in infos if info.description), "")
    return replace(message, msg_type=MsgType.CANCEL, sent=clear.at, note=note, infos=infos)


def had_people_leave(chain: Sequence[Alert]) -> bool:
    """True where any message of the chain told people to leave: they are not told by an all-clear to come back."""
    infos = [info for alert in chain for info in alert.infos]
    return any("Evacuate" in info.response_types or _EVACUATION.search(info.instruction) for info in infos)


def level_lifted(chain: Sequence[AlertRow]) -> Level:
    """The level of what a Cancel ends: that of the newest message that is none itself."""
    return Level(next((each.level for each in reversed(chain) if each.msg_type != MsgType.CANCEL), chain[-1].level))


def find_cancel(chain: Sequence[AlertRow]) -> AlertRow | None:
    """The Cancel of the chain that was released, or waits only for its release.

    A draft that nobody decided on is none: it may be anybody's, and ends nothing whatever becomes of it.
    """
    return next((each for each in _standing(chain) if each.released_at or each.stage == Stage.APPROVED), None)


def same_cancel(chain: Sequence[AlertRow], wanted: Alert, unit: str) -> int | None:
    """The id of the Cancel that says this already: a decided one, or a draft of an official of the unit.

    Raises Conflict where a decided one says something else.
    """
    decided = find_cancel(chain)
    if decided is not None:
        if _says(content_of(decided)) == _says(wanted):
            return int(decided.id)
        state = "cancels" if decided.released_at is None else "has cancelled"
        raise Conflict(f"alert {decided.id} {state} this chain, in other words", rule=Rule.CANCELLED, place="note")
    own = (each for each in _standing(chain) if each.service is None and each.unit == unit)
    return next((int(each.id) for each in own if _says(content_of(each)) == _says(wanted)), None)


def _standing(chain: Sequence[AlertRow]) -> Iterator[AlertRow]:
    """The Cancels that are released or still can be: one older than a message released since cannot."""
    newest = max((each.id for each in chain if each.released_at is not None), default=0)
    for each in chain:
        able = each.stage in UNRELEASED and each.id > newest
        if each.msg_type == MsgType.CANCEL and (each.released_at is not None or able):
            yield each


def _says(alert: Alert) -> tuple[object, ...]:
    blocks = tuple((info.language, Ending.of(info), info.description, info.areas) for info in alert.infos)
    return (alert.note, blocks)
