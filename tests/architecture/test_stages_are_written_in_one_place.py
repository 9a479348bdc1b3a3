"""Every stage moves through one place, which asks the table of the lifecycle (read from the syntax trees)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADVANCE = "hub/dossier/advance.py"
STORE = "hub/store/alerts/alerts.py"  #: has the statement itself
SETTING = {"change", "values"}


def writes(source: str) -> list[int]:
    """Lines that name the writer of stages, that hand a stage to another writer, or that change the table by hand."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            found += [node.lineno for alias in node.names if alias.name == "change_stage"]
        elif isinstance(node, ast.Attribute) and node.attr == "change_stage":
            found.append(node.lineno)
        elif isinstance(node, ast.Call) and _name(node.func) in SETTING:
            found += [node.lineno for keyword in node.keywords if keyword.arg == "stage"]
        elif isinstance(node, ast.Call) and _name(node.func) == "update":
            found += [node.lineno for table in node.args if _name(table) in {"alerts", "alerts_table"}]
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_no_other_file_writes_the_stage_of_an_alert() -> None:
    found = {
        f"{name}:{line}"
        for path in (ROOT / "hub").rglob("*.py")
        if (name := str(path.relative_to(ROOT))) not in (ADVANCE, STORE) and not name.startswith("hub/store/migrations")
        for line in writes(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_the_one_place_writes_it() -> None:
    assert writes((ROOT / ADVANCE).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "alerts.change(connection, 1, stage=Stage.RELEASED)",
        "alerts.change_stage(connection, 1, Stage.RELEASED)",
        "move = alerts.change_stage",
        "from hub.store.alerts.alerts import change_stage as change",
        "connection.execute(update(alerts_table).values(released_at=1))",
        "statement.values(stage='released')",
    ],
)
def test_the_guard_sees_such_a_line(line: str) -> None:
    assert writes(line) == [1]
