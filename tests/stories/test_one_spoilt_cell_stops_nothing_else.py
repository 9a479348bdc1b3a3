"""A row that does not read stops nothing but itself: one cell after another is spoilt, and everything else goes on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import Mock

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Connection, Table, select
from sqlalchemy.exc import DBAPIError

from approvals.official import Right
from hub.alert.views import AlertView
from hub.callout import kinds, sweep
from hub.evidence.rows_patrol import RowsPatrol
from hub.store import schema
from hub.store.records import alarms
from hub.store.sql.times import is_time
from tests.stories.duty import Duty
from tests.stories.test_the_office import hurried
from tests.stories.town import BAOTA, BRIDGE, CITY, ZHIDAN, Cast, Town

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
JUNK = ("x", b"\xff\x00", -1, 2.5)  #: a word, bytes, a number before all times, a fraction
TABLES = (
    schema.alerts,
    schema.orders,
    schema.campaigns,
    schema.shards,
    schema.units,
    schema.officials,
    schema.duties,
    schema.referrals,
    schema.countersignatures,
    schema.admin_requests,
)
#: another warning goes the whole way for every column, or for every so many of a table
LONG, WALKED = os.environ.get("FENGHUO_FAULTS") == "long", 4
REFUSED = object()  #: given where the database keeps no such value in the column
LISTS = {
    "monitor": ("/alerts", "/duties", "/referrals", "/calls", "/delegations"),
    "first": ("/officials", "/units", "/admin/requests"),
}
#: how many cells the story spoils at least for each column that is no key (a column of texts makes texts of numbers):
#: fewer means that it has lost its reach
LEAST = {"sqlite": 2, "postgresql": 1}


@dataclass
class Scene:
    """An office with a row in every table; `patrol` is a maintainer's."""

    duty: Duty
    patrol: RowsPatrol
    standing: int  #: a warning in force of which nothing is spoilt
    ends: bool = False  #: whether what goes the whole way is lifted in the end

    @property
    def town(self) -> Town:
        return self.duty.town


