"""`hub feedback`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, func, select

from hub.cli import root
from hub.feedback.sentiment import MODEL_FILE, SEED_FILE, SentimentModel
from hub.store.schema import feedback

SECRET = "这句话不许出现"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def hub(*arguments: object) -> Result:
    return CliRunner().invoke(root, [str(argument) for argument in ("feedback", *arguments)])


def written(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_the_shipped_model_is_measured_on_any_labelled_file(data: Path) -> None:
    result = hub("evaluate", SEED_FILE, "--json")
    told = json.loads(result.stdout)
    assert set(told) == {"n", "accuracy", "macro_f1", "rows_per_s", "confusion"}
    assert (told["n"], told["accuracy"] > 0.97) == (len(SEED_FILE.read_text(encoding="utf-8").splitlines()), True)


def test_rows_that_occur_in_another_file_are_left_out_of_the_measure(data: Path, tmp_path: Path) -> None:
    rows = [{"text": text, "label": "neu"} for text in ("甲", "乙", "丙", "丙")]
    given = written(tmp_path / "given.jsonl", *rows)
    seen = written(tmp_path / "seen.jsonl", {"text": "甲"})
    assert json.loads(hub("evaluate", given, "--without", seen, "--json").stdout)["n"] == 2


def test_a_trained_model_takes_the_place_of_the_shipped_one(data: Path, tmp_path: Path) -> None:
    given = written(
        tmp_path / "t.jsonl", *({"text": text * 5, "label": label} for text, label in (("甲", "neg"), ("乙", "pos")))
    )
    told = json.loads(hub("train", given, "--json").stdout)
    assert (told["n"], told["labels"]) == (2, ["negative", "positive"])
    assert SentimentModel.load(data / MODEL_FILE).origin.startswith("file:")
    assert json.loads(hub("evaluate", given, "--json").stdout)["accuracy"] == 1.0


@pytest.mark.parametrize("command", ["train", "evaluate", "import"])
def test_a_bad_line_fails_with_its_place_and_rule_and_without_its_text(
    data: Path, tmp_path: Path, command: str
) -> None:
    hub_migrated()
    path = tmp_path / "bad.jsonl"
    path.write_text(f'"{SECRET}"', encoding="utf-8")
    result = hub(command, path, "--json")
    assert result.exit_code == 1
    assert f"{path}:1" in result.stderr
    assert SECRET not in result.output
    assert not (data / MODEL_FILE).exists() or command == "import"


def hub_migrated() -> None:
    assert CliRunner().invoke(root, ["migrate"]).exit_code == 0


def test_imported_posts_are_kept_and_bad_ones_make_the_command_fail(data: Path, tmp_path: Path) -> None:
    hub_migrated()
    good = {"id": "1", "text": SECRET, "at": "2026-07-01T10:00:00+08:00"}
    path = written(tmp_path / "posts.jsonl", good, good | {"id": "2", "at": SECRET})
    result = hub("import", path, "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["stored"], [fault["rule"] for fault in told["faults"]]) == (1, 1, ["rfc3339"])
    assert SECRET not in result.output
    engine = create_engine(f"sqlite:///{data / 'hub.db'}")
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(feedback)).scalar_one() == 1
    engine.dispose()


def test_posts_about_an_alert_that_does_not_exist_are_refused_before_any_is_kept(data: Path, tmp_path: Path) -> None:
    hub_migrated()
    path = written(tmp_path / "posts.jsonl", {"id": "1", "text": "x", "at": "2026-07-01T10:00:00+08:00"})
    result = hub("import", path, "--alert", 99, "--json")
    assert (result.exit_code, json.loads(result.stderr.splitlines()[-1])["rule"]) == (1, "known-alert")
