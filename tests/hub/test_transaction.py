"""A transaction has one moment and one actor; the alert it asks for is there, or there is a refusal that says which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.clock import to_ms
from hub.errors import NotFound
from hub.store.alerts import alerts
from hub.store.records import audit
from hub.store.sql.database import Database
from hub.transaction import Transactions, Tx
from tests.hub.dispatch.scene import add_alert


class MovingClock:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self, clock: Any) -> None:
        self.moment = clock.now()

    def now(self) -> Any:
        self.moment += timedelta(seconds=1, microseconds=700)
        return self.moment


@pytest.fixture
def transactions(db: Database, clock: Any) -> Transactions:
    return Transactions(db, MovingClock(clock))


async def test_all_of_a_transaction_is_at_one_moment(transactions: Transactions) -> None:
    def work(tx: Tx) -> tuple[int, list[int]]:
        tx.audit("first", "a", {})
        tx.audit("second", "b", {})
        return tx.now_ms, [entry.at_ms for entry in audit.entries(tx.connection)]

    moment, entries = await transactions.write("Li", work)
    assert entries == [moment, moment]


async def test_the_moment_reads_the_same_from_the_store(transactions: Transactions) -> None:
    assert await transactions.read(lambda tx: to_ms(tx.now) == tx.now_ms and tx.now.microsecond % 1000 == 0)


async def test_another_run_of_a_work_has_a_moment_of_its_own(transactions: Transactions) -> None:
    moments = [await transactions.write("Li", lambda tx: tx.now_ms) for _ in range(2)]
    assert moments[0] < moments[1]


async def test_the_audit_log_names_who_opened_it(transactions: Transactions) -> None:
    await transactions.write("Li", lambda tx: tx.audit("look", "alert/1", {"why": "duty"}))
    entry = await transactions.read(lambda tx: audit.last(tx.connection))
    assert entry is not None
    assert (entry.actor, entry.action, entry.subject) == ("Li", "look", "alert/1")


async def test_what_a_work_raises_undoes_it(transactions: Transactions) -> None:
    def work(tx: Tx) -> None:
        tx.audit("never", "a", {})
        raise ValueError

    with pytest.raises(ValueError):
        await transactions.write("Li", work)
    assert await transactions.read(lambda tx: audit.count(tx.connection)) == 0


async def test_what_is_only_read_keeps_nothing(transactions: Transactions) -> None:
    await transactions.read(lambda tx: tx.audit("read", "a", {}), snapshot=True)
    assert await transactions.read(lambda tx: audit.count(tx.connection)) == 0


async def test_an_alert_is_its_row(transactions: Transactions) -> None:
    number = await transactions.write("Li", lambda tx: add_alert(tx.connection))
    row = await transactions.write("Li", lambda tx: tx.alert(number, lock=True))
    assert row == await transactions.read(lambda tx: alerts.get(tx.connection, number))


@pytest.mark.parametrize("lock", [False, True])
async def test_an_alert_that_is_not_there_is_refused_by_its_number(transactions: Transactions, lock: bool) -> None:
    with pytest.raises(NotFound, match="there is no alert 7") as refused:
        await transactions.write("Li", lambda tx: tx.alert(7, lock=lock))
    assert (refused.value.rule, refused.value.place) == ("alert-unknown", "alert")
