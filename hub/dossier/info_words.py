"""An info block as a paper sees it: every word in it that could reach anyone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from approvals.event import CODE as EVENT_CODE
from approvals.standing import MessageWords
from hub.alert.alert import Info, NamedValue
from hub.dossier.event import EVENT_CODE_NAMES

#: a value that is a code or a number, and can be no sentence, link or number to call
CODE = re.compile(
    rf"[A-Za-z][A-Za-z0-9_-]{{0,39}}|{EVENT_CODE.pattern}|-?[0-9]{{1,6}}(?:\.[0-9]{{1,6}})?|[0-9]{{12}}", re.ASCII
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _/-]{0,39}", re.ASCII)


def words_of(info: Info) -> MessageWords:
    """What the block says; `other` names the elements that carry words no text of a paper covers."""
    return MessageWords(
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


def _other_in(info: Info) -> Iterator[str]:
    for name in ("audience", "web", "contact", "resources"):
        if getattr(info, name):
            yield name
    named = [("eventCode", info.event_codes), ("parameter", info.parameters)]
    for place, pairs in named:
        if not all(_is_code(pair) for pair in pairs):
            yield place


def _is_code(pair: NamedValue) -> bool:
    known = pair.name in EVENT_CODE_NAMES or _NAME.fullmatch(pair.name) is not None
    return known and CODE.fullmatch(pair.value) is not None
