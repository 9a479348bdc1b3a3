"""Twilio-shaped sends over HTTP, a durable row each, against a bare aiohttp loop to the same server in the same run."""

from __future__ import annotations

import argparse
import asyncio

import aiohttp
import uvloop

from bench.bed import Bed, bed
from bench.measure import Cost, Figure, costing, peak_mb, show

CONCURRENCY = 64


async def bare(bed_: Bed, count: int, cost: Cost) -> None:
    """What a developer writes first, at its best: pre-rendered bytes, one session, a fixed number of senders."""
    block = bed_.stage.counterparts["blocks"]["sms"]
    url = f"{block['base_url']}/2010-04-01/Accounts/{block['account']}/Messages.json"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    auth = aiohttp.encode_basic_auth(block["account"], block["auth_token"])
    headers["Authorization"] = auth
    left = iter(range(count))
    callback = "http%3A%2F%2F127.0.0.1%3A1%2Fhooks%2Fsms%3Fdelivery%3Dbare-"

    async def sender(session: aiohttp.ClientSession) -> None:
        for number in left:
            body = (
                f"To=%2B861{3_000_000_000 + number}&From=%2B861012379000&ValidityPeriod=3600"
                f"&StatusCallback={callback}{number}&Body=%E6%9A%B4%E9%9B%A8"
            ).encode()
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == 201, answer.status

    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        with costing(cost):
            await asyncio.gather(*(sender(session) for _ in range(CONCURRENCY)))


async def ours(bed_: Bed, cost: Cost) -> None:
    """The hub's own dispatch: lease, verified order, durable intents, sends, durable outcomes."""
    await bed_.release()
    tickets = await bed_.tickets()
    with costing(cost):
        await bed_.dispatch(tickets)


async def main(count: int) -> list[Figure]:
    limit, hub = Cost(), Cost()
    async with bed({"sms.loss": 1.0}) as bed_:
        await bed_.populate(count)
        await bare(bed_, count // 4, Cost())  # warm-up of the other end
        for contender in ("bare", "ours", "ours", "bare"):  # A B B A: drift of the machine cancels out
            if contender == "bare":
                await bare(bed_, count, limit)
            else:
                await ours(bed_, hub)
    bare_rate, rate = 2 * count / limit.wall_s, 2 * count / hub.wall_s
    per_100k = 100_000 / (2 * count)
    return [
        Figure("bare aiohttp loop", bare_rate, "1/s", None, None, count, limit.cpu_s * per_100k, None),
        Figure(
            "sms over http, durable row each",
            rate,
            "1/s",
            bare_rate,
            rate / bare_rate,
            count,
            hub.cpu_s * per_100k,
            peak_mb(),
        ),
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recipients", type=int, default=20_000)
    arguments.add_argument("--json", action="store_true")
    show(uvloop.run(main(arguments.parse_args().recipients)))
