"""Receipts on their way in: durable before the answer, sharing commits, every caller answered."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from channels.driver import ParsedCallback
from channels.message import DeliveryState, Receipt
from hub.crypto.delivery_ids import DeliveryKey
from hub.store.schema import parked_receipts
from hub.store.schema import receipts as evidence_table
from hub.store.sql.database import Database, StoreUnavailable
from hub.tracking.receipts import ForeignDelivery, LocatedReceipt, ReceiptResult, Receipts, keep
from tests.hub.dispatch.scene import IDS, an_intent, row_of

AT = datetime(2026, 7, 1, 8, 0, 5, tzinfo=UTC)
S = DeliveryState


def receipt(delivery: str = "", reference: str = "SM1", state: S = S.DELIVERED, detail: str = "") -> Receipt:
    return Receipt("sms", state, AT, reference, delivery, detail)


def count(db: Database, table) -> int:
    with db.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def a_delivery(db: Database) -> int:
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        return an_intent(connection).campaign


class CountingDatabase:
    """A database that counts how often it was asked to write; fails when told to."""

    def __init__(self, db: Database) -> None:
        self.db, self.writes, self.fault = db, 0, None

    async def write(self, work):
        self.writes += 1
        if self.fault is not None:
            raise self.fault
        return await self.db.write(work)


async def test_a_receipt_taken_is_in_the_database_when_take_returns(db: Database, clock) -> None:
    campaign = a_delivery(db)
    taken = await Receipts(db, clock, IDS).take(ParsedCallback((receipt(IDS.one("sms", campaign, 1)),)))
    with db.engine.connect() as connection:
        assert row_of(connection, campaign).state == S.DELIVERED
    assert (taken, count(db, evidence_table)) == (ReceiptResult(new=1), 1)


@pytest.mark.parametrize("known", [True, False], ids=["ours", "parked"])
async def test_of_what_a_provider_says_so_much_is_kept_and_no_more(db: Database, clock, known: bool) -> None:
    delivery = IDS.one("sms", a_delivery(db), 1) if known else ""
    said = "".join(chr(0x4E00 + at) for at in range(5000))
    await Receipts(db, clock, IDS).take(ParsedCallback((receipt(delivery, detail=said),)))
    table = evidence_table if known else parked_receipts
    with db.engine.connect() as connection:
        assert connection.execute(select(table.c.detail)).scalar_one() == said[:200]


async def test_a_callback_without_receipts_writes_nothing(sqlite_db: Database, clock) -> None:
    counting = CountingDatabase(sqlite_db)
    assert await Receipts(counting, clock, IDS).take(ParsedCallback()) == ReceiptResult()
    assert counting.writes == 0


async def test_many_callbacks_at_once_share_few_commits_and_all_are_kept(db: Database, clock) -> None:
    counting = CountingDatabase(db)
    service = Receipts(counting, clock, IDS)
    heard = [ParsedCallback((receipt(reference=f"SM{n}"),)) for n in range(3000)]
    taken = await asyncio.gather(*map(service.take, heard))
    assert sum(each.parked for each in taken) == count(db, parked_receipts) == 3000
    assert counting.writes <= 4, "one for the first, the rest in thousands"


async def test_an_error_reaches_every_caller_and_none_hangs(sqlite_db: Database, clock) -> None:
    counting = CountingDatabase(sqlite_db)
    counting.fault = StoreUnavailable("away")
    service = Receipts(counting, clock, IDS)
    async with asyncio.timeout(10):
        answers = await asyncio.gather(
            *(service.take(ParsedCallback((receipt(),))) for _ in range(50)), return_exceptions=True
        )
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    counting.fault = None
    assert await service.take(ParsedCallback((receipt(),))) == ReceiptResult(parked=1), "the writer is well again"


@pytest.mark.parametrize("fault", [None, StoreUnavailable("away")])
async def test_a_caller_that_goes_away_leaves_nobody_hanging(sqlite_db: Database, clock, fault) -> None:
    counting = CountingDatabase(sqlite_db)
    counting.fault = fault
    service = Receipts(counting, clock, IDS)
    callers = [asyncio.create_task(service.take(ParsedCallback((receipt(reference=f"SM{n}"),)))) for n in range(3)]
    await asyncio.sleep(0)
    callers[0].cancel()
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*callers, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert not any(isinstance(answer, asyncio.CancelledError) for answer in answers[1:])


async def test_a_receipt_the_database_cannot_take_does_not_take_its_neighbours_with_it(db: Database, clock) -> None:
    service = Receipts(db, clock, IDS)
    bad = receipt(reference="SM\ud800")  # no encoding writes a lone surrogate
    heard = [receipt(reference="SM1"), bad, receipt(reference="SM2")]
    answers = await asyncio.gather(*(service.take(ParsedCallback((each,))) for each in heard), return_exceptions=True)
    assert isinstance(answers[1], Exception)
    assert [answers[0], answers[2]] == [ReceiptResult(parked=1)] * 2


def test_a_receipt_by_our_own_id_and_one_by_the_providers_find_the_same_row(db: Database) -> None:
    campaign = a_delivery(db)
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        assert keep(connection, [LocatedReceipt(receipt(reference="SM9"))], 1) == ReceiptResult(parked=1)
        ours = LocatedReceipt(receipt(state=S.CONFIRMED), DeliveryKey(campaign, 1))
        assert keep(connection, [ours], 1) == ReceiptResult(new=1)
        assert row_of(connection, campaign).state == S.CONFIRMED


@pytest.mark.parametrize("delivery", ["1", "1-1", "A" * 22, IDS.one("voice", 1, 1), IDS.one("sms", 1, 1) + "A"])
async def test_what_we_did_not_make_for_this_channel_is_refused_before_the_database_is_asked(
    sqlite_db: Database, clock, delivery: str
) -> None:
    counting = CountingDatabase(sqlite_db)
    heard = ParsedCallback((receipt(IDS.one("sms", 1, 1)), receipt(delivery)))
    with pytest.raises(ForeignDelivery):
        await Receipts(counting, clock, IDS).take(heard)
    assert counting.writes == 0, "the good one beside it is not believed either"


async def test_a_report_about_a_one_time_code_is_ours_and_changes_nothing(sqlite_db: Database, clock) -> None:
    counting = CountingDatabase(sqlite_db)
    service = Receipts(counting, clock, IDS)
    assert await service.take(ParsedCallback((receipt(IDS.service("sms", b"message1")),))) == ReceiptResult()
    with pytest.raises(ForeignDelivery):
        await service.take(ParsedCallback((receipt(IDS.service("voice", b"message1")),)))
    assert counting.writes == 0


CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from channels.driver import ParsedCallback
from channels.message import DeliveryState, Receipt
from hub.clock import SystemClock
from hub.tracking.receipts import Receipts
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import IDS

async def main():
    service = Receipts(Database(sys.argv[1]), SystemClock(), IDS)
    at = datetime(2026, 7, 1, tzinfo=UTC)
    async def one(n):
        await service.take(ParsedCallback((Receipt("sms", DeliveryState.DELIVERED, at, f"SM{n}"),)))
        print(n, flush=True)
    number = 0
    while True:
        await asyncio.gather(*(one(number + k) for k in range(20)))
        number += 20

asyncio.run(main())
"""


def test_what_was_answered_survives_the_death_of_the_process(db_url: str) -> None:
    root = Path(__file__).resolve().parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, db_url],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        answered = {int(child.stdout.readline()) for _ in range(110)}
    finally:
        child.send_signal(signal.SIGKILL)
        answered |= {int(line) for line in child.stdout.read().split(b"\n")[:-1]}
        child.stdout.close()
        child.wait()
    db = Database(db_url)
    with db.engine.connect() as connection:
        kept = set(connection.execute(select(parked_receipts.c.reference)).scalars())
    db.close()
    assert {f"SM{number}" for number in answered} <= kept
