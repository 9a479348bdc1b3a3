"""Who may do what, asked over the API: about a warning that is thought up, or about one there is."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from aiohttp import web

from approvals.evacuation import NOTICE
from approvals.grant import EMERGENCY, FULL
from approvals.level import Level
from approvals.official import Right
from hub.dossier.authority import AuthorityQuestion
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.web.api.endpoint import LIST, Call, Param, answer
from targeting.region import normalise

ACTS = tuple(right.value for right in (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE))
LEVELS = tuple(level.word for level in sorted(Level, reverse=True))
MSG_TYPES = ("Alert", "Update", "Cancel")
PATHS = (FULL, EMERGENCY, NOTICE)
LONGEST_EVENT = 200
MOST_HOURS = 24 * 366
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?", re.ASCII)


def _one_of(words: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


EXPLAIN = (
    Param("official", "Number or name; without it the caller"),
    Param("act", "What is to be done", _one_of(ACTS), required=True),
    Param("level", "Level of the warning; an evacuation notice has none", _one_of(LEVELS)),
    Param("event", "12379 event code, or the event in words", required=True),
    Param("areas", "Region keys of the targets; none named means under no known region", LIST),
    Param("channels", "Channels it would use", LIST),
    Param("msg_type", "CAP msgType; without it Alert", _one_of(MSG_TYPES)),
    Param("path", "The whole flow, the shortened one or an urgent evacuation notice; without it full", _one_of(PATHS)),
    Param("hours", "How long it would be in force", {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_HOURS}),
)


async def explain(call: Call) -> web.Response:
    event = call.one("event") or ""
    if not event.strip() or len(event) > LONGEST_EVENT:
        raise Invalid(f"event is a text of 1 to {LONGEST_EVENT} characters", rule=Rule.QUERY_EVENT, place="event")
    question = AuthorityQuestion(
        act=Right(_word(call, "act", ACTS)),
        level=_level(call),
        event=event.strip(),
        areas=frozenset(normalise("", key) for key in call.many("areas")),
        channels=frozenset(call.many("channels")),
        msg_type=_word(call, "msg_type", MSG_TYPES, "Alert"),
        path=_word(call, "path", PATHS, FULL),
        lasts=_duration(call),
    )
    who = call.one("official") or str(call.official.id)
    return answer(await call.read(lambda tx: call.hub.authority.explain(tx, who, question)))


async def of_alert(call: Call) -> web.Response:
    return answer(await call.read(lambda tx: call.hub.authority.of_alert(tx, call.official, call.number)))


def _level(call: Call) -> Level | None:
    """The level that is asked about; None where the notice that is asked about has none."""
    said = call.one("level")
    if said is None and call.one("path") == NOTICE:
        return None
    return Level.of(_word(call, "level", LEVELS))


def _duration(call: Call) -> timedelta | None:
    """How long it would be in force; None where that is not asked. Raises Invalid."""
    said = call.one("hours")
    if said is None:
        return None
    hours = float(said) if _NUMBER.fullmatch(said) else 0.0
    if not 0 < hours <= MOST_HOURS:
        text = f"hours is a number above 0, at most {MOST_HOURS}, such as 6 or 0.5"
        raise Invalid(text, rule=Rule.QUERY_HOURS, place="hours")
    return timedelta(hours=hours)


def _word(call: Call, name: str, words: tuple[str, ...], usual: str = "") -> str:
    word = call.one(name) or usual
    if word not in words:
        raise Invalid(f"{name} is one of {', '.join(words)}", rule=Rule.QUERY_WORD, place=name)
    return word
