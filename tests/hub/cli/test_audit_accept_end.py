"""`hub audit accept-end`: after a backup was restored, what the log holds is taken for whole, once somebody says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.audit import audit
from hub.store.records import alarms
from hub.store.records import audit as store
from hub.store.records.log_witness import ACCEPTED, WITNESS, LogWitness
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub whose log was cut by a restored backup: the witness has seen two entries, and one is left."""
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    migrate(url)
    db = Database(url)
    try:
        with db.engine.begin() as connection:
            for action in ("first", "second"):
                store.append(connection, at_ms=1, actor="hub", action=action, subject="s", detail={})
            LogWitness(tmp_path / WITNESS).observe(connection)
            connection.exec_driver_sql("DELETE FROM audit WHERE action = 'second'")
    finally:
        db.close()
    return tmp_path


def broken(data: Path) -> str:
    db = Database(f"sqlite:///{data / 'hub.db'}")
    try:
        with db.engine.connect() as connection:
            return LogWitness(data / WITNESS).broken(connection)
    finally:
        db.close()


def test_without_a_yes_the_cut_log_stays_what_it_is(data: Path) -> None:
    assert broken(data)
    assert CliRunner().invoke(audit, ["accept-end"], input="n\n").exit_code == 1
    assert broken(data)


def test_with_a_yes_the_log_is_taken_to_end_where_it_ends(data: Path) -> None:
    told = CliRunner().invoke(audit, ["accept-end"], input="y\n")
    assert told.exit_code == 0
    assert "end at entry 1" in told.output
    assert broken(data) == ""


def test_that_it_was_accepted_is_an_alarm_and_stands_in_the_log_once(data: Path) -> None:
    for _ in range(2):
        told = CliRunner().invoke(audit, ["accept-end"], input="y\n")
    assert "nothing to accept" in told.output
    db = Database(f"sqlite:///{data / 'hub.db'}")
    try:
        with db.engine.connect() as connection:
            assert [row.kind for row in alarms.recent(connection)] == [ACCEPTED]
            actions = [entry.action for entry in store.entries(connection)]
    finally:
        db.close()
    assert actions == ["first", f"alarm:{ACCEPTED}"]
