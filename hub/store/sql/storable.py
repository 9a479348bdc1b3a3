"""Values that every store can hold: PostgreSQL refuses U+0000 in text, no UTF-8 holds half a surrogate pair, and no
column, nor any JSON the hub writes, holds an integer beyond 64 bits.

SQLite would keep the first, so what one hub takes another would fail on. All are refused where a document comes in, by
the name of the field, and reach no handler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from hub.errors import Invalid
from hub.rules.rule import Rule

LEAST, GREATEST = -(2**63), 2**63 - 1  #: of bigint in PostgreSQL, of INTEGER in SQLite
#: Unicode 16 §23.1 (control codes), §3.9 D75 (surrogates are no scalar values)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: how JSON text can spell one: RFC 8259 §7
_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
#: fewer digits are no integer beyond 64 bits
_LONG = re.compile(rb"[0-9]{19}")
_MOST_DIGITS = 40  #: of an integer that is read at all


def is_storable(text: str) -> bool:
    """Whether every store can hold the text."""
    return UNSTORABLE.search(text) is None


def demand_storable(text: str, place: str) -> None:
    """Raises Invalid naming the place; the text is never quoted."""
    if not is_storable(text):
        raise Invalid(_describe_fault(place), rule=Rule.TEXT_UNSTORABLE, place=place)


def demand_storable_tree(tree: object) -> None:
    """Refuses a document in which any value or name is not storable. Raises Invalid naming the first field."""
    for place, value in _values(tree, ""):
        if isinstance(value, str):
            demand_storable(value, place)
        elif not LEAST <= value <= GREATEST:
            text = f"{place}: an integer lies beyond 64 bits: write one from {LEAST} to {GREATEST}"
            raise Invalid(text, rule=Rule.NUMBER_UNSTORABLE, place=place)


def demand_storable_json(raw: bytes) -> None:
    """Refuses a document not yet read; one that is no JSON is left for its reader to refuse. Raises Invalid."""
    if _ESCAPE.search(raw) is None and _LONG.search(raw) is None:  # a raw NUL is no JSON, a raw surrogate no UTF-8
        return
    try:
        tree = json.loads(raw, parse_int=_integer)
    except (ValueError, RecursionError):
        return
    demand_storable_tree(tree)


def _describe_fault(place: str) -> str:
    return f"{place}: holds a NUL or half a surrogate pair, which no text may: take the character out"


def _integer(digits: str) -> int:
    """One beyond all bounds for one of very many digits, which Python would take long to read, or not read at all."""
    return int(digits) if len(digits) <= _MOST_DIGITS else GREATEST + 1


def _values(tree: object, place: str) -> Iterator[tuple[str, str | int]]:
    """Texts and integers with the path to each. Iterative: how deep a stranger nests its reader bounds."""
    waiting: list[tuple[str, object]] = [(place, tree)]
    while waiting:
        at, each = waiting.pop()
        if isinstance(each, str | int):
            yield at or "body", each
        elif isinstance(each, Mapping):
            for name, value in each.items():
                yield f"{at}.(a name)".removeprefix("."), str(name)
                waiting.append((f"{at}.{UNSTORABLE.sub('', str(name))[:64]}".removeprefix("."), value))
        elif isinstance(each, Sequence) and not isinstance(each, bytes):
            waiting.extend((f"{at}.{number}".removeprefix("."), value) for number, value in enumerate(each))
