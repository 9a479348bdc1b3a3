"""While a submission holds the write lock, nothing is rendered, selected or intersected: nobody's write waits for that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub.alert.alert import Area
from hub.audience import jurisdiction, partition, select
from hub.signoff import forms
from hub.signoff.submit import Submission
from hub.store.sql.database import Database
from targeting.audience import Circle
from templates.catalog import Catalog
from tests.stories.town import Town

WRITER = "store-write"  #: the thread of the writer, which runs every work with the write lock held
WORK = {
    "render": (Catalog, "render"),
    "compose": (forms, "compose"),
    "select": (select, "select"),
    "select a part": (partition, "select"),
    "select anew": (jurisdiction, "target"),
    "intersect": (jurisdiction, "regions_covered"),
}


@dataclass
class Heard:
    """What was worked at, and in which thread."""

    calls: list[tuple[str, str]] = field(default_factory=list)

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, (owner, attribute) in WORK.items():
            monkeypatch.setattr(owner, attribute, self._hearing(name, getattr(owner, attribute)))

    def _hearing(self, name: str, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def heard(*given: Any, **named: Any) -> Any:
            self.calls.append((name, threading.current_thread().name))
            return genuine(*given, **named)

        return heard

    @property
    def done(self) -> set[str]:
        return {name for name, _ in self.calls}

    @property
    def under_lock(self) -> set[str]:
        return {name for name, thread in self.calls if thread == WRITER}


class OneTransaction:
    """The database of a hub that judges where it writes."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def read(self, work: Any, **_: Any) -> Any:
        return await self.db.write(work)

    async def write(self, work: Any) -> Any:
        return await self.db.write(work)


async def hears(town: Town, submission: Submission, monkeypatch: pytest.MonkeyPatch) -> Heard:
    """What the submission of a warning for a place that is drawn works at."""
    area = Area("here", circles=(Circle(36.6, 109.5, 3.0),))
    draft = await town.drafts(town.cap(areas=(area,)))
    heard = Heard()
    with monkeypatch.context() as patched:
        heard.listen(patched)
        assert (await submission.submit(town.officials["author"], draft.id, draft.version)).stage == "submitted"
    return heard


async def test_nothing_is_rendered_selected_or_intersected_under_the_write_lock(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = await hears(town, town.hub.submission, monkeypatch)
    assert heard.done >= WORK.keys() - {"select a part"}  # which is for warnings of several areas
    assert heard.under_lock == set()


async def test_a_submission_that_judges_where_it_writes_is_heard(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    submission = replace(
        town.hub.submission, transactions=replace(town.hub.transactions, db=OneTransaction(town.hub.db))
    )
    heard = await hears(town, submission, monkeypatch)
    assert heard.under_lock == heard.done != set()
