"""A sensor's POST to the first message at the other end, to everyone of a county; every process real."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiohttp
import uvloop
from sqlalchemy import Connection

from approvals.official import Official
from bench.bed import COUNTY, TOWNSHIP, Bed, bed, warning
from bench.measure import Figure, show
from hub.access.services import PREFIX, Bearer, hashes_of
from hub.clock import to_ms
from hub.formats.cap.write import write
from hub.signoff.standing import StandingDecisionRequest
from hub.store.access import services
from hub.store.access.services import NewService, ServiceScope
from hub.store.register import recipients
from targeting.recipient import Recipient

TOKEN = PREFIX + "b" * 43
LIMIT_S = 1.0  #: the first message after the sensor's POST
POLL_S = 0.003
PATIENCE_S = 60.0
ENDANGERED_SHARE = 10  #: one of so many is elderly, and goes first


@dataclass(slots=True)
class Moments:
    """Seconds from the POST: to its answer, to the first message counted by the other end, to the last one."""

    answered: float
    first: float
    last: float


async def populate(bed_: Bed, count: int) -> None:
    """`count` people in one township, a tenth of them elderly."""
    now = to_ms(bed_.hub.clock.now())
    for start in range(0, count, 5000):
        people = [
            Recipient(
                f"p{n}",
                TOWNSHIP,
                "zh",
                groups=frozenset({"elderly"} if n % ENDANGERED_SHARE == 0 else ()),
                addresses={"sms": f"+861{3_000_000_000 + n}"},
            )
            for n in range(start, min(count, start + 5000))
        ]
        await bed_.hub.db.write(lambda c, some=people: recipients.upsert(c, bed_.hub.vault, some, now))


async def license_(bed_: Bed) -> None:
    """The sensor is known, and its paper is in force."""
    now = bed_.hub.clock.now()
    author, reviewer, *signers, _ = bed_.staff
    scopes = frozenset({ServiceScope.INGEST, ServiceScope.STANDING})
    kept = hashes_of(bed_.hub.vault, TOKEN, Bearer("sensor", author.unit, scopes))[0]
    new = NewService("sensor", author.unit, scopes, kept, to_ms(now + timedelta(days=30)))
    await bed_.hub.db.write(lambda connection: services.add(connection, new, to_ms(now)))
    paper = await bed_.hub.transactions.write(
        author.name, lambda tx: bed_.hub.standings.propose(tx, author, document(author.unit, now))
    )
    for official, step in ((reviewer, "review"), *((signer, "sign") for signer in signers)):
        if paper.state == "proposed":
            proof = await bed_.hub.db.write(partial(_proof, bed_=bed_, official=official, digest=paper.digest))
            word = StandingDecisionRequest(step, "approve", paper.digest, proof=proof)
            decide = partial(bed_.hub.standings.decide, official=official, standing=paper.id, word=word)
            paper = await bed_.hub.transactions.write(official.name, decide)
    if paper.state != "in-force":
        raise RuntimeError(f"the paper lacks {paper.wanted}")


def _proof(connection: Connection, *, bed_: Bed, official: Official, digest: str) -> str:
    proofs, now = bed_.hub.standings.proofs, to_ms(bed_.hub.clock.now())
    made = proofs.grant(connection, official=official.id, session="", digest=digest, method="bench", now_ms=now)
    return made.proof


def document(unit: str, now: datetime) -> dict[str, Any]:
    """The paper: exactly what the benchmark's warning says."""
    said = warning("x").infos[0]
    return {
        "name": "rainstorm by sensor",
        "document_no": "1",
        "grantor": unit,
        "grantee": "sensor",
        "sender": warning("x").sender,
        "events": [said.event],
        "levels": ["orange"],
        "areas": [COUNTY],
        "channels": ["sms"],
        "texts": [
            {
                "language": said.language,
                "event": said.event,
                "sender_name": said.sender_name,
                "headline": said.headline,
                "description": said.description,
                "instruction": said.instruction,
                "area": "某某县",
            }
        ],
        "longest_hours": 12,
        "most_per_hour": 60,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=100)).isoformat(),
        "review_by": (now + timedelta(days=90)).isoformat(),
        "signed": False,
    }


async def received(client: aiohttp.ClientSession, bed_: Bed) -> int:
    """What the other end of the channel has counted."""
    ends = bed_.stage.counterparts
    headers = {"Authorization": f"Bearer {ends['token']}"}
    async with client.get(f"{ends['control']}/counterparts", headers=headers) as answer:
        count: int = (await answer.json())["sms"]["counts"]["received"]
        return count


async def one(client: aiohttp.ClientSession, bed_: Bed, number: int, count: int) -> Moments:
    """One warning from the sensor; ends when the last message has arrived."""
    body = write(replace(warning(f"sensor-{number}")))
    before = await received(client, bed_)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/cap+xml"}
    start = time.perf_counter()
    posting = asyncio.create_task(post(client, f"{bed_.stage.settings.public_url}/api/v1/ingest", body, headers))
    first = 0.0
    while time.perf_counter() - start < PATIENCE_S:
        if posting.done() and posting.exception() is not None:
            await posting
        now = await received(client, bed_)
        if now > before and not first:
            first = time.perf_counter() - start
        if now >= before + count:
            answered = await posting - start
            return Moments(answered, first, time.perf_counter() - start)
        await asyncio.sleep(POLL_S if not first else 0.05)
    raise RuntimeError(f"{await received(client, bed_) - before} of {count} messages in {PATIENCE_S:.0f} s")


async def post(client: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> float:
    """The moment the answer came. Raises RuntimeError where it was not released."""
    async with client.post(url, data=body, headers=headers) as answer:
        said = await answer.json(content_type=None)
        if answer.status != 201 or said["stage"] != "released":
            raise RuntimeError(f"{answer.status} {said}")
        return time.perf_counter()


async def main(count: int, releases: int) -> list[Figure]:
    async with bed({"sms.loss": 1.0}) as bed_, aiohttp.ClientSession() as client:
        await populate(bed_, count)
        await license_(bed_)
        await bed_.stage.start_hub()
        await one(client, bed_, 0, count)  # warm-up: modules, connections, compiled templates
        found = [await one(client, bed_, number, count) for number in range(1, releases + 1)]
    return [
        _figure("sensor POST to first message, p50", [each.first for each in found], 0.5),
        _figure("sensor POST to first message, p99", [each.first for each in found], 0.99),
        _figure("sensor POST to its answer, p50", [each.answered for each in found], 0.5),
        Figure("sensor POST to last message, p50", statistics.median(each.last for each in found), "s", n=count),
    ]


def _figure(name: str, values: list[float], share: float) -> Figure:
    value = sorted(values)[min(len(values) - 1, int(share * len(values)))]
    return Figure(name, value, "s", LIMIT_S, value / LIMIT_S, len(values))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recipients", type=int, default=20_000)
    arguments.add_argument("--releases", type=int, default=12)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    show(uvloop.run(main(given.recipients, given.releases)))
