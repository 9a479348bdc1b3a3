"""No retired word names what somebody outside the code reads: a table, a column, a route, a command, a setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import click
import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel

from hub.cli import root
from hub.rules.rule import Rule
from hub.settings.settings import Settings
from hub.store.schema import metadata
from hub.web.api.routes import ENDPOINTS
from hub.web.metrics import WebMetrics
from tests.architecture.test_glossary import RETIRED


def tables() -> Iterator[str]:
    for table in metadata.tables.values():
        yield table.name
        yield from (f"{table.name}.{column.name}" for column in table.columns)


def routes() -> Iterator[str]:
    for route in ENDPOINTS:
        yield from (route.path, route.name, *(param.name for param in route.params))


def commands(group: click.Command = root, path: str = "hub") -> Iterator[str]:
    context = click.Context(group)
    for param in group.params:
        yield from (f"{path} {option}" for option in param.opts)
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            yield f"{path} {name}"
            yield from commands(found, f"{path} {name}")


def settings(model: type[BaseModel] = Settings, path: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{path}{name}"
        kinds: tuple[Any, ...] = (field.annotation, *get_args(field.annotation))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from settings(kind, f"{path}{name}.")


def metrics() -> Iterator[str]:
    registry = CollectorRegistry()
    WebMetrics(registry)
    yield from (family.name for family in registry.collect())


NAMES = {
    "tables": tables,
    "routes": routes,
    "commands": commands,
    "settings": settings,
    "metrics": metrics,
    "rules": lambda: iter(Rule),
}


def retired_in(name: str) -> set[str]:
    """The retired words in a name, in the singular or the plural."""
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    return {word for word in RETIRED if word in words or f"{word}s" in words}


#: names in which the word is the field's own, or one that clients compare and records hold
RIGHT = {
    "address_hashes.bucket": "of a hash table",
    "auth.argon2_lanes": "RFC 9106 §3.1 calls its degree of parallelism lanes",
}
#: what a text says, or that a name is in use: rules stand in findings on record, and clients compare them
SAID_OF_TEXTS = frozenset({"said", "taken"})


def faults(kind: str) -> dict[str, set[str]]:
    """The names of a kind that have a retired word, and it."""
    allowed = SAID_OF_TEXTS if kind == "rules" else frozenset()
    found = {str(name): retired_in(str(name)) - allowed for name in NAMES[kind]()}
    return {name: words for name, words in found.items() if words}


@pytest.mark.parametrize("kind", NAMES)
def test_no_retired_word_names_what_others_read(kind: str) -> None:
    assert len(list(NAMES[kind]())) > 5
    assert faults(kind).keys() - RIGHT.keys() == set()


def test_every_name_that_is_let_pass_is_there_and_has_such_a_word() -> None:
    found = {name for kind in NAMES for name in faults(kind)}
    assert RIGHT.keys() <= found


@pytest.mark.parametrize(
    "name", ["shards.lane", "choices.rungs", "dispatch.jobs_per_lane", "listLadders", "hub alert hand-up"]
)
def test_a_retired_word_is_found_however_a_name_is_spelled(name: str) -> None:
    assert retired_in(name)
