"""Text that every store can hold: PostgreSQL refuses U+0000 in text, and no UTF-8 holds half a surrogate pair.

SQLite would keep the first, so what one hub takes another would fail on. Both are refused where text comes in, by the
name of the field, and reach no handler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from hub.errors import Invalid

RULE = "text-unstorable"
#: Unicode 16 §23.1 (control codes), §3.9 D75 (surrogates are no scalar values)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: how JSON text can spell one: RFC 8259 §7
_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def is_storable(text: str) -> bool:
    """Whether every store can hold the text."""
    return UNSTORABLE.search(text) is None


def demand_storable(text: str, place: str) -> None:
    """Raises Invalid naming the place; the text is never quoted."""
    if not is_storable(text):
        raise Invalid(_told(place), rule=RULE, place=place)


def demand_storable_tree(tree: object) -> None:
    """The same for everything inside a document, names too. Raises Invalid naming the first field."""
    for place, text in _texts(tree, ""):
        if not is_storable(text):
            raise Invalid(_told(place), rule=RULE, place=place)


def demand_storable_json(raw: bytes) -> None:
    """The same for a document not yet read; one that is no JSON is left for its reader to refuse. Raises Invalid."""
    if _ESCAPE.search(raw) is None:  # a raw NUL is no JSON, and a raw surrogate no UTF-8
        return
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError):
        return
    demand_storable_tree(tree)


def _told(place: str) -> str:
    return f"{place}: holds a NUL or half a surrogate pair, which no text may: take the character out"


def _texts(tree: object, place: str) -> Iterator[tuple[str, str]]:
    """Every text with the path to it. Iterative: how deep a stranger nests is bounded by the reader of JSON."""
    waiting: list[tuple[str, object]] = [(place, tree)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, str):
            yield at or "body", each
        elif isinstance(each, Mapping):
            for name, value in each.items():
                yield f"{at}.(a name)".removeprefix("."), str(name)
                waiting.append((f"{at}.{UNSTORABLE.sub('', str(name))[:64]}".removeprefix("."), value))
        elif isinstance(each, Sequence) and not isinstance(each, bytes):
            waiting.extend((f"{at}.{number}".removeprefix("."), value) for number, value in enumerate(each))
