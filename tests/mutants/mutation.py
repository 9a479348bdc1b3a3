"""Small changes to a program that its tests ought to notice: one node of its syntax tree each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "+",
    ast.BitOr: "&",
    ast.BitAnd: "|",
    ast.FloorDiv: "*",
    ast.Div: "*",
}
#: what a call only adds to what it is called on: without it the query asks for more, or locks less
ADDED = frozenset({"with_for_update", "where", "order_by", "limit", "casefold", "strip", "distinct"})
LARGEST = 2  #: greater numbers are quantities, of which one more is hardly a fault
LOGGERS = frozenset({"log", "logger"})  #: what is logged is for people, and no test compares it word by word


@dataclass(frozen=True, slots=True)
class Mutation:
    """A stretch of a file, in bytes, and what stands there instead; `line` counts from 1."""

    file: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    def applied_to(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {_brief(self.before)} -> {_brief(self.after)}"


def mutations_of(file: Path, source: bytes) -> list[Mutation]:
    """Every change there is to a file, in the order of its text; each of them still parses."""
    found = _Finder(file, source)
    for statement in ast.parse(source).body:
        found.visit(statement)
    return sorted(found.mutations, key=lambda each: (each.start, each.end, each.after))


class _Finder(ast.NodeVisitor):
    """Collects mutations; leaves out types, decorators, docstrings and what is only logged."""

    def __init__(self, file: Path, source: bytes) -> None:
        self.mutations: list[Mutation] = []
        self._file, self._source = file, source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    # --- what is passed over

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) or _is_logging(node.value):
            return
        if isinstance(node.value, ast.Call | ast.Await):
            self._replace(node, "pass")
        self.generic_visit(node)

    # --- what is changed

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is not None:  # the text it carries is for people
            self._replace(node, "pass")

    def visit_Continue(self, node: ast.Continue) -> None:
        self._replace(node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "pass")

    def visit_Compare(self, node: ast.Compare) -> None:
        for operator, (left, right) in zip(node.ops, pairwise((node.left, *node.comparators)), strict=True):
            start, end = self._end(left), self._start(right)
            between = self._source[start:end]
            if b"(" not in between and b")" not in between and b"\n" not in between:
                self._add(node.lineno, start, end, f" {COMPARISONS[type(operator)]} ")
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for value in node.values:
            rest = [self._text(each) for each in node.values if each is not value]
            word = " and " if isinstance(node.op, ast.And) else " or "
            self._replace(node, "(" + word.join(f"({each})" for each in rest) + ")")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._replace(node, f"bool({self._text(node.operand)})")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        start, end = self._end(node.left), self._start(node.right)
        between = self._source[start:end]
        if type(node.op) in OPERATORS and b"(" not in between and b")" not in between and b"\n" not in between:
            self._add(node.lineno, start, end, f" {OPERATORS[type(node.op)]} ")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._replace(test, "True")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in ADDED:
            self._replace(node, self._text(node.func.value))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int) and node.value <= LARGEST:
            self._replace(node, str(node.value + 1))

    def visit_JoinedStr(self, _: ast.JoinedStr) -> None:
        """Its parts have no place of their own in the file before Python 3.12."""

    def _negate(self, test: ast.expr) -> None:
        if not isinstance(test, ast.Compare | ast.UnaryOp):  # those are turned round by themselves
            self._replace(test, f"(not ({self._text(test)}))")

    def _replace(self, node: ast.stmt | ast.expr, after: str) -> None:
        self._add(node.lineno, self._start(node), self._end(node), after)

    def _add(self, line: int, start: int, end: int, after: str) -> None:
        one = Mutation(self._file, line, start, end, self._source[start:end].decode(), after)
        if one.before != after and _parses(one.applied_to(self._source)):
            self.mutations.append(one)

    def _start(self, node: ast.stmt | ast.expr) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.stmt | ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        return self._source[self._start(node) : self._end(node)].decode()


def _is_logging(node: ast.expr) -> bool:
    while isinstance(node, ast.Call | ast.Attribute | ast.Await):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and node.id in LOGGERS


def _parses(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."


def mutations_in(root: Path, folders: tuple[str, ...]) -> Iterator[Mutation]:
    """The changes to every module of these folders, by file name; migrations are history and stay as they are."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from mutations_of(path.relative_to(root), path.read_bytes())
