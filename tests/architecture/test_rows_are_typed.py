"""No row of the database passes between rooms as one of anything: what it holds is known to the type checker."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEADER = """
from sqlalchemy import Connection

from hub.alert.lifecycle import Stage
from hub.store.alerts import alerts
from hub.store.alerts import standing
from hub.store.alerts.alert_row import AlertRow
from hub.store.alerts.standing import StandingRow


def work(connection: Connection, alert: AlertRow, paper: StandingRow) -> None:
"""

RIGHT = (
    "alerts.change(connection, alert.id, ended_at=None, level=alert.level)",
    "alerts.change_stage(connection, alert.id, Stage.RELEASED, released_at=alert.expires_at)",
    "standing.change(connection, paper.id, state=paper.state, revoked_at=paper.valid_until)",
)

#: a line that is refused, and how
WRONG = {
    "print(alert.no_such_column)": "attr-defined",
    "print(paper.no_such_column)": "attr-defined",
    "alerts.change(connection, alert.id, levell=3)": "call-arg",
    "alerts.change(connection, alert.id, stage='draft')": "call-arg",  # hub.dossier.advance alone writes it
    "standing.change(connection, paper.id, document='{}')": "call-arg",
    "alerts.change(connection, alert.id, level='red')": "arg-type",
    "alerts.change(connection, alert.id, version=alert.root)": "arg-type",
    "standing.change(connection, paper.id, revoked_at='now')": "arg-type",
    "alert.stage = 'released'": "misc",
}


def refused(path: Path, lines: list[str]) -> dict[str, str]:
    """The lines that mypy refuses, by the project's own settings, each with the code of the error."""
    path.write_text(HEADER + "".join(f"    {line}\n" for line in lines), "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(path)]
    here = os.environ | {"MYPYPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    source = path.read_text("utf-8").splitlines()
    found = {}
    for line in ran.stdout.splitlines():
        if ": error: " in line:
            place, _, told = line.partition(": error: ")
            file, _, number = place.rpartition(":")
            assert Path(file).name == path.name, line  # mypy remembers what it found, under the path it had then
            found[source[int(number) - 1].strip()] = told.rpartition("[")[2].rstrip("]")
    return found


def test_the_type_checker_refuses_just_the_wrong_columns_and_the_wrong_types(tmp_path: Path) -> None:
    assert refused(tmp_path / "uses_rows.py", [*RIGHT, *WRONG]) == WRONG


def rows_passed_on(source: str, *, store: bool) -> list[str]:
    """The functions, and other names, whose annotations say that they are rows; of the store those alone that
    are not private.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            notes = [each.annotation for each in ast.walk(node.args) if isinstance(each, ast.arg)] + [node.returns]
            if not (store and node.name.startswith("_")):
                found += [node.name for each in notes if each is not None and is_row(each)][:1]
        elif isinstance(node, ast.AnnAssign) and is_row(node.annotation):
            found.append(ast.unparse(node.target))
        elif isinstance(node, ast.Assign) and is_row(node.value):
            found.append(ast.unparse(node.targets[0]))
    return found


def is_row(note: ast.expr) -> bool:
    """Whether SQLAlchemy's Row stands in it: its columns are known to no type checker, whatever is written of them."""
    subscripts = (each.value for each in ast.walk(note) if isinstance(each, ast.Subscript))
    return any(isinstance(each, ast.Name) and each.id == "Row" for each in subscripts)


def test_no_row_of_the_database_is_passed_on() -> None:
    strange = {
        str(path.relative_to(ROOT)): found
        for path in sorted((ROOT / "hub").rglob("*.py"))
        if (found := rows_passed_on(path.read_text("utf-8"), store=path.is_relative_to(ROOT / "hub" / "store")))
    }
    assert not strange


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def look(row: Row[Any]) -> int: ...", ["look"]),
        ("def look() -> Sequence[Row[Any, Any]]: ...", ["look"]),
        ("AlertRow = Row[Any]", ["AlertRow"]),
        ("rows: dict[int, Row[Any]] = {}", ["rows"]),
        ("def _look(row: Row[Any]) -> int: ...", []),
        ("def look(row: AlertRow) -> list[int]: ...", []),
    ],
)
def test_the_guard_sees_a_row_of_the_database(source: str, found: list[str]) -> None:
    assert rows_passed_on(source, store=True) == found
    assert not found or rows_passed_on(source, store=False) == found
