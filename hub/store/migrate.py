"""Brings a database to the schema of this version; several processes may try at once."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from hub.store.database import StoreUnavailable, is_transient, make_engine

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x66656E6768756F  #: the advisory lock's number: "fenghuo" in ASCII
RETRY_S = 0.1


def migrate(url: str, *, patience_s: float = 60.0) -> None:
    """To the newest revision, in one transaction. Raises StoreUnavailable when the database stays away."""
    _make_folder(url)
    for _ in range(int(patience_s / RETRY_S)):
        try:
            _upgrade(url)
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


def _upgrade(url: str) -> None:
    with _alone(url) as connection:
        command.upgrade(_config(connection), "head")


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


def _config(connection: Connection) -> Config:
    config = Config(stdout=io.StringIO(), output_buffer=io.StringIO())
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
