"""Verifying the audit chain from SQL, against the bare SHA-256 of as many entries already in memory."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert

from approvals.audit import Act, Entry, Verified, chain
from bench.measure import Cost, Figure, costing, peak_mb, show
from hub.audit import Audit
from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.schema import audit

DETAIL: dict[str, Any] = {
    "digest": "fh1:" + "0" * 64,
    "reason": "情况属实，同意发布",
    "step": "sign",
    "verdict": "approve",
}


def fill(connection: Connection, count: int) -> None:
    """A log of decisions, made here because appending one by one would be the longer part of the run."""
    connection.execute(delete(audit))
    last: Entry | None = None
    rows = []
    for number in range(count):
        last = chain(
            last, Act(1_800_000_000_000 + number, "某某县气象台·李", "sign-approve", f"alert/{number}", DETAIL)
        )
        rows.append(last._asdict() | {"at": last.at_ms})
    connection.execute(insert(audit), [{k: v for k, v in row.items() if k != "at_ms"} for row in rows])


async def main(count: int) -> list[Figure]:
    bare, ours = Cost(), Cost()
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as directory:
        url = os.environ.get("FENGHUO_BENCH_STORE", "") or f"sqlite:///{Path(directory) / 'hub.db'}"
        await asyncio.to_thread(migrate, url)
        database = Database(url)
        try:
            await database.write(lambda connection: fill(connection, count))
            log = Audit(database)
            with costing(ours):
                answer = await log.verify()
            assert isinstance(answer, Verified)
            assert answer.count == count
            texts = [repr(tuple(entry)).encode() for entry in await log.page(1, count)]
        finally:
            await asyncio.to_thread(database.close)
    with costing(bare):
        for each in texts:
            hashlib.sha256(each).hexdigest()
    limit, rate = count / bare.wall_s, count / ours.wall_s
    cpu = ours.cpu_s * 100_000 / count
    return [
        Figure("bare SHA-256 of as many texts", limit, "1/s", None, None, count),
        Figure("audit chain verified from SQL", rate, "1/s", limit, rate / limit, count, cpu, peak_mb()),
        Figure("audit chain of 100,000 entries", 100_000 / rate, "s", 5.0, 100_000 / rate / 5.0, count),
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--entries", type=int, default=100_000)
    arguments.add_argument("--json", action="store_true")
    show(asyncio.run(main(arguments.parse_args().entries)))
