"""What every test may ask for: both databases, a Redis, a clock to turn by hand; and no way out of this machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import redis
from aiohttp import web_app

from hub.local.redis_server import RedisServer
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate
from tests.engines import create_sharing_engine
from tests.postgres import Postgres, PostgresServer, PostgresUnavailable

# No verdict depends on how busy the machine is: no deadline per example, no complaint that data come slowly.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

# --- nothing leaves the machine ----------------------------------------------------------------------------------


class LeftTheMachine(AssertionError):
    """A test tried to reach another machine."""


def _is_loopback(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    if text in {"", "localhost"} or text.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: it sees every connect and look-up of Python's socket module, whoever asks."""
    if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        raise LeftTheMachine(f"{event} to {host!r}: tests stay on this machine")


sys.addaudithook(_guard)

# --- time --------------------------------------------------------------------------------------------------------


class HandClock:
    """A clock that stands still until it is turned."""

    def __init__(self, start: datetime = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        self._now = moment


@pytest.fixture
def clock() -> HandClock:
    """2026-07-01T08:00:00Z until `advance(seconds)` or `set(moment)`."""
    return HandClock()


# --- memory and files --------------------------------------------------------------------------------------------

#: as much as a run ever holds at once, many times over
ROOM_BYTES = 4 * 2**30


def _in_memory() -> Path | None:
    """Where files of tests need wait for no disk: a commit of SQLite, a key and the end of the log are each forced to
    it, thousands of times in a run. A process that is killed loses nothing there either; power is not cut in any test.
    """
    memory = Path("/dev/shm")  # noqa: S108 - pytest makes a directory of its own in it, for its user alone
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ROOM_BYTES:
        return memory
    return None


if (found := _in_memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(found))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not walk half a million objects each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _forget_applications() -> Iterator[None]:
    """aiohttp keeps the last thousand applications, and each of ours holds a whole hub: a worker of this run grew to
    gigabytes, and its collector stood still for seconds at a time."""
    yield
    web_app._cached_build_middleware.cache_clear()


# --- databases ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _compile_once() -> Iterator[None]:
    """A statement is compiled once in a run, not once in each test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.store.sql.database.create_engine", create_sharing_engine)
        yield


@pytest.fixture(scope="session")
def _postgres_or_reason() -> Iterator[Postgres | str]:
    given = os.environ.get("FENGHUO_TEST_POSTGRES")
    server = None
    try:
        server = None if given else PostgresServer()
        postgres = Postgres(given or server.url(), server)
    except (PostgresUnavailable, psycopg.Error, OSError, KeyError) as error:
        yield f"PostgreSQL cannot be started: {error}"
    else:
        yield postgres
        postgres.close()
    finally:
        if server:
            server.close()


@pytest.fixture
def postgres(_postgres_or_reason: Postgres | str) -> Postgres:
    """The PostgreSQL of this run. Without one the test fails in CI and is skipped elsewhere, with the reason."""
    if isinstance(_postgres_or_reason, str):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(_postgres_or_reason)
    return _postgres_or_reason


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite file of this test's own with every table, nobody connected."""
    path = tmp_path / "hub.db"
    shutil.copyfile(_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database of this test's own with every table, nobody connected."""
    with postgres.lend() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def db_url(request: pytest.FixtureRequest) -> str:
    """Both in turn: a database of this test's own with every table."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def db(db_url: str) -> Iterator[Database]:
    """The store, once over SQLite and once over PostgreSQL, empty."""
    database = Database(db_url)
    yield database
    database.close()


@pytest.fixture
def sqlite_db(sqlite_url: str) -> Iterator[Database]:
    """The store over SQLite only: for tests to which the dialect does not matter."""
    database = Database(sqlite_url)
    yield database
    database.close()


# --- Redis -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    directory = Path(tempfile.mkdtemp(prefix="fenghuo-redis-"))
    with RedisServer(directory) as server:
        yield server
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def redis_url(_redis_server: RedisServer) -> str:
    """A real Redis, empty; one server per test process."""
    with redis.Redis.from_url(_redis_server.url) as client:
        client.flushall()
    return _redis_server.url
