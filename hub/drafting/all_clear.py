"""The Cancel of a chain: what it says, and when the same Cancel was asked for before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hub.alert import Alert, Info, MsgType, Reference
from hub.errors import Conflict
from hub.lifecycle import UNRELEASED
from hub.release.frozen import content_of
from hub.store.alerts import AlertRow

#: how long a Cancel stays in the feeds and may still be sent to latecomers
CANCEL_EXPIRY = timedelta(hours=24)


def standing_cancel(chain: Sequence[AlertRow]) -> AlertRow | None:
    """The Cancel of the chain that is drafted, on its way or released, if there is one."""
    return next((each for each in chain if _stands(each)), None)


def same_cancel(known: AlertRow, note: str) -> int:
    """The id of the Cancel that says this already. Raises Conflict where it says something else."""
    if content_of(known).note == note:
        return int(known.id)
    state = "cancels" if known.released_at is None else "has cancelled"
    raise Conflict(f"alert {known.id} {state} this chain, for another reason", rule="cancelled", place="note")


def cancel_of(last: Alert, references: tuple[Reference, ...], note: str, now: datetime, number: int) -> Alert:
    """The Cancel of a chain whose newest message is `last`.

    It keeps the level of what it lifts, because authority follows the higher of the two levels, and the languages and
    areas; the templates say in each language that the warning is over.
    """
    # In the zone of the message it lifts: the time is read out to the same people.
    moment = now.replace(microsecond=0).astimezone(last.sent.tzinfo)
    infos = tuple(_all_clear(info, moment) for info in last.infos)
    return replace(
        last,
        identifier=f"{references[0].identifier}.cancel.{number}",
        sent=moment,
        msg_type=MsgType.CANCEL,
        note=note,
        references=references,
        infos=infos,
    )


def _stands(row: AlertRow) -> bool:
    return row.msg_type == MsgType.CANCEL and (row.released_at is not None or row.stage in UNRELEASED)


def _all_clear(info: Info, now: datetime) -> Info:
    return replace(
        info,
        response_types=("AllClear",),
        urgency="Past",
        effective=None,
        onset=None,
        expires=now + CANCEL_EXPIRY,
        instruction="",
        resources=(),
    )
