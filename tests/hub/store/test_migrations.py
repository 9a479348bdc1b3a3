"""The migrations build exactly the schema that the code is written against."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from hub.store.schema import metadata
from hub.store.sql.database import StoreUnavailable
from hub.store.upgrade.migrate import MIGRATIONS, migrate

MIGRATE = "import sys; from hub.store.upgrade.migrate import migrate; migrate(sys.argv[1])"
CATALOGUE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%' AND name NOT LIKE 'sqlite_autoindex_alembic%'",
    "postgresql": """
        SELECT table_name || '.' || column_name,
               concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'alembic%'
        UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'alembic%'
    """,
}


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hub.db'}"
        return
    postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


def catalogue(url: str) -> dict[str, str]:
    """What the database itself says it holds, without the spelling that differs between ways of making it."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text(CATALOGUE[engine.dialect.name])).all()
    engine.dispose()
    return {
        name: ",".join(sorted(part.strip() for part in (sql or "").replace("\n", " ").replace('"', "").split(",")))
        for name, sql in rows
    }


def test_the_migrations_and_the_schema_do_not_differ_by_a_column_or_an_index(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_migrated_database_is_the_one_the_code_is_written_against(
    empty_url: str, request: pytest.FixtureRequest
) -> None:
    migrated = request.getfixturevalue("sqlite_url" if empty_url.startswith("sqlite") else "postgres_url")
    engine = create_engine(empty_url)
    metadata.create_all(engine)
    engine.dispose()
    assert catalogue(migrated) == catalogue(empty_url)


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'new' / 'hub.db'}")
    assert (tmp_path / "new" / "hub.db").exists()


def test_migrating_twice_changes_nothing_the_second_time(empty_url: str) -> None:
    migrate(empty_url)
    before = catalogue(empty_url)
    migrate(empty_url)
    assert catalogue(empty_url) == before


def test_a_database_at_the_newest_revision_runs_no_migration(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    monkeypatch.setattr("alembic.command.upgrade", lambda *given: ran.append(given))
    migrate(empty_url)
    assert len(ran) == 1  # nothing stamps the database here, so it is still behind
    monkeypatch.undo()
    migrate(empty_url)
    monkeypatch.setattr("alembic.command.upgrade", lambda *given: ran.append(given))
    migrate(empty_url)
    assert len(ran) == 1


def test_several_processes_migrate_a_new_database_at_once_and_all_succeed(empty_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], errors
    assert "alerts.stage" in catalogue(empty_url) or "alerts" in catalogue(empty_url)


def test_going_back_to_the_beginning_leaves_no_table(empty_url: str) -> None:
    migrate(empty_url)
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    assert catalogue(empty_url) == {}


def test_there_is_one_line_of_migrations_and_one_newest() -> None:
    assert len(ScriptDirectory.from_config(_config()).get_heads()) == 1


def test_a_database_that_never_comes_is_reported_and_not_waited_for_without_end(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        migrate(f"postgresql+psycopg://nobody@/none?host={tmp_path}", patience_s=0.2)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
