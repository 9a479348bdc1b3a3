"""A database of the last schema before the first revision is brought over: the same rows under the words of now.

`revision_0022` holds that schema as each database spelled it itself, made by the migrations there were.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, insert, select, text

from hub.store.upgrade.migrate import migrate, migrate_and_compare
from hub.store.upgrade.refused import SchemaRefused
from hub.store.upgrade.way_over import THROUGH

SCHEMAS = Path(__file__).parent / "revision_0022"
STAMP = "alembic_version"
TABLES = {
    "hand_ups": "referrals",
    "choices": "preferences",
    "choices_history": "preferences_history",
    "address_choices": "address_opt_outs",
    "doors": "receipt_backlogs",
}
COLUMNS = {
    ("shards", "lane"): "priority",
    ("matters", "rung"): "step",
    ("matters", "rung_at"): "step_at",
    ("recipients", "channels"): "address_columns",
    ("choices", "channel_order"): "column_order",
    ("address_choices", "channel"): "address_column",
    ("official_addresses", "channel"): "address_column",
}
#: what one row of the column holds, and what it holds then
VALUES = {
    ("alerts", "stage"): ("handed_up", "referred"),
    ("matters", "kind"): ("hand-up", "referral"),
    ("alarms", "kind"): ("hand-up-overdue", "referral-overdue"),
    ("bitmaps", "kind"): ("channel", "address_column"),
}
CATALOGUE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_autoindex%'",
    "postgresql": """
        SELECT table_name || '.' || column_name,
               concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace AND contype <> 'n' -- whose names mean nothing, and begin with 18
        UNION ALL SELECT relname, relkind::text FROM pg_class
            WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
    """,
}
SPELLING = str.maketrans({"\n": " ", '"': None})
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["sqlite", "postgres"])
def last(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database of revision 0022 with two rows in every table."""
    if request.param == "postgres":
        postgres = request.getfixturevalue("postgres")
        name = postgres.create()
        engine = create_engine(postgres.url(name))
    else:
        engine = create_engine(f"sqlite:///{tmp_path / 'last.db'}")
    with engine.begin() as connection:
        driver: Any = connection.connection.driver_connection
        run = driver.executescript if request.param == "sqlite" else driver.execute
        run((SCHEMAS / f"{engine.dialect.name}.sql").read_text())
    with engine.begin() as connection:
        for table in tables_of(connection):
            connection.execute(insert(table), [row_of(table, number) for number in (1, 2)])
    yield engine
    engine.dispose()
    if request.param == "postgres":
        postgres.drop(name)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def tables_of(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != STAMP]


def row_of(table: Table, number: int) -> dict[str, Any]:
    """A row whose cells differ; the database numbers it where it can."""
    return {
        column.name: cell_of(column, number) for column in table.columns if column.name != "id" or not is_key(column)
    }


def is_key(column: Column[Any]) -> bool:
    return column.primary_key and column.type.python_type is int


def cell_of(column: Column[Any], number: int) -> Any:
    if number == 1 and (column.table.name, column.name) in VALUES:
        return VALUES[column.table.name, column.name][0]
    kind = column.type.python_type
    if kind is str:
        return f"{column.name} {number}"[: getattr(column.type, "length", None)]
    return {int: number, float: number + 0.5, bool: number == 1, bytes: bytes([number])}[kind]


def rows(engine: Engine) -> Rows:
    with engine.connect() as connection:
        return {
            table.name: sorted((dict(row._mapping) for row in connection.execute(select(table))), key=repr)
            for table in tables_of(connection)
        }


def stamp(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text(f"SELECT version_num FROM {STAMP}")).scalars())


def restamp(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {STAMP} SET version_num = '{revision}'"))


def catalogue(engine: Engine) -> dict[str, str]:
    """What the database says it holds, without the spelling that differs between ways of making it."""
    with engine.connect() as connection:
        found = connection.execute(text(CATALOGUE[engine.dialect.name])).all()
    return {
        name: ",".join(
            sorted(part.strip() for part in (sql or "").translate(SPELLING).replace("('')", "''").split(","))
        )
        for name, sql in found
    }


def renamed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    words = {column: dict([pair]) for (table, column), pair in VALUES.items() if table == name}
    return {COLUMNS.get((name, column), column): words.get(column, {}).get(cell, cell) for column, cell in row.items()}


def test_every_row_stands_under_the_words_of_now(last: Engine) -> None:
    before = rows(last)
    assert all(len(found) == 2 for found in before.values())
    migrate(url_of(last))
    wanted = {TABLES.get(name, name): [renamed(name, row) for row in found] for name, found in before.items()}
    assert rows(last) == {name: sorted(found, key=repr) for name, found in wanted.items()}


def test_its_schema_is_that_of_an_empty_new_one(last: Engine, request: pytest.FixtureRequest) -> None:
    fresh = create_engine(request.getfixturevalue({"sqlite": "sqlite_url"}.get(last.dialect.name, "postgres_url")))
    assert migrate_and_compare(url_of(last)) == ()
    found, wanted = [(catalogue(engine), stamp(engine)) for engine in (last, fresh)]
    fresh.dispose()
    assert found == wanted


def test_the_next_row_is_numbered_after_those_that_were_there(last: Engine) -> None:
    migrate(url_of(last))
    with last.begin() as connection:
        for table in tables_of(connection):
            if "id" in table.c and is_key(table.c.id):
                assert tuple(connection.execute(insert(table), row_of(table, 3)).inserted_primary_key or ()) == (3,)


def test_one_whose_names_are_those_of_now_is_stamped_and_left_as_it_is(last: Engine) -> None:
    migrate(url_of(last))
    before = (rows(last), catalogue(last), stamp(last))
    restamp(last, "0023")
    migrate(url_of(last))
    assert (rows(last), catalogue(last), stamp(last)) == before


def test_an_older_one_is_refused_with_the_hub_to_go_through_and_nothing_is_changed(last: Engine) -> None:
    restamp(last, "0018")
    before = (rows(last), catalogue(last), stamp(last))
    with pytest.raises(SchemaRefused, match=f"of revision 0018, and .* 0022 and later: run `hub migrate` .* {THROUGH}"):
        migrate(url_of(last))
    assert (rows(last), catalogue(last), stamp(last)) == before


def test_one_that_was_altered_is_refused_and_nothing_is_changed(last: Engine) -> None:
    with last.begin() as connection:
        connection.execute(text("DROP TABLE doors"))
    before = (rows(last), catalogue(last), stamp(last))
    with pytest.raises(SchemaRefused, match="does not fit what the database holds"):
        migrate(url_of(last))
    assert (rows(last), catalogue(last), stamp(last)) == before


def test_without_the_way_over_the_last_schema_is_taken_for_a_newer_one(
    last: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.store.upgrade.migrate.bring_over", lambda *_: None)
    with pytest.raises(SchemaRefused, match="most likely a newer one"):
        migrate(url_of(last))
