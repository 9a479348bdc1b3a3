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


def proving_helpers(module, written_tests) -> frozenset[str]:
    """Functions and fixtures of the same file, or of a conftest, that assert for the tests that call them."""
    near = [module, *(other for other in written_tests if other.path.name == "conftest.py")]
    functions = [function for one in near for function in one.functions()]
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
    idle = [
        f"{module.name}: {function.name}"
        for module in written_tests
        for function in found_in(module)
        if not proves(function, proving_helpers(module, written_tests))
    ]
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
