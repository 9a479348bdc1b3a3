"""A database that is not the one the code is written against is named difference by difference, never called current."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, Text, inspect, text

from hub.store.sql.database import make_engine
from hub.store.upgrade import comparison
from hub.store.upgrade.comparison import SchemaDiffers, differences
from hub.store.upgrade.migrate import migrate, migrate_and_compare
from hub.store.upgrade.refused import SchemaRefused


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database that nobody uses after this test."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    migrate(postgres.url(name))
    yield postgres.url(name)
    postgres.drop(name)


@contextmanager
def altering(url: str) -> Iterator[tuple[Operations, Connection]]:
    """The database under the hands of whoever alters it without a migration."""
    engine = make_engine(url)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield Operations(MigrationContext.configure(connection)), connection
    engine.dispose()


def retype(op: Operations, column: str, **to: Any) -> None:
    with op.batch_alter_table("alerts") as table:
        table.alter_column(column, **to)


def rebuilt_without_uniqueness(op: Operations) -> None:
    convention = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
    found = inspect(op.get_bind()).get_unique_constraints("alerts")
    name = found[0]["name"] or "uq_alerts_sender"
    with op.batch_alter_table("alerts", naming_convention=convention) as table:
        table.drop_constraint(name, type_="unique")


#: what is done to the database, and what is said of it; the first word says which part of it differs
HARM: dict[str, tuple[Callable[[Operations], Any], str]] = {
    "a column is gone": (lambda op: op.drop_column("alerts", "headline"), "column alerts.headline: is missing"),
    "a table is gone": (lambda op: op.drop_table("duties"), "table duties: is missing"),
    "an index is gone": (lambda op: op.drop_index("ix_alerts_stage"), "index ix_alerts_stage of alerts: is missing"),
    "a type is another": (
        lambda op: retype(op, "source", type_=BigInteger(), existing_type=LargeBinary(), postgresql_using="0"),
        "column alerts.source: type is BIGINT, not ",
    ),
    "a column may be empty": (
        lambda op: retype(op, "headline", nullable=True, existing_type=Text()),
        "column alerts.headline: nullable is True, not False",
    ),
    "a default is another": (
        lambda op: retype(op, "path", server_default="standing"),
        "column alerts.path: default is ",
    ),
    "a column of others must be given": (
        lambda op: op.add_column("duties", Column("odd", Text, nullable=False)),
        "column duties.odd: is not known to this version, and must be given",
    ),
    "an index forbids what the code writes": (
        lambda op: op.create_index("one_each", "alerts", ["stage"], unique=True),
        "index one_each of alerts: is not known to this version",
    ),
    "a pair may stand twice": (
        rebuilt_without_uniqueness,
        "UniqueConstraint alerts (sender, identifier): is missing",
    ),
}
HARMLESS: dict[str, tuple[Callable[[Operations], Any], str]] = {
    "a table of somebody else": (
        lambda op: op.create_table("odd", Column("a", Integer)),
        "table odd: is not known to this version",
    ),
    "a column that may be left out": (
        lambda op: op.add_column("alerts", Column("odd", Text)),
        "column alerts.odd: is not known to this version",
    ),
    "an index for speed": (
        lambda op: op.create_index("quick", "alerts", ["event"]),
        "index quick of alerts: is not known to this version",
    ),
}


def test_a_migrated_database_differs_in_nothing(url: str) -> None:
    assert migrate_and_compare(url) == ()


@pytest.mark.parametrize("what", HARM)
def test_what_can_make_the_code_fail_is_refused_by_its_place_and_nothing_is_changed(url: str, what: str) -> None:
    alter, told = HARM[what]
    with altering(url) as (op, connection):
        if op.get_bind().dialect.name == "postgresql" and what == "a type is another":
            connection.execute(text("ALTER TABLE alerts ALTER COLUMN source TYPE BIGINT USING 0"))
        else:
            alter(op)
    for _ in range(2):  # looking changes nothing
        with pytest.raises(SchemaDiffers) as refused:
            migrate_and_compare(url)
        assert [str(each)[: len(told)] for each in refused.value.differences if each.harmful] == [told]
        assert told in str(refused.value)


@pytest.mark.parametrize("what", HARMLESS)
def test_what_the_code_never_touches_is_said_and_stops_nothing(url: str, what: str) -> None:
    alter, told = HARMLESS[what]
    with altering(url) as (op, _):
        alter(op)
    assert [str(each) for each in migrate_and_compare(url)] == [told]


def test_a_primary_key_of_other_columns_is_told(url: str) -> None:
    with altering(url) as (_, connection):
        connection.execute(text("ALTER TABLE duties RENAME TO old"))
        connection.execute(text("CREATE TABLE duties AS SELECT * FROM old"))
        assert "primary key of duties: is (), not (id)" in map(str, differences(connection))


def test_an_older_first_version_under_the_newest_stamp_is_not_called_current(url: str) -> None:
    with altering(url) as (op, _):
        for table in ("countersignatures", "referrals"):
            op.drop_table(table)
    with pytest.raises(SchemaDiffers) as refused:
        migrate_and_compare(url)
    places = {each.place for each in refused.value.differences}
    assert {"table countersignatures", "table referrals"} <= places


@pytest.mark.parametrize("way", [migrate, migrate_and_compare])
def test_a_database_of_a_newer_version_is_refused_in_words(url: str, way: Callable[[str], Any]) -> None:
    with altering(url) as (_, connection):
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaRefused, match="newer"):
        way(url)


def test_a_migration_that_does_not_fit_is_refused_in_words_and_leaves_everything_as_it_was(url: str) -> None:
    with altering(url) as (_, connection):
        connection.execute(text("UPDATE alembic_version SET version_num = '0022'"))
        before = sorted(inspect(connection).get_table_names())
    with pytest.raises(SchemaRefused, match="does not fit"):
        migrate(url)
    with altering(url) as (_, connection):
        assert sorted(inspect(connection).get_table_names()) == before
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0022"


def test_without_the_comparison_an_altered_database_would_pass(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with altering(url) as (op, _):
        op.drop_column("alerts", "headline")
    migrate(url)
    monkeypatch.setattr("hub.store.upgrade.migrate.differences", lambda _: ())
    assert migrate_and_compare(url) == ()
    with altering(url) as (_, connection):
        assert comparison.differences(connection)
