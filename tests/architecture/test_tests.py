"""The tests themselves: each name a sentence, each able to fail, none asleep."""

from __future__ import annotations

import ast

WORDS = 3  #: fewer do not make a sentence that could be false
LONGEST_NAP_S = 0.05  #: between two looks at another process; longer is hope
PROVING = ("assert", "check", "expect", "verify", "validate", "raises", "fail")


def found_in(module):
    return [function for function in module.functions() if function.name.startswith("test_")]


def called(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return ""


def proves(function: ast.AST, helpers: frozenset[str] = frozenset()) -> bool:
    return any(
        isinstance(node, ast.Assert) or called(node).startswith(PROVING) or called(node) in helpers
        for node in ast.walk(function)
    )


def proving_helpers(functions: list[ast.AST]) -> frozenset[str]:
    """Functions and fixtures that assert for the tests that call them."""
    provers = {one.name for one in functions if not one.name.startswith("test_") and proves(one)}
    # A fixture may hand such a function to its tests.
    hands_over = {one.name for one in functions if any(getattr(n, "id", "") in provers for n in ast.walk(one))}
    return frozenset(provers | hands_over)


def test_every_test_has_a_sentence_for_a_name(written_tests) -> None:
    short = [
        f"{module.name}: {function.name}"
        for module in written_tests
        for function in found_in(module)
        if len(function.name.removeprefix("test_").split("_")) < WORDS
    ]
    assert not short, "\n".join(short)


def test_every_test_asserts_something_that_could_be_false(written_tests) -> None:
    shared = [function for one in written_tests if one.path.name == "conftest.py" for function in one.functions()]
    idle = []
    for module in written_tests:
        if found := found_in(module):
            helpers = proving_helpers([*shared, *module.functions()])
            idle += [f"{module.name}: {function.name}" for function in found if not proves(function, helpers)]
    assert not idle, "\n".join(idle)


def test_no_test_sleeps_and_hopes(written_tests) -> None:
    naps = [
        f"{module.name}:{node.lineno}"
        for module in written_tests
        for node in ast.walk(module.tree)
        if called(node) == "sleep"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and LONGEST_NAP_S < node.args[0].value < 60  # a minute or more is "until it is stopped"
    ]
    assert not naps, "\n".join(naps)


def test_no_two_tests_of_a_module_have_the_same_name(written_tests) -> None:
    twice = []
    for module in written_tests:
        for holder in [module.tree, *(node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))]:
            names = [node.name for node in holder.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
            twice += [f"{module.name}: {name}" for name in set(names) if names.count(name) > 1]
    assert not twice, "\n".join(twice)
