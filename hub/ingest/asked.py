"""An incoming message as a standing authorisation sees it: every word in it that could reach anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from approvals.stakes import Stakes
from approvals.standing import Asked, Said
from hub.alert import Alert, Info, Named
from hub.release.event import EVENT_CODE_NAMES
from hub.release.plan import Plan

#: an identifier stands in e-mails: a dot between letters would make a link of it
_IDENTIFIER = re.compile(r"(?:[A-Za-z0-9_:-]|\.(?=[0-9])){1,100}", re.ASCII)
#: a value that is a code or a number, and can be no sentence, link or number to call
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}|-?[0-9]{1,6}(?:\.[0-9]{1,6})?|[0-9]{12}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _/-]{0,39}", re.ASCII)


def asked(service: str, alert: Alert, plan: Plan, stakes: Stakes, *, signed: bool, own: bool) -> Asked:
    """The message, as it would be sent. `signed`: by a trusted key; `own`: a Cancel of what the same paper released."""
    expires = alert.expires or alert.sent
    return Asked(
        service=service,
        sender=alert.sender,
        stakes=stakes,
        sent=alert.sent,
        expires=expires,
        blocks=tuple(_said(info) for info in alert.infos),
        signed=signed,
        note=alert.note,
        own=own,
        shapes=plan.audience.has_shapes,
        other=tuple(_other(alert)),
    )


def _said(info: Info) -> Said:
    return Said(
        language=info.language,
        event=info.event,
        headline=info.headline,
        description=info.description,
        instruction=info.instruction,
        sender_name=info.sender_name,
        areas=tuple(area.description for area in info.areas),
        urgency=info.urgency,
        certainty=info.certainty,
        other=tuple(_other_in(info)),
    )


def _other(alert: Alert) -> Iterator[str]:
    """Elements of the message that say something no wording covers."""
    if not _IDENTIFIER.fullmatch(alert.identifier):
        yield "identifier"
    for name in ("source", "restriction", "addresses", "incidents"):
        if getattr(alert, name):
            yield name
    if not all(_CODE.fullmatch(code) for code in alert.codes):
        yield "code"


def _other_in(info: Info) -> Iterator[str]:
    for name in ("audience", "web", "contact", "resources"):
        if getattr(info, name):
            yield name
    named = [("eventCode", info.event_codes), ("parameter", info.parameters)]
    for place, pairs in named:
        if not all(_is_code(pair) for pair in pairs):
            yield place


def _is_code(pair: Named) -> bool:
    known = pair.name in EVENT_CODE_NAMES or _NAME.fullmatch(pair.name) is not None
    return known and _CODE.fullmatch(pair.value) is not None
