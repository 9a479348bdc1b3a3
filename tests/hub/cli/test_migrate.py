"""`hub migrate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, inspect

from hub.cli import root
from hub.store.schema import metadata


def test_migrating_from_the_command_line_makes_every_table_in_a_data_directory_that_did_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    result = CliRunner().invoke(root, ["migrate", "--json"])
    assert json.loads(result.stdout) == {"migrated": True}
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'hub.db'}")
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.fixture
def altered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory whose database lacks a column that the code writes."""
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(root, ["migrate"]).exit_code == 0
    engine = create_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE alerts DROP COLUMN headline")
    engine.dispose()
    return tmp_path


@pytest.mark.parametrize("command", ["migrate", "serve", "worker"])
def test_an_altered_database_is_refused_by_the_place_that_differs(altered: Path, command: str) -> None:
    result = CliRunner().invoke(root, [command])
    assert result.exit_code == 1
    assert "column alerts.headline: is missing" in result.stderr
    assert "(schema-differs)" in result.stderr


def test_a_harmless_difference_is_named_by_migrate_and_ends_it_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(root, ["migrate"]).exit_code == 0
    engine = create_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE odd (a INTEGER)")
    engine.dispose()
    result = CliRunner().invoke(root, ["migrate", "--json"])
    (told,) = json.loads(result.stderr)["findings"]
    assert (result.exit_code, told["element"]) == (1, "table odd")
