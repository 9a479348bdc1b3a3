"""A protocol is a contract in words: what its methods promise stands in their docstrings, not in one implementation."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def protocols(tree: ast.Module) -> Iterator[ast.ClassDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split("[")[0] == "Protocol" for base in node.bases):
            yield node


def without_contract(tree: ast.Module) -> list[str]:
    """The protocols of a module, and their methods and properties, that say nothing of themselves."""
    found = []
    for protocol in protocols(tree):
        members = [each for each in protocol.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        found += [
            f"{protocol.name}.{each.name}" if each is not protocol else protocol.name
            for each in (protocol, *members)
            if not ast.get_docstring(each)
        ]
    return found


def asked_by_name(tree: ast.Module) -> list[int]:
    """Lines that ask an object for an ability by its name, where a type could have said that it has it."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"getattr", "hasattr", "setattr"}
    ]


def test_every_protocol_and_every_method_of_one_has_a_contract(modules) -> None:
    seen = [protocol.name for module in modules for protocol in protocols(module.tree)]
    assert len(seen) > 20, "the search has lost its reach"
    assert {f"{module.name}: {name}" for module in modules for name in without_contract(module.tree)} == set()


def test_a_method_without_a_contract_would_be_seen() -> None:
    """The guard taken out."""
    text = 'class Driver(Protocol):\n    """Sends."""\n\n    def send(self) -> None: ...'
    assert without_contract(ast.parse(text)) == ["Driver.send"]
    assert without_contract(ast.parse("class Keeper(Finder, Protocol):\n    pass")) == ["Keeper"]


def test_what_a_driver_may_be_able_to_do_is_a_protocol_and_no_name_that_is_looked_up(modules) -> None:
    drivers = [module for module in modules if module.name.startswith("channels/")]
    assert drivers
    assert {f"{module.name}:{line}" for module in drivers for line in asked_by_name(module.tree)} == set()


def test_an_ability_that_is_looked_up_would_be_seen() -> None:
    """The guard taken out."""
    assert asked_by_name(ast.parse('answer = getattr(driver, "answer", None)')) == [1]
