"""The type is the permission: nobody but the policy makes an Authorization (read from the syntax trees)."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("hub", "channels", "targeting", "approvals", "templates", "bench")
MAKER = Path("approvals/authority.py")


def makings(source: str) -> list[int]:
    """Lines that call Authorization, under any name it was imported by, or give it away uncalled."""
    tree = ast.parse(source)
    names = {"Authorization"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.name == "Authorization" and alias.asname}
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            made = [node.func, *node.args] if not _asks(node.func) else []
            lines += [node.lineno for part in made if _named(part, names)]
        elif isinstance(node, ast.Assign) and _named(node.value, names):
            lines.append(node.lineno)
    return lines


def _named(node: ast.expr, names: set[str]) -> bool:
    return (isinstance(node, ast.Name) and node.id in names) or (isinstance(node, ast.Attribute) and node.attr in names)


def _asks(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"isinstance", "issubclass"}


def test_no_file_but_the_policy_makes_an_authorization() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if path.relative_to(ROOT) != MAKER
        for line in makings(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_the_policy_makes_it_only_in_authorize_and_in_authorize_standing() -> None:
    source = (ROOT / MAKER).read_text(encoding="utf-8")
    makers = [
        node.name
        for line in makings(source)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    assert makers == ["authorize", "authorize_standing"]


def test_this_test_sees_the_ways_around_it() -> None:
    assert makings("from approvals.authority import Authorization as A\nx = A(1, '', '', ())") == [2]
    assert makings("import approvals.authority as p\nx = p.Authorization(1, '', '', ())") == [2]
    assert makings("from approvals.authority import Authorization\nmake = Authorization") == [2]
    assert makings("from approvals.authority import Authorization\nx = object.__new__(Authorization)") == [2]
    assert makings("def f(a: Authorization) -> bool:\n    return isinstance(a, Authorization)") == []
