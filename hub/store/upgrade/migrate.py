"""Brings a database to the schema of this version; several processes may try at once."""

from __future__ import annotations

import functools
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.store.sql.database import StoreUnavailable, is_transient, make_engine
from hub.store.upgrade.comparison import Difference, SchemaDiffers, differences
from hub.store.upgrade.refused import SchemaRefused
from hub.store.upgrade.way_over import bring_over

MIGRATIONS = Path(__file__).parents[1] / "migrations"
LOCK = 0x66656E6768756F  #: the advisory lock's number: "fenghuo" in ASCII
RETRY_S = 0.1


def migrate(url: str, *, patience_s: float = 60.0) -> None:
    """To the newest revision, in one transaction. Raises StoreUnavailable when the database stays away, SchemaRefused
    where its own revision is none of this version's, is too old, or a migration does not fit what is there.
    """
    _patiently(url, patience_s, _upgrade)


def migrate_and_compare(url: str, *, patience_s: float = 60.0) -> tuple[Difference, ...]:
    """The database at the newest revision, compared with the code: the differences that do no harm.

    Raises what `migrate` raises, and SchemaDiffers where a difference is harmful: then nothing was changed.
    """
    found: list[Difference] = []

    def work(connection: Connection) -> None:
        _upgrade(connection)
        found[:] = differences(connection)
        if any(each.harmful for each in found):
            raise SchemaDiffers(tuple(found))

    _patiently(url, patience_s, work)
    return tuple(found)


def _patiently(url: str, patience_s: float, work: Callable[[Connection], None]) -> None:
    """Runs `work` in one transaction, again while the database is away. Raises StoreUnavailable."""
    _make_folder(url)
    for _ in range(int(patience_s / RETRY_S)):
        try:
            with _alone(url) as connection:
                work(connection)
        except DBAPIError as error:
            if not is_transient(error):
                raise
            time.sleep(RETRY_S)
        else:
            return
    raise StoreUnavailable("the database did not come")


def revise(url: str, message: str, number: str) -> None:
    """Writes the migration from the database at `url` to `hub.store.schema`. For developers; read what it wrote."""
    with _alone(url) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _upgrade(connection: Connection) -> None:
    stamps = MigrationContext.configure(connection).get_current_heads()
    if stamps == _newest():
        return  # as at nearly every start; reading and compiling every migration takes longer than the start itself
    try:
        bring_over(connection, stamps)
        command.upgrade(_config(connection), "head")
    except CommandError as error:  # its stamp names a revision that is not among ours
        text = f"the database is of another version, most likely a newer one: {error}; start the version it is of"
        raise SchemaRefused(text) from None
    except DBAPIError as error:
        if is_transient(error):
            raise
        text = f"a migration does not fit what the database holds: {error.orig}; was it altered, or half restored?"
        raise SchemaRefused(text) from None


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A transaction no other migration runs beside: SQLite's by its write lock, PostgreSQL's by an advisory lock."""
    engine = make_engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            yield connection
    finally:
        engine.dispose()


@functools.lru_cache(maxsize=1)
def _newest() -> tuple[str, ...]:
    """The revision this version's migrations lead to."""
    return tuple(ScriptDirectory.from_config(_location()).get_heads())


def _config(connection: Connection) -> Config:
    config = _location()
    config.attributes["connection"] = connection
    return config


def _location() -> Config:
    config = Config(stdout=io.StringIO(), output_buffer=io.StringIO())
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
