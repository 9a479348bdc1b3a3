"""Fixtures that build towns: over SQLite and over PostgreSQL, each with a database and a clock of its own."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, redis_url: str) -> Place:
    """Ground for a town, over both databases in turn."""
    directory = tmp_path / "town"
    directory.mkdir()
    if request.param == "postgres":
        return Place(directory, request.getfixturevalue("postgres_url"), redis_url, HandClock())
    file = directory / "hub.db"  # where a hub looks for it
    shutil.copyfile(request.getfixturevalue("_sqlite_template"), file)
    return Place(directory, f"sqlite:///{file}", redis_url, HandClock())


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
