"""Idempotency keys and officials, on both databases."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.official import Right
from hub.errors import Conflict, Invalid, NotFound
from hub.store.access import idempotency, officials
from hub.store.access.idempotency import KEEP_MS, LEASE_MS, Answered, Claimed, Differs, IdempotentRequest, Running
from hub.store.access.officials import APART, NewOfficial

ANSWER = Answered(201, b"\x00{}\xff")


def request(digest: str = "d", at: int = 1000, key: str = "k", principal: str = "official:1") -> IdempotentRequest:
    return IdempotentRequest(principal, key, digest, at)


async def claim(db, use: IdempotentRequest):
    return await db.write(lambda connection: idempotency.claim(connection, use))


async def settle(db, use: IdempotentRequest, answer: Answered = ANSWER) -> None:
    await db.write(lambda connection: idempotency.settle(connection, use, answer))


async def test_a_settled_key_gives_its_answer_byte_for_byte(db):
    use = request()
    assert await claim(db, use) == Claimed()
    assert await claim(db, use) == Running()
    await settle(db, use)
    assert await claim(db, request(at=2000)) == ANSWER
    assert await claim(db, request("other", at=2000)) == Differs()


async def test_of_many_claims_at_once_one_holds(db):
    claims = await asyncio.gather(*(claim(db, request()) for _ in range(30)))
    assert sorted(type(one).__name__ for one in claims) == ["Claimed"] + ["Running"] * 29


@pytest.mark.parametrize("other", [request(key="k2"), request(principal="official:2")])
async def test_keys_of_others_do_not_meet(db, other):
    await claim(db, request())
    assert await claim(db, other) == Claimed()


async def test_an_abandoned_key_is_free(db):
    use = request()
    await claim(db, use)
    await db.write(lambda connection: idempotency.abandon(connection, use))
    assert await claim(db, request("other")) == Claimed()


async def test_a_claim_can_be_taken_over_only_after_its_lease(db):
    await claim(db, request(at=1000))
    assert await claim(db, request(at=1000 + LEASE_MS)) == Running()
    assert await claim(db, request(at=1001 + LEASE_MS)) == Claimed()


async def test_who_lost_the_claim_can_neither_settle_nor_free_it(db):
    slow, quick = request(at=1000), request(at=1001 + LEASE_MS)
    await claim(db, slow)
    await claim(db, quick)
    await settle(db, slow)
    await db.write(lambda connection: idempotency.abandon(connection, slow))
    assert await claim(db, request(at=quick.at)) == Running()
    await settle(db, quick)
    assert await claim(db, request(at=quick.at)) == ANSWER


async def test_what_is_settled_is_never_abandoned(db):
    use = request()
    await claim(db, use)
    await settle(db, use)
    await db.write(lambda connection: idempotency.abandon(connection, use))
    assert await claim(db, use) == ANSWER


async def test_old_answers_are_forgotten_and_young_ones_kept(db):
    for at, key in ((1000, "old"), (2000, "young")):
        await claim(db, request(at=at, key=key))
        await settle(db, request(at=at, key=key))
    assert await db.write(lambda connection: idempotency.forget(connection, 1001 + KEEP_MS)) == 1
    assert await claim(db, request(at=2000, key="young")) == ANSWER


def new(name: str = "Wang", *rights: Right) -> NewOfficial:
    return NewOfficial(name, "Water", "000000000000", frozenset(rights or (Right.DRAFT,)))


async def test_an_official_is_found_by_number_and_by_name(db):
    made = await db.write(lambda connection: officials.add(connection, new("Wang", Right.DRAFT, Right.SIGN), 1))
    for found in (
        await db.read(lambda connection: officials.by_id(connection, made.id)),
        await db.read(lambda connection: officials.by_name(connection, "Wang")),
    ):
        assert found is not None
        assert (found.official, found.active) == (made, True)
    assert await db.read(lambda connection: officials.by_id(connection, made.id + 1)) is None


async def test_a_name_belongs_to_one_official_even_when_two_are_entered_at_once(db):
    results = await asyncio.gather(
        *(db.write(lambda connection: officials.add(connection, new(), 1)) for _ in range(5)), return_exceptions=True
    )
    assert [type(result).__name__ for result in results].count("Official") == 1
    assert all(isinstance(result, Conflict) for result in results if isinstance(result, Exception))


async def test_leaving_office_is_kept(db):
    made = await db.write(lambda connection: officials.add(connection, new(), 1))
    await db.write(lambda connection: officials.set_active(connection, made.id, active=False))
    (record,) = await db.read(officials.everyone)
    assert record.active is False
    with pytest.raises(NotFound):
        await db.write(lambda connection: officials.set_active(connection, 99, active=False))


@given(rights=st.frozensets(st.sampled_from(list(Right))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_rights_are_kept_as_given_or_refused_as_a_whole(sqlite_db, rights):
    forbidden = not rights or (Right.ADMINISTER in rights and rights & APART)
    with sqlite_db.engine.connect() as connection:
        if forbidden:
            with pytest.raises(Invalid):
                officials.add(connection, NewOfficial("Wang", "W", "0", rights), 1)
            return
        made = officials.add(connection, NewOfficial("Wang", "W", "0", rights), 1)
        assert officials.by_id(connection, made.id).official.rights == rights
