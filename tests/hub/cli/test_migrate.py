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
