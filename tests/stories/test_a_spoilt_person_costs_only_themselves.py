"""The row of one person of the register does not read: everybody else of the shard is told, and it is an alarm."""

from __future__ import annotations

import numpy as np
import pytest

from hub.crypto.vault import Vault, VaultRefused
from hub.store.register import recipients, shared
from hub.store.sql.rows import ALARM
from tests.stories.town import Cast, Town

#: what somebody writes into the row of one of them, and whether that person can still be told
SPOILT = {
    "what no key opens": ("sealed", b"\x00" * 40, False),
    "no bytes at all": ("sealed", b"", False),
    "a word for what is sealed": ("sealed", "x", False),
    "a language that is no word": ("language", b"\xff\x00", True),
    "marks that are none": ("marks", b"", True),
    "columns that are no word": ("address_columns", b"\xff", True),
}


async def spoils(town: Town, name: str, how: str) -> bool:
    """Whether that person can still be told."""
    column, junk, told = SPOILT[how]
    if town.hub.db.dialect != "sqlite" and (isinstance(junk, str) or column not in {"sealed", "marks"}):
        pytest.skip("PostgreSQL keeps no such value in the column")
    await town.sql(f"UPDATE recipients SET {column} = ? WHERE id = ?", junk, town.ids[name])
    return told


@pytest.mark.parametrize("how", SPOILT)
async def test_one_spoilt_row_costs_its_person_alone_and_is_named(town: Town, how: str) -> None:
    flood = await town.warns(channels=("sms",))
    told = await spoils(town, "bridge-3", how)
    await town.rests()
    everybody = town.people("bridge", "river")
    await town.inbox("sms").expects(flood, everybody if told else everybody - {"bridge-3"})
    rows = [text for kind, text in await town.alarms() if kind == ALARM]
    if SPOILT[how][0] in ("sealed", "language"):
        assert len(rows) == 1
        assert f"recipients/{town.ids['bridge-3']} does not read ({SPOILT[how][0]})" in rows[0]


@pytest.mark.parametrize("how", SPOILT)
async def test_one_spoilt_row_stops_no_release(settle, how: str) -> None:
    """People who share a number are compared when a warning is cut."""
    town = await settle(Cast(bridge=3, river=0, hills=0))
    await spoils(town, "bridge-1", how)
    every = await town.hub.db.read(recipients.everyone)
    await town.hub.db.write(lambda connection: shared.note(connection, np.array(every, dtype=np.uint32)))
    flood = await town.warns(channels=("sms",))
    await town.rests()
    assert {"bridge-0", "bridge-2"} <= set(await town.inbox("sms").got(flood))


async def test_without_setting_it_aside_one_row_stalls_the_whole_shard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.warns(channels=("sms",))
    await spoils(town, "bridge-3", "what no key opens")
    monkeypatch.setattr(Vault, "try_open", Vault.open)
    with pytest.raises(ExceptionGroup) as failed:
        await town.dispatches()
    assert failed.group_contains(VaultRefused)
    assert set(await town.inbox("sms").got(flood)) < town.people("bridge", "river") - {"bridge-3"}


async def test_an_endpoint_that_does_not_read_costs_itself_alone_and_is_named(settle) -> None:
    town = await settle(Cast(channels=("wecom",), robots=3))
    await town.sql("UPDATE endpoints SET sealed = ? WHERE id = 1", b"\x00" * 40)
    flood = await town.warns(channels=("wecom",))
    await town.rests()
    states = await town.states(flood, "wecom")  # by the names that people of these numbers have
    assert sorted(states.values()) == ["ACCEPTED", "ACCEPTED", "FAILED"]
    assert any("endpoints/1 does not read (sealed)" in text for kind, text in await town.alarms() if kind == ALARM)
