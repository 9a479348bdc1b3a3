"""Reading request bodies: bounded in size and time, of the media type asked for, with no unknown field."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from hub.errors import Invalid
from hub.rules.cited_rule import CitedRule, RuleName
from hub.rules.rule import Rule
from hub.store.sql.storable import demand_storable, demand_storable_json
from hub.web.problem import HttpRefusal

LARGEST = 8 * 1024 * 1024  #: bytes; the server refuses more with 413
PATIENCE_S = 30.0  #: a body that trickles longer is dropped

XML_TYPES = frozenset({"application/cap+xml", "application/xml"})  # CAP 1.2 names the first; RFC 7303 the second
JSON_TYPES = frozenset({"application/json"})
FORM_TYPES = frozenset({"application/x-www-form-urlencoded"})


class Body(BaseModel):
    """A JSON body. The actor never stands in it: an unknown field, such as one naming a person, is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


M = TypeVar("M", bound=Body)


async def read_body(request: web.Request) -> bytes:
    """The whole body. Raises HTTPRequestEntityTooLarge (413) or HttpRefusal (408)."""
    length = request.content_length
    if length is not None and length > LARGEST:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=length)
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await request.read()
    except TimeoutError:
        raise HttpRefusal(408, "Too slow", "the body did not arrive in time", rule=Rule.BODY_TOO_SLOW) from None


async def demand_form(request: web.Request) -> None:
    """Reads the form of a page, which `request.post()` then gives. Raises HttpRefusal 415, Invalid naming the field."""
    demand_type(request, FORM_TYPES)
    await read_body(request)
    for name, value in (await request.post()).items():
        demand_storable(name, "body")
        demand_storable(str(value), name)


def demand_type(request: web.Request, types: frozenset[str]) -> None:
    """Raises HttpRefusal 415 naming what is understood."""
    if request.content_type not in types:
        wanted = " or ".join(sorted(types))
        text = f"the body must be {wanted}"
        raise HttpRefusal(415, "Unsupported media type", text, rule=Rule.MEDIA_TYPE, place="Content-Type")


def parse(model: type[M], raw: bytes) -> M:
    """Raises Invalid naming the first field and the rule it breaks; values are never quoted."""
    demand_storable_json(raw)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        items = error.errors(include_url=False, include_context=False, include_input=False)
        findings = [_finding(item["type"], ".".join(map(str, item["loc"])), item["msg"]) for item in items]
        first = findings[0]
        text = f"{first['element'] or 'body'}: {first['text']}"
        raise Invalid(text, rule=CitedRule(first["rule"]), place=first["element"], findings=findings) from None


def _finding(kind: str, element: str, text: str) -> dict[str, str]:
    return {"rule": _rule(kind), "element": element, "level": "error", "text": text}


#: rules of ours for the types of errors that pydantic names otherwise
_OWN_RULES = {"extra_forbidden": Rule.FIELD_UNKNOWN, "missing": Rule.FIELD_MISSING, "json_invalid": Rule.NOT_JSON}


def _rule(kind: str) -> RuleName:
    return _OWN_RULES.get(kind) or CitedRule(f"field-{kind.replace('_', '-')}")
