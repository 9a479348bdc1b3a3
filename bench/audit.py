"""Verifying the audit chain from SQL, against the bare SHA-256 of as many entries already in memory.

Then one byte of one entry is flipped in SQL, here and there, and must be found and named. `FENGHUO_BENCH_STORE` names
another database than SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from approvals.audit import AuditAct, AuditEntry, Broken, VerifiedLog, chain
from bench.measure import Cost, Figure, costing, peak_mb, show
from hub.evidence.audit import Audit
from hub.store.schema import audit
from hub.store.sql.database import Database
from hub.store.upgrade.migrate import migrate

DETAIL: dict[str, Any] = {
    "digest": "fh1:" + "0" * 64,
    "reason": "情况属实，同意发布",
    "step": "sign",
    "verdict": "approve",
}


def fill(connection: Connection, count: int) -> None:
    """A log of decisions, made here because appending one by one would be the longer part of the run."""
    connection.execute(delete(audit))
    last: AuditEntry | None = None
    rows = []
    for number in range(count):
        last = chain(
            last, AuditAct(1_800_000_000_000 + number, "某某县气象台·李", "sign-approve", f"alert/{number}", DETAIL)
        )
        rows.append(last._asdict() | {"at": last.at_ms})
    connection.execute(insert(audit), [{k: v for k, v in row.items() if k != "at_ms"} for row in rows])


async def flip(database: Database, at: int) -> None:
    """One bit of entry `at`; flipped again, it is as it was."""

    def work(connection: Connection) -> None:
        detail: str = connection.execute(select(audit.c.detail).where(audit.c.seq == at)).scalar_one()
        middle = len(detail) // 2
        changed = detail[:middle] + chr(ord(detail[middle]) ^ 1) + detail[middle + 1 :]
        connection.execute(update(audit).where(audit.c.seq == at).values(detail=changed))

    await database.write(work)


async def main(count: int) -> list[Figure]:
    bare, ours, found = Cost(), Cost(), Cost()
    with tempfile.TemporaryDirectory(prefix="fenghuo-bench-") as directory:
        url = os.environ.get("FENGHUO_BENCH_STORE", "") or f"sqlite:///{Path(directory) / 'hub.db'}"
        await asyncio.to_thread(migrate, url)
        database = Database(url)
        try:
            await database.write(lambda connection: fill(connection, count))
            log = Audit(database)
            with costing(ours):
                answer = await log.verify()
            assert isinstance(answer, VerifiedLog)
            assert answer.count == count
            for at in (1, count // 3, count - 1):
                await flip(database, at)
                with costing(found):
                    broken = await log.verify()
                await flip(database, at)
                assert isinstance(broken, Broken)
                assert (broken.seq, broken.field) == (at, "detail")
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
        Figure("one flipped byte found and named, at most", max(found.runs), "s", n=count),
    ]


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--entries", type=int, default=100_000)
    arguments.add_argument("--json", action="store_true")
    show(asyncio.run(main(arguments.parse_args().entries)))
