"""kill -9 of the worker while it calls an official, judged by the other end: it goes on, and calls nobody twice."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta

import aiohttp
import orjson

from bench.bed import Bed, bed, warning
from channels.message import DeliveryState
from hub.alert.views import PlanRequest
from hub.formats.cap.write import write
from hub.store.alerts import calls
from hub.store.alerts.calls import CallRow

WITHIN_S = 150
NUMBER = "+8613900001234"  #: one of those that the other end counts as an official's


async def test_kill_nine_in_the_middle_of_a_call_costs_no_further_call_and_none_twice() -> None:
    async with bed({"sms.latency_s": 1.0}) as bed_:
        await bed_.populate(2)
        now = bed_.hub.clock.now()
        shift = {"from": now.isoformat(), "until": (now + timedelta(hours=8)).isoformat()}
        await bed_.hub.transactions.write(
            "machine",
            lambda tx: bed_.hub.roster.put(tx, None, {"official": bed_.staff[1].name, "sms": NUMBER, **shift}),
        )
        await bed_.stage.start_hub()
        async with asyncio.timeout(WITHIN_S):
            await _submit(bed_, 1)
            while not any(call.state == DeliveryState.INFLIGHT for call in await _calls(bed_, 1)):
                await asyncio.sleep(0.01)
            pid = bed_.stage.supervisor.pid("worker-1")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await _submit(bed_, 2)
            while not any(call.state >= DeliveryState.ACCEPTED for call in await _calls(bed_, 2)):
                await asyncio.sleep(0.05)
            first, second = await _calls(bed_, 1), await _calls(bed_, 2)
            taken = await _counted(bed_)
    assert [(call.attempt, call.channel) for call in first] == [(1, "sms")], "its repeat is minutes away"
    assert [(call.attempt, call.channel) for call in second] == [(1, "sms")]
    assert 1 <= taken <= 2


async def _submit(bed_: Bed, number: int) -> None:
    plan = PlanRequest(channels=("sms",))
    view = await bed_.hub.drafting.create(bed_.staff[0], write(warning(f"called-{number}")), plan)
    await bed_.hub.submission.submit(bed_.staff[0], view.id, view.version)


async def _calls(bed_: Bed, matter: int) -> list[CallRow]:
    return list(await bed_.hub.db.read(lambda connection: calls.calls_about(connection, matter)))


async def _counted(bed_: Bed) -> int:
    """How many calls the provider took for officials."""
    at = bed_.stage.counterparts
    headers = {"Authorization": f"Bearer {at['token']}"}
    async with aiohttp.ClientSession(headers=headers) as client, client.get(f"{at['control']}/counterparts") as answer:
        return int(orjson.loads(await answer.read())["sms"]["counts"]["officials"])
