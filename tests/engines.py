"""Engines that share what SQLAlchemy compiles: every test opens its own database, and would compile every statement anew.

A hub compiles a statement once and runs it for weeks; a test's hub lives for a second, and a tenth of that went into the
compiler. The cache is one dictionary for all engines of a dialect (`compiled_cache`,
https://docs.sqlalchemy.org/en/21/core/connections.html#sql-compilation-caching). Its keys hold the dialect, so they
share that too: it holds what is true of the library and of the server, and this run has one of each. What a statement
says or returns is the same; how often it is sent, too.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import make_url
from sqlalchemy.util import LRUCache

#: more than this product has; what a test makes up itself leaves again
MOST_STATEMENTS = 4000


class _One:
    """A class with one instance, however often it is called."""

    _one: ClassVar[Any] = None

    def __new__(cls, **_: Any) -> Self:
        if cls._one is None:
            cls._one = super().__new__(cls)
        one: Self = cls._one
        return one

    def __init__(self, **named: Any) -> None:
        if not vars(self):
            super().__init__(**named)


class SharedSQLite(_One, SQLiteDialect_pysqlite):
    """The dialect of every SQLite engine."""

    supports_statement_cache = True


class SharedPostgres(_One, PGDialect_psycopg):
    """The dialect of every PostgreSQL engine."""

    supports_statement_cache = True


registry.register("sqlite.shared", __name__, "SharedSQLite")
registry.register("postgresql.shared", __name__, "SharedPostgres")
COMPILED: dict[str, LRUCache[Any, Any]] = {name: LRUCache(MOST_STATEMENTS) for name in ("sqlite", "postgresql")}


def create_sharing_engine(url: str, **options: Any) -> Engine:
    """`sqlalchemy.create_engine`, with the dialect and the compiled statements of all others of its kind."""
    told = make_url(url)
    name = told.get_backend_name()
    cache = {"compiled_cache": COMPILED[name]}
    engine = create_engine(told.set(drivername=f"{name}+shared"), execution_options=cache, **options)
    engine.url = told
    return engine
