"""The hour of an all-clear that the hub wrote: that of its submission, which is when somebody says that it is over.

A draft may lie for hours before its author submits it, and what is submitted is frozen to the byte: the hour of the
release is not known when the forms are made. So the text states when the warning was declared over, and the message
leaves when it is signed (docs/decisions/0076).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.alert.alert import Alert, Info, MsgType, cap_time
from hub.clock import to_ms
from hub.dossier.frozen import content_of
from hub.drafting.all_clear import CANCEL_EXPIRY
from hub.drafting.text import draft_document
from hub.store.alerts.alert_row import AlertChange, AlertRow
from templates.catalog import Catalog
from templates.moment import moment_text


def restated_columns(row: AlertRow, catalog: Catalog, now: datetime) -> AlertChange:
    """The content of a draft as it states this hour, with the columns that follow from it.

    Any message but a Cancel that the hub wrote keeps its own: one from a file what its sender wrote, and one of a
    warning that is held for a later hour that hour.
    """
    alert = content_of(row)
    at = max(alert.sent, now.replace(microsecond=0).astimezone(alert.sent.tzinfo))
    if row.msg_type != MsgType.CANCEL or row.source or at == alert.sent:
        return {"content": row.content}
    moved = _stating(alert, catalog, at)
    first = moved.infos[0] if moved.infos else None
    return {
        "content": draft_document(moved),
        "sent": cap_time(at),
        "headline": first.headline if first is not None else "",
        "expires_at": to_ms(at + CANCEL_EXPIRY),
    }


def _stating(alert: Alert, catalog: Catalog, at: datetime) -> Alert:
    def block(info: Info) -> Info:
        words = catalog.words(info.language)
        was, now = (moment_text(words, words["moment"], moment) for moment in (alert.sent, at))
        return replace(info, headline=info.headline.replace(was, now, 1), expires=at + CANCEL_EXPIRY)

    return replace(alert, sent=at, infos=tuple(map(block, alert.infos)))
