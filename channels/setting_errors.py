"""What a settings model refuses, in a person's words: which key, what is wrong there, and what may stand there.

Pydantic's own texts are made for programmers ("Extra inputs are not permitted"). No value is repeated, save a path: it
may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

#: what is wanted, by the type of pydantic's error (https://docs.pydantic.dev/latest/errors/validation_errors/)
_WANTED: Mapping[str, str] = {
    "bool_parsing": "true or false is wanted",
    "bool_type": "true or false is wanted",
    "dict_type": "a table is wanted",
    "finite_number": "a finite number is wanted",
    "float_parsing": "a number is wanted",
    "float_type": "a number is wanted",
    "greater_than": "more than {gt} is wanted",
    "greater_than_equal": "at least {ge} is wanted",
    "int_from_float": "a whole number is wanted",
    "int_parsing": "a whole number is wanted",
    "int_parsing_size": "a smaller number is wanted",
    "int_type": "a whole number is wanted",
    "less_than": "less than {lt} is wanted",
    "less_than_equal": "at most {le} is wanted",
    "list_type": "a list is wanted",
    "literal_error": "one of {expected} is wanted",
    "missing": "is missing and has no default: set it",
    "path_type": "a path is wanted, a text in quotes",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "string_too_long": "at most {max_length} characters are wanted",
    "string_too_short": "at least {min_length} characters are wanted",
    "string_type": "a text in quotes is wanted",
    "too_long": "at most {max_length} entries are wanted",
    "too_short": "at least {min_length} entries are wanted",
    "tuple_type": "a list is wanted",
}


def first_error(error: ValidationError, model: type[BaseModel]) -> tuple[tuple[str, ...], str]:
    """The path of the key that is refused first, and what is wrong with it. An unknown key comes before any other:
    it is most often the misspelt name of one that is then missing.
    """
    details = error.errors(include_url=False)
    detail = next((each for each in details if each["type"] == "extra_forbidden"), details[0])
    return tuple(map(str, detail["loc"])), _rule(detail, model)


#: keys and tables of earlier versions, by what they are called now
RENAMED = {
    "hand_up": "referral",
    "ladder": "escalation",
    "jobs_per_lane": "jobs_per_queue",
    "climb_minutes": "escalation_minutes",
}


def unknown_key(key: str, known: Sequence[str]) -> str:
    """What to say of a key nobody knows: its new name where it was renamed, else the one that looks most like it."""
    if RENAMED.get(key) in known:
        return f"no such key; it is called {RENAMED[key]} now"
    meant = get_close_matches(key, known, 1)
    return f"no such key; {f'did you mean {meant[0]}? ' if meant else ''}known are {', '.join(sorted(known))}"


def _rule(detail: ErrorDetails, model: type[BaseModel]) -> str:
    path, context = tuple(map(str, detail["loc"])), detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return unknown_key(path[-1], _keys_at(model, path[:-1]))
        case "model_type":
            return f"a table is wanted, with keys of {', '.join(_keys_at(model, path))}"
        case "path_not_file":
            return f"{detail['input']}: no such file: name one that is there"
        case "value_error":
            return str(context["error"])  # a rule of ours, in our words
        case kind:
            limits = {name: f"{limit:g}" if isinstance(limit, float) else limit for name, limit in context.items()}
            return _WANTED.get(kind, detail["msg"]).format_map(limits)


def _keys_at(model: Any, path: Sequence[str]) -> list[str]:
    """The keys of the table at a path; of a mapping or a list every entry is alike."""
    kind = model
    for part in path:
        arguments = get_args(kind)
        kind = arguments[-1] if arguments else kind.model_fields[part].annotation
    return sorted(kind.model_fields)
