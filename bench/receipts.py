"""Signed receipts over HTTP, durable before their 2xx, against a bare handler that only checks the signature."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlencode, urlsplit

import psutil
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from bench.bed import Bed, bed
from bench.measure import Cost, Figure, costing, show
from channels.counterparts.twilio import ACCOUNT, AUTH_TOKEN
from hub.crypto.delivery_ids import DeliveryIds
from hub.local.demo.stage import free_port
from hub.store.delivery import campaigns
from hub.store.schema import deliveries

CONNECTIONS = 256


class Poster(asyncio.Protocol):
    """One connection that posts prepared requests one after the other: the lightest client there is."""

    def __init__(self, requests: list[bytes], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._done = done
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        # A short answer comes in one piece; anything but a 2xx would spoil the figure, so it ends the run.
        if not data.startswith(b"HTTP/1.1 2"):
            self._done.set_exception(RuntimeError(data[:200].decode("latin-1")))
            return
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("closed in the middle"))

    def _next(self) -> None:
        assert self._transport is not None
        if self._requests:
            self._transport.write(self._requests.pop())
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()


async def post_all(base: str, requests: Sequence[bytes], cost: Cost) -> None:
    """Posts everything over a fixed number of connections."""
    at = urlsplit(base)
    loop = asyncio.get_running_loop()
    parts = [list(requests[number::CONNECTIONS]) for number in range(CONNECTIONS)]
    waits = [loop.create_future() for _ in parts]
    with costing(cost):
        for part, done in zip(parts, waits, strict=True):
            await loop.create_connection(lambda p=part, d=done: Poster(p, d), at.hostname, at.port)  # type: ignore[misc]
        await asyncio.gather(*waits)


def prepared(base: str, ids: DeliveryIds, campaign: int, people: range) -> list[bytes]:
    """Twilio's delivered callbacks for these recipients, signed."""
    validator = RequestValidator(AUTH_TOKEN)
    requests = []
    for number, delivery in zip(people, ids.many("sms", campaign, people), strict=True):
        path = f"/hooks/sms?attempt=1&delivery={delivery}"
        fields = {
            "AccountSid": ACCOUNT,
            "MessageSid": f"SM{number:032x}",
            "MessageStatus": "delivered",
            "To": f"+861{3_000_000_000 + number}",
        }
        signature = validator.compute_signature(base + path, fields)
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


@contextlib.asynccontextmanager
async def receiver(bed_: Bed) -> AsyncIterator[str]:
    """The bare handler, in a process of its own."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.receiver",
        base,
        str(port),
        env={**os.environ, **bed_.stage.environ},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield base
    finally:
        process.kill()
        await process.wait()


async def main(count: int) -> list[Figure]:
    bare, ours = Cost(), Cost()
    async with bed({"sms.loss": 1.0}, workers=0) as bed_, receiver(bed_) as base:
        await bed_.populate(count)
        alert = await bed_.release()
        await bed_.dispatch(await bed_.tickets())
        campaign = (await bed_.hub.db.read(lambda connection: campaigns.find(connection, alert)))["sms"].id
        ids = bed_.hub.delivery_ids
        await bed_.stage.start_hub()
        server = psutil.Process(bed_.stage.supervisor.pid("serve"))
        await post_all(base, prepared(base, ids, campaign, range(1, count // 4)), Cost())
        await post_all(base, prepared(base, ids, campaign, range(1, count + 1)), bare)
        url = bed_.stage.settings.public_url
        before = server.cpu_times()
        await post_all(url, prepared(url, ids, campaign, range(1, count + 1)), ours)
        after = server.cpu_times()
        await post_all(base, prepared(base, ids, campaign, range(1, count + 1)), bare)
        delivered = await bed_.hub.db.read(
            lambda c: c.execute(select(func.count()).where(deliveries.c.state == 60)).scalar()
        )
        assert delivered == count, f"{delivered} of {count} receipts are in the database"
        peak = server.memory_info().rss / 2**20
    cpu = (after.user + after.system) - (before.user + before.system)
    limit, rate = 2 * count / bare.wall_s, count / ours.wall_s
    return [
        Figure("bare handler, signature checked", limit, "1/s", None, None, count),
        Figure("receipts, durable before 2xx", rate, "1/s", limit, rate / limit, count, cpu * 100_000 / count, peak),
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--receipts", type=int, default=30_000)
    arguments.add_argument("--json", action="store_true")
    show(asyncio.run(main(arguments.parse_args().receipts)))
