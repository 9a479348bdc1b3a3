"""The one transaction that starts a send: order, shards and stage together or not at all."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.authority import Authorization
from hub.alert.alert import Area
from hub.clock import to_ms
from hub.dossier import frozen
from hub.dossier.signature_progress import answer_of
from hub.errors import Conflict, Forbidden, NotFound
from hub.formats.cap.write import write
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.records import audit
from hub.store.register import recipients
from hub.store.schema import forms, shards
from hub.transaction import Tx
from targeting.audience import Circle
from targeting.recipient import Recipient
from tests.stories.town import BAOTA, BRIDGE, HILLS, Cast, Town
from tests.stories.warnings import alert_of

BRIDGE_AT = (36.6, 109.5)


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
    assert {row.priority for row in rows} == {"orange"}


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


async def test_somebody_of_another_county_in_the_drawing_since_the_approval_is_looked_at_again(settle) -> None:
    """What the drawing concerned when it was submitted is no proof: people move."""
    town = await settle(Cast(bridge=2, river=0, hills=1, officials_of=BAOTA))
    drawn = alert_of(town.clock.now(), "valley", areas=(Area("河谷", circles=(Circle(*BRIDGE_AT, 5.0),)),))
    view = await town.prepares(write(drawn), channels=("sms",))
    guest = Recipient("hills-0", HILLS, "zh", *BRIDGE_AT, addresses={"sms": town.phones["hills-0"]})
    now = to_ms(town.clock.now())
    await town.hub.db.write(lambda connection: recipients.upsert(connection, town.hub.vault, [guest], now))
    with pytest.raises(Forbidden) as refused:
        await town.releases(view)
    assert refused.value.rule == "LAW-18"
    assert await shard_rows(town) == []


async def test_an_authorization_releases_the_warning_it_was_given_for_and_no_other(town: Town) -> None:
    one, other = await town.prepares(channels=("sms",)), await town.prepares(channels=("sms",))

    def release(connection: Connection) -> None:
        hub = town.hub
        dossiers = [frozen.load(connection, alerts.get(connection, each.id)) for each in (one, other)]
        granted = answer_of(hub.policy, hub.releases.lending.is_upheld(connection, dossiers[0]))
        assert isinstance(granted, Authorization)
        hub.releases.release_on(Tx(connection, to_ms(town.clock.now()), "releaser"), granted, dossiers[1])

    with pytest.raises(Conflict) as refused:
        await town.hub.db.write(release)
    assert (refused.value.rule, refused.value.place) == ("SEP-3", "digest")
    assert await shard_rows(town) == []


async def test_an_authorization_releases_nothing_that_was_changed_after_it_was_given(town: Town) -> None:
    view = await town.prepares(channels=("sms",))

    def release(connection: Connection) -> None:
        hub = town.hub
        dossier = frozen.load(connection, alerts.get(connection, view.id))
        granted = answer_of(hub.policy, hub.releases.lending.is_upheld(connection, dossier))
        assert isinstance(granted, Authorization)
        connection.execute(forms.update().values(body="all clear"))
        changed = frozen.load(connection, alerts.get(connection, view.id))
        hub.releases.release_on(Tx(connection, to_ms(town.clock.now()), "releaser"), granted, changed)

    with pytest.raises(Conflict) as refused:
        await town.hub.db.write(release)
    assert (refused.value.rule, refused.value.place) == ("SEP-3", "digest")


async def test_a_cancel_takes_what_is_queued_of_the_warning_off_the_queue_at_once(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    assert await town.hub.db.read(lambda c: campaigns.open_counts(c, flood.id)) == {"sms": (20, 5)}
    await town.cancels(flood)
    assert await town.hub.db.read(lambda c: campaigns.open_counts(c, flood.id)) == {}


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
