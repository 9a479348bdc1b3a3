"""Fixtures that build towns: over SQLite and over PostgreSQL, each with a database and a clock of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.store.migrate import migrate
from tests.stories.town import Cast, Place, Town


class HandClock:
    """Starts at the present second, because the other ends compare signatures with the true time; then stands still."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC).replace(microsecond=0)
        self._ms = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._start.timestamp() + self._ms / 1000, UTC)

    def advance(self, seconds: float) -> None:
        self._ms += seconds * 1000


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(_postgres_or_reason: Any) -> Iterator[str]:
    """The name of a database that is copied for every town; empty where there is no server."""
    if isinstance(_postgres_or_reason, str):
        yield ""
        return
    name = _postgres_or_reason.create()
    migrate(_postgres_or_reason.url(name))
    yield name
    _postgres_or_reason.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Iterator[Place]:
    """Ground for a town, over both databases in turn."""
    directory = tmp_path / "town"
    directory.mkdir()
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), directory / "hub.db")
        yield Place(directory, f"sqlite:///{directory / 'hub.db'}", redis_url, HandClock())
        return
    postgres = request.getfixturevalue("postgres")
    name = postgres.create(request.getfixturevalue("migrated_postgres"))
    yield Place(directory, postgres.url(name), redis_url, HandClock())
    postgres.drop(name)


@pytest.fixture
async def settle(place: Place) -> AsyncIterator[Callable[[Cast], Awaitable[Town]]]:
    """Builds a town of this cast."""
    built: list[Town] = []

    async def open_town(cast: Cast) -> Town:
        built.append(await Town.open(cast, place))
        return built[-1]

    yield open_town
    for town in built:
        await town.aclose()


@pytest.fixture
async def town(settle: Callable[[Cast], Awaitable[Town]]) -> Town:
    """Twenty people in Baota, five beyond it; SMS and voice."""
    return await settle(Cast())