@pytest.fixture
async def scene(settle, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A warning referred, one that owes a countersignature, a request of administration, and who is on duty."""
    for module in (kinds, sweep):  # what they log is drawn with every local there is, which takes minutes
        monkeypatch.setattr(module, "log", Mock())
    duty = Duty(await settle(OFFICE))
    town = duty.town
    await duty.rosters(duty.line("reviewer"), duty.line("signer", order=2))
    for name in ("first", "other"):
        await duty.appoints(name, "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await duty.appoints("above", "city office", CITY, Right.DRAFT, Right.SIGN, kind="meteorological")
    await duty.appoints("guest", "guest office", ZHIDAN, Right.DRAFT, kind="meteorological")
    given = {"name": "新人", "unit": "office", "area": "", "kind": "", "office": "", "rights": ["review"]}
    await town.hub.administration.propose(town.officials["first"], "official-enrol", given)
    view = await hurried(town)
    await town.releases(await town.decides(view, "second", "sign"))
    draft = await town.drafts()
    await town.hub.referrals.refer(town.officials["author"], draft.id, "险情可能扩大", "city office")
    standing = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _reaches_everybody(town, standing)
    return Scene(duty, RowsPatrol(town.hub.db, town.clock), standing.id)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_a_spoilt_cell_costs_its_own_row_and_nothing_else(scene: Scene, table: Table) -> None:
    spoilt: Counter[str] = Counter()
    scene.ends = table in (schema.alerts, schema.orders)  # an all-clear looks at what else is in force
    in_force: set[int] = set()
    for column in table.columns:
        if table in (schema.shards, schema.campaigns) or not in_force:
            victim = await scene.town.warns(scene.town.cap(BRIDGE), channels=("sms",))
        key = await _key_of(scene.town, table, victim)
        in_force = set() if _is_its_order(column) else {victim.id}
        await _is_read(scene, {victim.id})
        for junk in JUNK[:2] if column.primary_key else JUNK:  # another number would be another row
            async with _spoils(scene.town, column, key, junk) as kept:
                if kept is REFUSED:
                    continue
                spoilt[column.name] += 1
                await _is_read(scene, in_force, column.name, junk)
                if _is_wrong(column, kept):
                    await _is_told_of(scene, table)
                if spoilt[column.name] == 1:
                    if len(spoilt) == 1:
                        await _answers(scene)
                    if LONG or len(spoilt) % WALKED == 1:
                        await _goes_on(scene)
        scene.town.clock.advance(61)
        if in_force:
            await _reaches_everybody(scene.town, victim)  # what was set aside is not lost
    others = [column for column in table.columns if not (column.primary_key or isinstance(column.type, Boolean))]
    assert spoilt.total() >= LEAST[scene.town.hub.db.dialect] * len(others), spoilt


async def _goes_on(scene: Scene) -> None:
    """Another warning goes the whole way to the people, and officials are called about it."""
    town = scene.town
    brief = town.cap(BRIDGE, lasts=timedelta(minutes=10))
    submitted = await town.submits(await town.drafts(brief, channels=("sms",)))
    await scene.duty.rounds()
    opened = {each.subject for each in await town.hub.calls.list_matters(only_open=True)}
    assert f"alert/{submitted.id}" in opened
    released = await town.releases(await town.approves(submitted))
    await _reaches_everybody(town, released)
    if scene.ends and LONG:
        await town.cancels(released)


async def _reaches_everybody(town: Town, warning: AlertView) -> None:
    await town.sweeps()
    await town.dispatches()
    await town.inbox("sms").expects(warning, town.people("bridge"))


async def _is_read(scene: Scene, victims: set[int], *told: object) -> None:
    """What officials list, and what everybody is shown."""
    hub = scene.town.hub
    assert len((await hub.alerts.page(scene.standing + 1, 2, None)).items) == 2
    for listed in (
        hub.transactions.read(hub.duties.list_duties),
        hub.referrals.list_referrals(None),
        hub.administration.list_requests(),
    ):
        await listed
    public = {each.id for each in await hub.alerts.public(100)}
    assert public >= {scene.standing, *victims}, ("what was signed is in force, whatever became of its row", *told)


async def _answers(scene: Scene) -> None:
    for who, paths in LISTS.items():
        for path in paths:
            status, told = await scene.duty.asks(who, "GET", path)
            assert status == 200, (path, told)


async def _is_told_of(scene: Scene, table: Table) -> None:
    await scene.patrol.look()
    rows = await scene.town.hub.db.read(alarms.recent)
    about = {row.subject for row in rows if row.kind == "row-unreadable"}
    assert any(subject.startswith(f"{table.name}/") for subject in about), about


async def _key_of(town: Town, table: Table, victim: AlertView) -> object:
    """The primary key of the row that is spoilt."""
    where = {
        schema.alerts: schema.alerts.c.id == victim.id,
        schema.orders: schema.orders.c.alert == victim.id,
        schema.campaigns: schema.campaigns.c.alert == victim.id,
        schema.shards: schema.shards.c.campaign.in_(
            select(schema.campaigns.c.id).where(schema.campaigns.c.alert == victim.id)
        ),
        schema.units: schema.units.c.name == "guest office",
        schema.officials: schema.officials.c.name == "guest",
    }
    (key,) = table.primary_key
    query = select(key).where(*([where[table]] if table in where else []))
    return await town.hub.db.read(lambda connection: connection.execute(query.limit(1)).scalar_one())


@asynccontextmanager
async def _spoils(town: Town, column: Column, key: object, junk: object) -> AsyncIterator[object]:
    """The cell holds junk inside; REFUSED is given where the database does not keep it so. What was there is there
    again afterwards.
    """
    table, (primary,) = column.table.name, column.table.primary_key
    find = f"SELECT {column.name} FROM {table} WHERE {primary.name} = ?"

    async def read(row: object) -> object:
        def work(connection: Connection) -> object:
            text = find if connection.dialect.name == "sqlite" else find.replace("?", "%s")
            return connection.exec_driver_sql(text, (row,)).scalar_one()

        return await town.hub.db.read(work)

    before = await read(key)
    set_cell = f"UPDATE {table} SET {column.name} = ? WHERE {primary.name} = ?"
    try:
        await town.sql(set_cell, junk, key)
    except DBAPIError:
        yield REFUSED
        return
    now = junk if column is primary else key
    kept = await read(now)
    yield kept if kept == junk else REFUSED  # PostgreSQL rounds
    await town.sql(set_cell, before, now)


def _is_its_order(column: Column) -> bool:
    """Whether nothing but this cell proves that the warning was released."""
    return column in (schema.orders.c.alert, schema.orders.c.jws, schema.alerts.c.id)


def _is_wrong(column: Column, kept: object) -> bool:
    """Whether no value of the column's type is such."""
    if isinstance(column.type, Boolean):
        return kept not in (0, 1)
    wanted = column.type.python_type
    moment = isinstance(column.type, BigInteger) and column.name.endswith("_at")
    return not isinstance(kept, wanted) or (moment and not is_time(kept))
