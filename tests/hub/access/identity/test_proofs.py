"""A proof signs one digest, for one person, once, soon."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from hub.access.identity.proofs import Proofs
from hub.crypto.vault import Vault
from hub.errors import Forbidden
from hub.settings.settings import AuthSettings
from hub.store.access import proofs as store
from hub.store.schema import proofs as table

NOW = 1_000_000
VAULT = Vault(b"s" * 32, b"h" * 32)
PROOFS = Proofs(AuthSettings(proof_s=60), VAULT)


@pytest.fixture
async def grant(db):
    return await db.write(lambda c: PROOFS.grant(c, official=7, session="", digest="fh3:a", method="otp", now_ms=NOW))


async def spend(db, proof, official=7, digest="fh3:a", now=NOW + 1):
    return await db.write(lambda c: PROOFS.spend(c, proof, official, digest, now))


async def test_a_proof_is_spent_once_and_says_how_it_was_given(db, grant):
    assert await spend(db, grant.proof) == "otp"
    with pytest.raises(Forbidden) as refused:
        await spend(db, grant.proof)
    assert refused.value.rule == "second-factor"


@pytest.mark.parametrize(
    "change", [{"official": 8}, {"digest": "fh3:b"}, {"now": NOW + 60_000}, {"proof": ""}, {"proof": "x" * 43}]
)
async def test_a_proof_of_another_for_another_digest_or_too_late_signs_nothing(db, grant, change):
    with pytest.raises(Forbidden):
        await spend(db, **({"proof": grant.proof} | change))
    assert await spend(db, grant.proof) == "otp"  # and is still there for whom it was made


async def test_of_many_who_spend_one_proof_at_once_exactly_one_gets_it(db, grant):
    found = await asyncio.gather(*(spend(db, grant.proof) for _ in range(8)), return_exceptions=True)
    assert [each for each in found if each == "otp"] == ["otp"]
    assert sum(isinstance(each, Forbidden) for each in found) == 7


async def test_what_the_table_holds_is_no_proof(db, grant):
    kept = await db.read(lambda c: c.execute(select(table.c.id)).scalar_one())
    assert kept != grant.proof
    with pytest.raises(Forbidden):
        await spend(db, kept)


async def test_a_proof_dies_with_its_session(db):
    made = await db.write(
        lambda c: PROOFS.grant(c, official=7, session="gone", digest="fh3:a", method="otp", now_ms=NOW)
    )
    with pytest.raises(Forbidden):
        await spend(db, made.proof)


async def test_a_proof_that_was_over_long_ago_is_forgotten(db, grant):
    assert await db.write(lambda c: store.forget(c, grant.expires + store.KEEP_MS)) == 0
    assert await db.write(lambda c: store.forget(c, grant.expires + store.KEEP_MS + 1)) == 1


def test_signing_demands_a_proof_unless_the_settings_say_otherwise():
    assert Proofs(AuthSettings(), VAULT).is_demanded("sign")
    assert not Proofs(AuthSettings(), VAULT).is_demanded("review")
    assert not Proofs(AuthSettings(second_factor=()), VAULT).is_demanded("sign")
