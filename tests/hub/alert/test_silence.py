"""Silence: evidence while reports come as usual; nothing while nobody listens, and each reason has a twin without it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alert.silence import Cause, Reports, Usual, Wait, judge, non_delivery
from hub.clock import to_ms
from hub.store.delivery import receipt_backlogs
from hub.store.sql.database import Database
from hub.web import doorkeeper
from tests.for_all import for_all, mostly

USUAL = Usual(0.95, 1000)


@pytest.mark.parametrize(
    ("reports", "wait"),
    [
        (Reports(1000, 960, 0, 1), None),
        (Reports(1000, 600, 0, 1), None),  # a storm: four in ten telephones are off, and the others' reports came
        (Reports(1000, 600, 11, 1), Wait.LATE),
        (Reports(1000, 960, 10, 1), None),
        (Reports(1000, 0, 0, None), Wait.MISSING),
        (Reports(1000, 470, 0, 1), Wait.MISSING),
        (Reports(1, 0, 0, None), None),  # one telephone may well be off
        (Reports(2, 0, 0, None), Wait.MISSING),
        (Reports(0, 0, 0, None), None),
    ],
)
def test_silence_counts_while_reports_come_as_usual(reports: Reports, wait: Wait | None) -> None:
    assert judge(reports, USUAL, backlog=False) == wait
    assert judge(reports, USUAL, backlog=True) == Wait.DOOR


@for_all(
    st.integers(0, 5000),
    st.floats(0.4, 1) | st.floats(0, 1),
    mostly(st.integers(0, 9), st.integers(0, 5000)),
    st.floats(0.5, 0.999),
)
def test_more_reports_never_turn_evidence_into_none(sent: int, share: float, late: int, usual: float) -> bool:
    some = Reports(sent, int(sent * share), min(late, sent), 1)
    more = Reports(sent, sent, some.late, 1)
    if judge(some, Usual(usual), backlog=False) is not None:
        return False
    assert judge(more, Usual(usual), backlog=False) is None
    return True


@given(st.floats(0.5, 0.999))
def test_who_failed_goes_before_who_was_silent_and_both_before_who_was_not_heard(share: float) -> None:
    usual = Usual(share)
    chances = [non_delivery(cause, usual) for cause in (Cause.FAILED, Cause.UNSENT, Cause.SILENCE, Cause.LIMIT)]
    assert chances == sorted(chances, reverse=True)
    assert chances[2] > chances[3]
    assert all(0 < chance <= 1 for chance in chances)


async def test_a_server_writes_that_it_is_behind_only_while_receipts_wait_at_it(hub, monkeypatch) -> None:
    monkeypatch.setattr(doorkeeper, "EVERY_S", 0.001)

    async def behind() -> int:
        now = to_ms(hub.clock.now())
        return await hub.db.read(lambda connection: receipt_backlogs.behind_ms(connection, now))

    hub.receipts = SimpleNamespace(waiting_s=doorkeeper.BEHIND_S + 1)
    async with asyncio.timeout(20), doorkeeper.watching(hub):
        while not await behind():
            await asyncio.sleep(0.005)
    assert await behind() >= 6000
    hub.clock.advance(31)
    await doorkeeper.say(hub, "this", doorkeeper.BEHIND_S - 0.1)
    assert await behind() == 0


async def test_a_door_is_behind_as_long_as_it_says_so_and_no_longer(db: Database) -> None:
    await db.write(lambda connection: receipt_backlogs.report(connection, "one", 6000, 100_000))
    await db.write(lambda connection: receipt_backlogs.report(connection, "two", 9000, 110_000))
    await db.write(lambda connection: receipt_backlogs.report(connection, "one", 7000, 112_000))

    async def behind(now: int) -> int:
        return await db.read(lambda connection: receipt_backlogs.behind_ms(connection, now))

    assert [await behind(now) for now in (112_000, 139_999, 140_001, 142_001)] == [9000, 9000, 7000, 0]
