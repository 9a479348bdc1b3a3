"""kill -9 of a worker at random moments, judged by the other end: nobody lost, few doubled."""

from __future__ import annotations

import asyncio
import os
import random
import signal

import aiohttp
import pytest
from sqlalchemy import func, select

from bench.bed import Bed, bed
from channels.message import DeliveryState
from hub.store.delivery import campaigns
from hub.store.schema import deliveries

LONG = os.environ.get("FENGHUO_FAULTS") == "long"
PEOPLE = 20_000 if LONG else 2_000
KILLS = 20 if LONG else 3
WITHIN_S = 900 if LONG else 150
SETTINGS = {
    "FENGHUO_DISPATCH__LEASE_S": "7",  # short, so that the sweep comes soon; still longer than a driver waits
    **{
        f"FENGHUO_CHANNEL_{channel}__TIMEOUT_S": "2"
        for channel in ("SMS", "VOICE", "WECOM", "EMAIL", "BROADCAST", "PARTNERS")
    },
    "FENGHUO_DISPATCH__RECONCILE_AFTER_S": "2",
    "FENGHUO_DISPATCH__SHARD_SIZE": "250",
    "FENGHUO_DISPATCH__CHUNK_SIZE": "100",
}


async def states_of(bed_: Bed, campaign: int) -> dict[int, int]:
    query = (
        select(deliveries.c.state, func.count()).where(deliveries.c.campaign == campaign).group_by(deliveries.c.state)
    )
    rows = await bed_.hub.db.read(lambda connection: connection.execute(query).all())
    return {row[0]: row[1] for row in rows}


async def received(bed_: Bed) -> dict[str, int]:
    """Every delivery id the provider took, with how often; counted by the provider."""
    at = bed_.stage.counterparts
    headers = {"Authorization": f"Bearer {at['token']}"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(f"{at['control']}/counterparts/sms/ids") as answer,
    ):
        lines = (await answer.text()).splitlines()
    pairs = [line.strip("[]").rsplit(",", 1) for line in lines]
    return {delivery.strip('"'): int(times) for delivery, times in pairs}


async def kill_the_worker(bed_: Bed, campaign: int) -> int:
    """Ends the worker between two instructions; how many messages may have been on the wire just then."""
    pid = bed_.stage.supervisor.pid("worker-1")
    if pid is None:  # it is between two lives already
        return 0
    os.kill(pid, signal.SIGKILL)
    return (await states_of(bed_, campaign)).get(DeliveryState.INFLIGHT, 0)


async def finished(bed_: Bed, campaign: int) -> bool:
    states = await states_of(bed_, campaign)
    final = sum(count for state, count in states.items() if state >= DeliveryState.FAILED)
    return final == PEOPLE


@pytest.mark.parametrize("seed", [random.SystemRandom().randrange(10**6)] if LONG else [7])
async def test_kill_nine_at_random_moments_loses_nobody_and_doubles_no_more_than_was_in_flight(seed: int) -> None:
    chance = random.Random(seed)
    async with bed({"sms.latency_s": 0.03, "sms.jitter_s": 0.02, "sms.receipt_s": 0.2}, **SETTINGS) as bed_:
        await bed_.populate(PEOPLE)
        await bed_.stage.start_hub()
        alert = await bed_.release()
        campaign = (await bed_.hub.db.read(lambda connection: campaigns.find(connection, alert)))["sms"].id
        on_the_wire = 0
        async with asyncio.timeout(WITHIN_S):
            for _ in range(KILLS):
                before = sum((await states_of(bed_, campaign)).values())
                while sum((await states_of(bed_, campaign)).values()) < min(before + 1, PEOPLE):
                    await asyncio.sleep(0.02)  # wait until this life of the worker has begun to send
                await asyncio.sleep(chance.uniform(0, 0.4))
                on_the_wire += await kill_the_worker(bed_, campaign)
            while not await finished(bed_, campaign):
                await asyncio.sleep(0.05)
        taken = await received(bed_)
    lost = set(bed_.hub.delivery_ids.many("sms", campaign, range(1, PEOPLE + 1))) - taken.keys()
    doubled = sum(times - 1 for times in taken.values())
    assert not lost, f"seed {seed}: {len(lost)} people got nothing"
    assert doubled <= on_the_wire, f"seed {seed}: {doubled} messages came twice, {on_the_wire} were in flight"
