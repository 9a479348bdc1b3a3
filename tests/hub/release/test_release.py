"""The one transaction that starts a send: order, shards and stage together or not at all."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from pyroaring import BitMap

from hub.errors import Conflict, NotFound
from hub.store import alerts, audit
from hub.store.schema import shards
from tests.stories.town import BRIDGE, Cast, Town


async def shard_rows(town: Town) -> list:
    return await town.hub.db.read(lambda connection: connection.execute(shards.select().order_by(shards.c.id)).all())


async def test_everyone_is_in_one_shard_per_channel_and_the_most_endangered_come_first(town: Town) -> None:
    await town.warns(channels=("sms",))
    rows = await shard_rows(town)
    sets = [BitMap.deserialize(row.recipients) for row in rows]
    assert all(not one & other for one, other in pairwise(sets))
    assert {town.names[number] for number in sets[0]} == {"bridge-1", "river-1"}
    assert sum(row.size for row in rows) == 20
    assert max(row.size for row in rows) == 5
    assert {row.lane for row in rows} == {"orange"}


async def test_the_second_step_of_a_ladder_starts_with_those_who_lack_the_first_channel(settle) -> None:
    town = await settle(Cast(bridge=3, river=0))
    await town.moves("bridge-0", BRIDGE, without="sms")
    flood = await town.warns()
    covered = {channel: each.covered for channel, each in (await town.campaigns(flood)).items()}
    assert {town.names[number] for number in covered["voice"]} == {"bridge-0"}
    assert {town.names[number] for number in covered["sms"]} == {"bridge-1", "bridge-2"}


async def test_released_at_the_same_moment_by_two_it_is_released_once(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    answers = await asyncio.gather(town.releases(view), town.releases(view), return_exceptions=True)
    assert sorted(isinstance(answer, Conflict) for answer in answers) == [False, True]
    await town.rests()
    await town.inbox("sms").expects(view, town.people("bridge", "river"))


async def test_what_was_released_is_not_released_again(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "stage"


async def test_an_alert_that_ended_while_it_waited_is_not_released(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    town.clock.advance(6 * 3600)
    with pytest.raises(Conflict) as refused:
        await town.releases(view)
    assert refused.value.rule == "X21"
    assert await shard_rows(town) == []


async def test_a_fault_in_the_middle_leaves_neither_order_nor_shards_nor_stage(town: Town, monkeypatch) -> None:
    view = await town.prepares(channels=("sms",))

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append", broken)
        with pytest.raises(ZeroDivisionError):
            await town.releases(view)
    assert (await town.hub.alerts.get(view.id)).stage == "approved"
    assert await shard_rows(town) == []
    assert await town.hub.db.read(lambda connection: alerts.find_order(connection, view.id)) is None


async def test_people_who_came_to_the_area_after_the_approval_are_warned_too(town: Town) -> None:
    view = await town.prepares(town.cap(BRIDGE), channels=("sms",))
    await town.moves("hills-0", BRIDGE)
    flood = await town.releases(view)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge") | {"hills-0"})


async def test_an_order_covers_the_selected_and_no_one_else(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, flood.id))
    assert {town.names[number] for number in kept.audience} == town.people("bridge")


async def test_a_release_of_what_does_not_exist_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.hub.releases.release(town.officials["releaser"], 4711, "x")
