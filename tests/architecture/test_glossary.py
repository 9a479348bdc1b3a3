"""The words of the project: those of the glossary name things, those that are retired name nothing."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
RETIRED = frozenset(re.findall(r"\b[a-z]+\b", re.sub(r"\(.*?\)", "", PAGE.partition("or rule:")[2])))
MOST_SHARED = 5  #: names of classes that stand in more than one file


def classes(modules) -> Iterator[tuple[str, str]]:
    """(name, module) of every class at the top of a module."""
    for module in modules:
        yield from ((node.name, module.name) for node in module.tree.body if isinstance(node, ast.ClassDef))


def words_of(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_retired_word_names_a_module(modules) -> None:
    found = {module.name for module in modules if words_of(Path(module.name).stem) & RETIRED}
    assert not found


def test_no_retired_word_names_a_class(modules) -> None:
    assert not {(name, module) for name, module in classes(modules) if words_of(name) & RETIRED}


def test_the_name_of_a_class_stands_in_one_file(modules) -> None:
    counts = Counter(name for name, _ in classes(modules))
    shared = {name for name, count in counts.items() if count > 1}
    assert len(shared) <= MOST_SHARED, shared


def test_every_term_has_a_meaning() -> None:
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 40
    assert not [row for row in rows if not row[0].strip() or not row[2].strip()]


def test_no_docstring_sends_its_reader_to_another_to_learn_what_it_is_of(modules) -> None:
    found = {
        f"{module.name}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and (ast.get_docstring(node) or "").startswith("The same")
    }
    assert not found
