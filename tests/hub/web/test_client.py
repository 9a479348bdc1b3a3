"""What a stranger can cost is bounded: a bucket for each client, and none that another can empty."""

from __future__ import annotations

import pytest

from hub.errors import TooMany
from hub.web.client import MOST_CLIENTS, ClientBudgets


def emptied(budgets: ClientBudgets, address: str, at: float = 0.0) -> int:
    """How many requests the client has left, once they are all spent."""
    for count in range(10_000):
        try:
            budgets.spend(address, at)
        except TooMany:
            return count
    raise AssertionError("the bucket has no bottom")


def test_a_client_has_so_many_a_minute_and_gets_them_back_one_by_one() -> None:
    budgets = ClientBudgets(60)
    assert emptied(budgets, "192.0.2.1") == 60
    assert emptied(budgets, "192.0.2.1", at=5.0) == 5
    assert emptied(budgets, "192.0.2.1", at=1000.0) == 60


def test_one_client_does_not_spend_for_another() -> None:
    budgets = ClientBudgets(3)
    assert emptied(budgets, "192.0.2.1") == 3
    assert emptied(budgets, "192.0.2.2") == 3


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", 0),  # one subscriber's network
        ("2001:db8:1:1::1", "2001:db8:1:2::1", 3),
        ("::ffff:192.0.2.1", "192.0.2.1", 0),  # one IPv4 address, written twice
    ],
)
def test_whoever_has_many_addresses_is_one_client(first: str, second: str, left: int) -> None:
    budgets = ClientBudgets(3)
    emptied(budgets, first)
    assert emptied(budgets, second) == left


def test_a_crowd_of_addresses_costs_no_more_memory_than_is_set_aside() -> None:
    budgets = ClientBudgets(3)
    for number in range(MOST_CLIENTS + 50):
        budgets.spend(f"client-{number}", 0.0)
    assert len(budgets._left) == MOST_CLIENTS


def test_a_clock_that_is_turned_back_gives_nobody_more_and_takes_nothing() -> None:
    budgets = ClientBudgets(2)
    budgets.spend("192.0.2.1", 100.0)
    assert emptied(budgets, "192.0.2.1", at=50.0) == 1


def test_the_wait_that_is_named_is_long_enough() -> None:
    budgets = ClientBudgets(7)
    emptied(budgets, "192.0.2.1")
    with pytest.raises(TooMany) as refused:
        budgets.spend("192.0.2.1", 0.0)
    budgets.spend("192.0.2.1", float(refused.value.retry_s))


def test_no_limit_is_no_limit() -> None:
    with pytest.raises(AssertionError, match="no bottom"):
        emptied(ClientBudgets(0), "192.0.2.1")
