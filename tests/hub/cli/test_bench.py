"""`hub bench`: runs the scripts of the checkout, each in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import bench, root

SCRIPT = """
import json, sys
def show(rows): print(json.dumps(rows) if "--json" in sys.argv else "table")
if __name__ == "__main__":
    show([{"name": NAME, "value": len(sys.argv)}])
    sys.exit(CODE)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "bench"
    made.mkdir()
    monkeypatch.setattr(bench, "FOLDER", made)
    for name in ("alpha", "beta"):
        (made / f"{name}.py").write_text(SCRIPT.replace("NAME", repr(name)).replace("CODE", "0"))
    (made / "shared.py").write_text("def helps(): ...\n")
    return made


def hub(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["bench", *arguments])


def test_the_scripts_of_this_checkout_are_found() -> None:
    names = json.loads(hub("--json").stdout)
    assert {"http", "receipts"} <= set(names)
    assert {"bed", "measure", "receiver"} & set(names) == set()


def test_without_a_name_it_says_what_there_is(folder: Path) -> None:
    assert hub().stdout.split() == ["alpha", "beta", "all"]


def test_a_script_gets_the_arguments_that_are_not_ours(folder: Path) -> None:
    rows = json.loads(hub("alpha", "--json", "--recipients", "7").stdout)
    assert rows == [{"name": "alpha", "value": 4}]


def test_all_of_them_are_one_list(folder: Path) -> None:
    assert [row["name"] for row in json.loads(hub("all", "--json").stdout)] == ["alpha", "beta"]


def test_one_that_fails_fails_all_and_the_others_still_run(folder: Path) -> None:
    (folder / "alpha.py").write_text(SCRIPT.replace("NAME", "'alpha'").replace("CODE", "3"))
    result = hub("all", "--json")
    assert result.exit_code == 1
    assert [row["name"] for row in json.loads(result.stdout)] == ["alpha", "beta"]
    assert "failed: alpha" in result.stderr


def test_one_that_dies_without_a_word_is_not_a_traceback_of_ours(folder: Path) -> None:
    (folder / "alpha.py").write_text('if __name__ == "__main__":\n    raise SystemExit("no")\n    show()\n')
    result = hub("alpha", "--json")
    assert (result.exit_code, result.stdout) == (1, "[]\n")


def test_an_unknown_name_is_a_usage_error_that_lists_the_known(folder: Path) -> None:
    result = hub("gamma")
    assert result.exit_code == 2
    assert "alpha, beta, all" in result.stderr


def test_an_installed_hub_without_the_folder_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(bench, "FOLDER", tmp_path / "gone")
    result = hub("http")
    assert result.exit_code == 1
    assert "part of a checkout" in result.stderr
