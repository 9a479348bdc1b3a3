"""An incoming message as a standing authorisation sees it: every word in it that could reach anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from approvals.policy_input import PolicyInput
from approvals.standing import StandingRequest
from hub.alert.alert import Alert
from hub.audience.plan import Plan
from hub.dossier.info_words import CODE, words_of

#: an identifier stands in e-mails: a dot between letters would make a link of it
_IDENTIFIER = re.compile(r"(?:[A-Za-z0-9_:-]|\.(?=[0-9])){1,100}", re.ASCII)


def describe_message(
    service: str, alert: Alert, plan: Plan, stakes: PolicyInput, *, signed: bool, own: bool
) -> StandingRequest:
    """The message, as it would be sent. `signed`: by a trusted key; `own`: a Cancel of what the same paper released."""
    expires = alert.expires or alert.sent
    return StandingRequest(
        service=service,
        sender=alert.sender,
        stakes=stakes,
        sent=alert.sent,
        expires=expires,
        blocks=tuple(words_of(info) for info in alert.infos),
        signed=signed,
        note=alert.note,
        own=own,
        shapes=plan.audience.has_shapes,
        other=tuple(_other(alert)),
    )


def _other(alert: Alert) -> Iterator[str]:
    """Elements of the message that say something no wording covers."""
    if not _IDENTIFIER.fullmatch(alert.identifier):
        yield "identifier"
    for name in ("source", "restriction", "addresses", "incidents"):
        if getattr(alert, name):
            yield name
    if not all(CODE.fullmatch(code) for code in alert.codes):
        yield "code"
