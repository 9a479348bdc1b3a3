"""Shards: cut once, leased by one owner at a time, fenced by their generation."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from hub.store.delivery import campaigns
from hub.store.delivery.campaigns import DONE, READY, REVOKED, ShardJob, ShardRequest
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import NOW, a_lease, add_alert, add_shards, scratch, shard_of, take, until
from tests.postgres import somebody_waits

people = st.sets(st.integers(1, 60), max_size=40).map(BitMap)
_BOTH = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lease(connection, ticket: ShardJob, owner: str = "me", now: int = NOW):
    return campaigns.lease(connection, ticket, owner, now, now + 30_000)


@_BOTH
@given(st.lists(people, min_size=1, max_size=4), st.integers(1, 9))
def test_everyone_is_cut_into_exactly_one_shard_however_often_they_are_named(db: Database, groups, size: int) -> None:
    with scratch(db) as connection:
        alert = add_alert(connection)
        tickets = campaigns.extend(connection, ShardRequest(alert, "sms", "red", tuple(groups), size))
        again = campaigns.extend(connection, ShardRequest(alert, "sms", "red", tuple(groups), size))
        held = [take(connection, ticket).recipients for ticket in tickets]
        everyone = BitMap.union(BitMap(), *groups)
        assert again == []
        assert sum(map(len, held)) == len(everyone)
        assert BitMap.union(BitMap(), *held) == everyone
        assert all(1 <= len(part) <= size for part in held)
        assert campaigns.find(connection, alert)["sms"].targeted == len(everyone)


def test_the_first_group_is_in_the_first_shards(db: Database) -> None:
    with scratch(db) as connection:
        cut = ShardRequest(add_alert(connection), "sms", "red", (BitMap([50, 60]), BitMap(range(1, 100))), 2)
        tickets = campaigns.extend(connection, cut)
        assert take(connection, tickets[0]).recipients == BitMap([50, 60])


def test_two_workers_with_one_ticket_lease_it_once(db: Database) -> None:
    with scratch(db) as connection:
        (ticket,) = add_shards(connection, add_alert(connection), [1])
        assert lease(connection, ticket, "one") is not None
        assert lease(connection, ticket, "two") is None
        assert lease(connection, ticket, "one") is None, "not even the same worker twice"


@pytest.mark.parametrize("wrong", [-1, 1, 7])
def test_a_ticket_of_another_generation_leases_nothing(db: Database, wrong: int) -> None:
    with scratch(db) as connection:
        (ticket,) = add_shards(connection, add_alert(connection), [1])
        assert lease(connection, ShardJob(ticket.shard, ticket.generation + wrong, "red", "sms")) is None
        assert shard_of(connection, ticket.shard).state == READY


def test_a_shard_that_waits_is_leased_when_due_and_not_before(db: Database) -> None:
    with scratch(db) as connection:
        ticket = campaigns.give_back(connection, a_lease(connection), READY, NOW + 5000)
        assert ticket is not None
        assert lease(connection, ticket, now=NOW + 4999) is None
        assert lease(connection, ticket, now=NOW + 5000) is not None


def test_a_lease_given_back_is_a_new_generation_and_the_old_owner_holds_nothing(db: Database) -> None:
    with scratch(db) as connection:
        held = a_lease(connection)
        assert campaigns.renew(connection, held, NOW + 60_000)
        assert campaigns.give_back(connection, held, READY) == ShardJob(held.shard, 2, "red", "sms")
        assert not campaigns.renew(connection, held, NOW + 60_000)
        assert campaigns.give_back(connection, held, DONE) is None
        assert shard_of(connection, held.shard).state == READY


def test_only_leases_that_ran_out_are_lost(db: Database) -> None:
    with scratch(db) as connection:
        held = a_lease(connection)
        assert campaigns.lost_leases(connection, NOW + 30_000) == []
        assert campaigns.lost_leases(connection, NOW + 30_001) == [held]


def test_a_lost_lease_is_found_by_one_sweep_at_a_time(postgres_url: str) -> None:
    """SQLite has one writer anyway."""
    db = Database(postgres_url)
    with db.engine.begin() as connection:
        held = a_lease(connection)
    late = NOW + 30_001
    with db.engine.begin() as one, db.engine.begin() as other:
        assert campaigns.lost_leases(one, late) == [held]
        assert campaigns.lost_leases(other, late) == [], "it is in the hands of the first"
    with db.engine.begin() as connection:
        assert campaigns.lost_leases(connection, late) == [held]
    db.close()


async def test_two_that_cut_the_same_people_at_once_cut_each_of_them_once(postgres_url: str) -> None:
    """A release and a ladder of two processes; SQLite has one writer anyway."""
    db = Database(postgres_url)
    people = BitMap(range(1, 8))
    with db.engine.begin() as connection:
        alert = add_alert(connection)
        add_shards(connection, alert, [99])

    def cut() -> list[ShardJob]:
        with db.engine.begin() as connection:
            return campaigns.extend(connection, ShardRequest(alert, "sms", "red", (people,), 3))

    with db.engine.begin() as connection:
        first = campaigns.extend(connection, ShardRequest(alert, "sms", "red", (people,), 3))
        second = asyncio.create_task(asyncio.to_thread(cut))
        await until(lambda: second.done() or somebody_waits(db))
    assert (len(first), await second) == (3, [])
    with db.engine.connect() as connection:
        campaign = campaigns.find(connection, alert)["sms"]
        assert (campaign.covered, campaign.targeted) == (people | BitMap([99]), 8)
    db.close()


def test_what_is_due_is_told_once_then_again_only_after_a_while_and_red_first(db: Database) -> None:
    with scratch(db) as connection:
        (blue,) = add_shards(connection, add_alert(connection, level=1), [1], priority="blue")
        (red,) = add_shards(connection, add_alert(connection, level=4), [1], priority="red")
        assert campaigns.due(connection, NOW, NOW - 5000) == [red, blue]
        assert campaigns.due(connection, NOW + 5000, NOW) == []
        assert campaigns.due(connection, NOW + 5001, NOW + 1) == [red, blue], "Redis may have lost them"


def test_a_full_page_of_due_shards_does_not_starve_the_others(db: Database) -> None:
    with scratch(db) as connection:
        tickets = add_shards(connection, add_alert(connection), range(1, 8), size=1)
        told = [
            ticket for second in range(3) for ticket in campaigns.due(connection, NOW + second, NOW - 5000, limit=3)
        ]
        assert told == tickets


def test_a_cancel_revokes_what_nobody_holds_and_leaves_what_is_leased(db: Database) -> None:
    with scratch(db) as connection:
        alert, other = add_alert(connection), add_alert(connection)
        tickets = add_shards(connection, alert, range(1, 16))
        (untouched,) = add_shards(connection, other, [1])
        held = take(connection, tickets[0])
        assert campaigns.revoke_ready(connection, alert) == 2
        assert [lease(connection, ticket) for ticket in tickets[1:]] == [None, None]
        assert campaigns.renew(connection, held, NOW + 60_000)
        assert lease(connection, untouched) is not None


def test_open_are_those_in_ready_and_leased_shards(db: Database) -> None:
    with scratch(db) as connection:
        alert = add_alert(connection)
        tickets = add_shards(connection, alert, range(1, 21))
        for ticket, state in zip(tickets, (DONE, REVOKED), strict=False):
            campaigns.give_back(connection, take(connection, ticket), state)
        take(connection, tickets[2])
        campaign = campaigns.find(connection, alert)["sms"].id
        assert campaigns.open_recipients(connection, campaign) == BitMap(range(11, 21))
        assert campaigns.open_counts(connection, alert) == {"sms": (10, 2)}


@pytest.mark.parametrize(("channel", "blocked"), [("sms", True), ("voice", False)])
def test_a_later_message_waits_only_for_what_is_on_the_wire_of_its_channel(
    db: Database, channel: str, blocked: bool
) -> None:
    with scratch(db) as connection:
        held = a_lease(connection)
        later = add_alert(connection, root=held.alert)
        chain = [held.alert, later]
        assert campaigns.earlier_on_the_wire(connection, later, channel, chain) is blocked
        assert not campaigns.earlier_on_the_wire(connection, held.alert, channel, chain), "nothing is before the first"
        campaigns.give_back(connection, held, DONE)
        assert not campaigns.earlier_on_the_wire(connection, later, channel, chain)


def test_a_shard_that_was_never_cut_does_not_exist(db: Database) -> None:
    with scratch(db) as connection:
        held = a_lease(connection)
        assert campaigns.exists(connection, held.shard)
        assert not campaigns.exists(connection, held.shard + 1)
