"""Receipts join: any order and any repetition of them leave one row and one set of evidence."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from channels.message import DeliveryState
from hub.store.delivery import deliveries, receipts
from hub.store.delivery.deliveries import Settlement
from hub.store.delivery.receipts import Report
from hub.store.schema import receipts as evidence_table
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import NOW, an_intent, row_of, scratch

S = DeliveryState
REPORTED = (S.ACCEPTED, S.FAILED, S.DELIVERED, S.CONFIRMED)
_BOTH = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])

told = st.tuples(
    st.sampled_from(REPORTED),
    st.sampled_from(("SM1", "SM2", "")),
    st.sampled_from(("", "30003", "é", "Z")),
    st.integers(-5000, 60_000),
)


def reports(campaign: int, many: list[tuple[S, str, str, int]]) -> list[Report]:
    return [Report(campaign, 1, int(state), reference, detail, NOW + at) for state, reference, detail, at in many]


def evidence(connection, campaign: int) -> list[Any]:
    query = select(evidence_table).where(evidence_table.c.campaign == campaign).order_by(evidence_table.c.state)
    return list(connection.execute(query))


def known(connection, campaign: int) -> tuple[Any, ...]:
    return (tuple(row_of(connection, campaign)), tuple(map(tuple, evidence(connection, campaign))))


@_BOTH
@given(st.data())
def test_any_order_and_repetition_in_any_batches_ends_the_same(db: Database, data) -> None:
    many = data.draw(st.lists(told, min_size=1, max_size=6))
    shuffled = data.draw(st.permutations(many + data.draw(st.lists(st.sampled_from(many), max_size=4))))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(shuffled)))) | {0, len(shuffled)})
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        beginning = connection.begin_nested()
        receipts.apply(connection, reports(campaign, many))
        at_once = known(connection, campaign)
        beginning.rollback()
        for start, end in itertools.pairwise(cuts):
            receipts.apply(connection, reports(campaign, shuffled[start:end]))
        assert known(connection, campaign) == at_once
        assert at_once[0][2] == max(state for state, *_ in many)


@_BOTH
@given(many=st.lists(told, min_size=1, max_size=5), place=st.integers(0, 5))
def test_the_state_is_the_same_wherever_between_the_receipts_the_answer_comes(
    db: Database, many: list[tuple[S, str, str, int]], place: int
) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        for position, report in enumerate([*reports(campaign, many), None]):
            if position == min(place, len(many)):
                deliveries.settle(connection, [Settlement(campaign, 1, 1, S.ACCEPTED, reference="SM1")], NOW + 100)
            if report is not None:
                receipts.apply(connection, [report])
        row = row_of(connection, campaign)
        assert (row.state, row.reference) == (max(state for state, *_ in many), "SM1")


@pytest.mark.parametrize("state", REPORTED)
def test_a_receipt_proves_acceptance(db: Database, state: S) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        receipts.apply(connection, reports(campaign, [(state, "SM1", "", 700)]))
        row = row_of(connection, campaign)
        assert (row.state, row.accepted_at) == (state, NOW + 700)
        assert row.settled_at == (None if state is S.ACCEPTED else NOW + 700)


@pytest.mark.parametrize("state", [S.PENDING, S.UNKNOWN])
def test_a_receipt_ends_the_wait_for_another_attempt(db: Database, state: S) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        deliveries.settle(connection, [Settlement(campaign, 1, 1, state, not_before=NOW + 9)], NOW)
        receipts.apply(connection, reports(campaign, [(S.DELIVERED, "SM1", "", 5)]))
        assert row_of(connection, campaign).not_before is None
        assert deliveries.open_intents(
            connection, campaign, [1], 2, NOW + 99, resend=True
        ) == deliveries.SendableIntents((), None)


def test_a_delivery_once_reported_is_not_reported_undelivered_afterwards(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        receipts.apply(connection, reports(campaign, [(S.DELIVERED, "SM1", "", 5)]))
        receipts.apply(connection, reports(campaign, [(S.FAILED, "SM1", "30003", 9)]))
        assert row_of(connection, campaign).state == S.DELIVERED
        assert [row.state for row in evidence(connection, campaign)] == [S.FAILED, S.DELIVERED]


def test_a_receipt_for_an_unknown_delivery_changes_nothing(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        before = known(connection, campaign)
        strangers = [Report(campaign, 2, 60, "SM1", "", NOW), Report(campaign + 1, 1, 60, "SM1", "", NOW)]
        assert receipts.apply(connection, strangers) == 0
        assert known(connection, campaign) == before
        assert evidence(connection, campaign + 1) == []


def test_a_repeated_receipt_is_not_counted_as_new(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        report = reports(campaign, [(S.DELIVERED, "SM1", "", 5)])
        assert receipts.apply(connection, report * 3) == 1
        assert receipts.apply(connection, report) == 0


def test_a_provider_whose_clock_is_slow_does_not_accept_before_we_sent(db: Database) -> None:
    with scratch(db) as connection:
        campaign = an_intent(connection).campaign
        receipts.apply(connection, reports(campaign, [(S.DELIVERED, "SM1", "", -86_400_000)]))
        row = row_of(connection, campaign)
        assert (row.accepted_at, row.settled_at) == (NOW, NOW)
        assert evidence(connection, campaign)[0].at == NOW - 86_400_000, "the evidence is what the provider said"
