"""Somebody gives a row a number beyond all that can be named: the rows after it are numbered as if it were not there."""

from __future__ import annotations

import pytest

from hub.errors import RowUnreadable
from hub.evidence.rows_patrol import RowsPatrol
from hub.store.sql import numbers
from tests.stories.town import Town

FAR = 10**18


async def gives_a_far_number(town: Town, table: str, number: int) -> None:
    """SQLite goes on from the highest number there is; PostgreSQL from where its sequence stands."""
    await town.sql(f"UPDATE {table} SET id = ? WHERE id = 1", number)
    if town.hub.db.dialect != "sqlite":
        await town.sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ?)", number)


@pytest.mark.parametrize("number", [FAR, 2**62])
async def test_a_warning_after_one_of_a_far_number_can_be_named_and_goes_out(town: Town, number: int) -> None:
    await town.drafts()
    await gives_a_far_number(town, "alerts", number)
    flood, storm = [await town.warns(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    assert 0 < flood.id < storm.id < 100
    await town.rests()
    for warning in (flood, storm):
        await town.inbox("sms").expects(warning, town.people("bridge", "river"))
    await RowsPatrol(town.hub.db, town.clock).look()
    assert [text for kind, text in await town.alarms() if f"alerts/{number} does not read (id)" in text]


async def test_a_campaign_after_one_of_a_far_number_goes_out(town: Town) -> None:
    """The id of a delivery holds the number of its campaign in 32 bits."""
    await town.warns(channels=("sms",))
    await gives_a_far_number(town, "campaigns", 2**32)
    storm = await town.warns(town.cap(identifier="storm"), channels=("sms",))
    await town.dispatches()
    await town.inbox("sms").expects(storm, town.people("bridge", "river"))


async def test_without_the_bound_numbers_follow_the_far_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.drafts()
    await gives_a_far_number(town, "alerts", FAR)
    monkeypatch.setattr(numbers, "highest_id", lambda _: 2**63 - 1)
    with pytest.raises(RowUnreadable, match=f"alerts/{FAR + 1}"):
        await town.drafts(town.cap(identifier="flood"))
