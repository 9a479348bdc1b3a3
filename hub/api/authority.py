"""Who may do what, asked over the API: about a warning that is thought up, or about one there is."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from approvals.evacuation import NOTICE
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.official import Right
from hub.api.endpoint import LIST, Call, Param, answer
from hub.authority import Question
from hub.errors import Invalid
from targeting.region import normalise

ACTS = tuple(right.value for right in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE))
LEVELS = tuple(level.word for level in sorted(Level, reverse=True))
MSG_TYPES = ("Alert", "Update", "Cancel")
PATHS = (FULL, EMERGENCY, NOTICE)
LONGEST_EVENT = 200


def _one_of(words: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


EXPLAIN = (
    Param("official", "Number or name; without it the caller"),
    Param("act", "What is to be done", _one_of(ACTS), required=True),
    Param("level", "Level of the warning", _one_of(LEVELS), required=True),
    Param("event", "12379 event code, or the event in words", required=True),
    Param("areas", "Region keys of the targets; none named means under no known region", LIST),
    Param("channels", "Channels it would use", LIST),
    Param("msg_type", "CAP msgType; without it Alert", _one_of(MSG_TYPES)),
    Param("path", "The whole flow, the shortened one or an urgent evacuation notice; without it full", _one_of(PATHS)),
)


async def explain(call: Call) -> web.Response:
    event = call.one("event") or ""
    if not event.strip() or len(event) > LONGEST_EVENT:
        raise Invalid(f"event is a text of 1 to {LONGEST_EVENT} characters", rule="query-event", place="event")
    question = Question(
        act=Right(_word(call, "act", ACTS)),
        level=Level.of(_word(call, "level", LEVELS)),
        event=event.strip(),
        areas=frozenset(normalise("", key) for key in call.many("areas")),
        channels=frozenset(call.many("channels")),
        msg_type=_word(call, "msg_type", MSG_TYPES, "Alert"),
        path=_word(call, "path", PATHS, FULL),
    )
    return answer(await call.hub.authority.explain(call.one("official") or str(call.official.id), question))


async def of_alert(call: Call) -> web.Response:
    return answer(await call.hub.authority.of_alert(call.official, call.number))


def _word(call: Call, name: str, words: tuple[str, ...], usual: str = "") -> str:
    word = call.one(name) or usual
    if word not in words:
        raise Invalid(f"{name} is one of {', '.join(words)}", rule="query-word", place=name)
    return word
