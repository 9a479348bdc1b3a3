"""Regions, the index of people, services and partners: one spoilt row of them costs what needs it, and nothing else."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from approvals.official import Right
from hub.callout import kinds, sweep
from hub.errors import Invalid, RowUnreadable
from hub.evidence.rows_patrol import RowsPatrol
from hub.store.access import services as service_store
from hub.store.records import alarms
from hub.store.register import bitmaps, regions, shared
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, RIVER, Cast, Town

OFFICE = Cast(bridge=2, river=1, hills=0, officials_of=BAOTA)
#: cells that either database keeps
SPOILT = {
    "regions.outline": ("UPDATE regions SET outline = ? WHERE name = '河镇'", b"\x00"),
    "bitmaps.bits": (f"UPDATE bitmaps SET bits = ? WHERE kind = 'region' AND key = '{RIVER}'", b"\x00"),
    "bitmaps.shared": ("INSERT INTO bitmaps (kind, key, block, bits) VALUES ('shared', '', 0, ?)", b"\x00"),
}
#: cells that SQLite alone keeps
ODD = {
    "regions.parent": ("UPDATE regions SET parent = ? WHERE name = '河镇'", "zz"),
    "regions.name": ("UPDATE regions SET name = ? WHERE name = '河镇'", b"\xff\xfe"),
    "regions.name, no text": ("UPDATE regions SET name = CAST(? AS TEXT) WHERE name = '河镇'", b"\xff\xfe"),
    "regions.level": ("UPDATE regions SET level = ? WHERE name = '河镇'", "x"),
}


async def spoils(town: Town, what: str) -> None:
    if what in ODD and town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no such value in the column")
    statement, junk = {**SPOILT, **ODD}[what]
    await town.sql(statement, junk)


async def told_of(town: Town) -> set[str]:
    await RowsPatrol(town.hub.db, town.clock).look()
    rows = await town.hub.db.read(alarms.recent)
    return {row.subject.partition("/")[0] for row in rows if row.kind == "row-unreadable"}


@pytest.mark.parametrize("what", [*SPOILT, *ODD])
async def test_a_spoilt_row_stops_no_warning_of_another_place_and_is_named(settle, what: str) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(RIVER), channels=("sms",))
    await spoils(town, what)
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge"))
    assert await told_of(town) == {what.partition(".")[0]}


async def test_who_needs_a_set_of_people_that_does_not_read_is_told_which(settle) -> None:
    """Nobody knows who is in it: a warning must not pass them over in silence."""
    town = await settle(OFFICE)
    await spoils(town, "bitmaps.bits")
    with pytest.raises(RowUnreadable, match=f"bitmaps/region/{RIVER} does not read"):
        await town.warns(town.cap(RIVER), channels=("sms",))


async def test_without_naming_it_a_spoilt_set_is_an_error_of_the_hub(settle, monkeypatch: pytest.MonkeyPatch) -> None:
    town = await settle(OFFICE)
    await spoils(town, "bitmaps.bits")
    monkeypatch.setattr(bitmaps, "FAULTS", ())
    with pytest.raises(ValueError, match="deserialize"):
        await town.warns(town.cap(RIVER), channels=("sms",))


async def test_without_a_way_around_it_who_shares_a_number_stops_every_warning(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await settle(OFFICE)
    await spoils(town, "bitmaps.shared")
    monkeypatch.setattr(shared, "RowUnreadable", Invalid)
    with pytest.raises(RowUnreadable):
        await town.warns(town.cap(BRIDGE), channels=("sms",))


async def test_an_outline_that_is_none_is_as_good_as_none(settle) -> None:
    town = await settle(OFFICE)
    await spoils(town, "regions.outline")
    assert await town.hub.db.read(lambda connection: regions.outline(connection, RIVER)) is None
    assert await town.hub.db.read(lambda connection: regions.outlines(connection, (RIVER, BRIDGE))) == {}


async def test_a_service_of_no_scope_lets_nobody_in_and_keeps_no_other_out(town: Town) -> None:
    columns = "(name, unit, token_hash, scopes, active, created_at, expires_at)"
    for name, scopes in (("one", "x"), ("two", "")):
        values = (name, "office", name * 20, scopes, True, 1, 2)
        await town.sql(f"INSERT INTO services {columns} VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
    assert [each.name for each in await town.hub.db.read(service_store.everything)] == ["two"]
    assert len(await town.hub.db.read(service_store.tokens)) == 1
    assert await told_of(town) == {"services"}


@pytest.mark.parametrize("cell", ["matters.subject", "matters.unit", "calls.detail", "duties.note"])
async def test_bytes_that_are_no_text_cost_their_own_row_of_a_list(settle, cell: str, monkeypatch) -> None:
    for module in (kinds, sweep):  # what they log is drawn with every local there is, which takes minutes
        monkeypatch.setattr(module, "log", Mock())
    duty = Duty(await settle(OFFICE))
    if duty.town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL keeps no such value in the column")
    await duty.rosters(duty.line("reviewer"))
    await duty.appoints("first", "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await duty.town.warns(duty.town.cap(BRIDGE), channels=("sms",))
    await duty.town.submits(await duty.town.drafts(duty.town.cap(BRIDGE), channels=("sms",)))
    await duty.rounds()
    table, _, column = cell.partition(".")
    await duty.town.sql(f"UPDATE {table} SET {column} = CAST(? AS TEXT) WHERE id = 1", b"\xff\xfe")
    for path in ("/calls", "/duties", "/alerts"):
        assert (await duty.asks("monitor", "GET", path))[0] == 200
    assert table in await told_of(duty.town)
