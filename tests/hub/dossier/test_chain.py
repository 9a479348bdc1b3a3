"""Who may hold a message of a chain: set algebra that may be run again at any time."""

from __future__ import annotations

import pytest

from channels.message import MAY_HAVE_REACHED, DeliveryState
from hub.dossier import chain
from hub.store.alerts import alerts
from tests.stories.town import Town


async def in_state(town: Town, flood, name: str, state: DeliveryState) -> None:
    await town.sql("UPDATE deliveries SET state = ? WHERE recipient = ?", int(state), town.ids[name])
    assert (await town.states(flood, "sms"))[name] == state.name


@pytest.mark.parametrize("state", list(DeliveryState))
async def test_whoever_may_hold_the_message_counts_as_reached_and_nobody_else(town: Town, state) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await in_state(town, flood, "bridge-0", state)
    reached = await town.hub.db.read(lambda connection: chain.maybe_reached(connection, flood.id))
    assert (town.ids["bridge-0"] in reached["sms"]) == (state in MAY_HAVE_REACHED)


async def test_a_follow_run_again_adds_nobody(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    lifted = await town.cancels(flood)

    def again(connection):
        row = alerts.get(connection, lifted.id)
        return chain.cuts(connection, row, ("sms",), chain.FollowUp("red", 5))

    assert await town.hub.db.read(again) == []


async def test_a_first_message_follows_nobody(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    row = await town.hub.db.read(lambda connection: alerts.get(connection, flood.id))
    assert await town.hub.db.read(lambda connection: chain.earlier_of(connection, row)) == []


async def test_persons_are_counted_once_over_their_channels(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns()
    await town.rests()
    town.clock.advance(61)
    await town.rests()
    lifted = await town.cancels(flood)
    assert lifted.targeted == 20
    row = await town.hub.db.read(lambda connection: alerts.get(connection, lifted.id))
    reached = await town.hub.db.read(lambda connection: chain.chain_reached(connection, row))
    assert town.ids["bridge-0"] in reached["sms"] & reached["voice"]
