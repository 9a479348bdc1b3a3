"""Somebody writes into SQL by hand and has no key: whatever they enter or move, they are signed in as nobody else and
have proven nothing.
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from pyotp import TOTP

from approvals.official import Right
from hub.access.identity import onetime
from hub.clock import to_ms
from hub.errors import Forbidden

SECRET = "x" * 43
HASH = hashlib.sha256(SECRET.encode()).hexdigest()


@pytest.fixture
def sql(hub):
    def write(statement: str, *values: object) -> None:
        with hub.db.engine.begin() as connection:
            assert connection.exec_driver_sql(statement, values).rowcount > 0

    return write


@pytest.fixture
def li(enrol):
    """The insider: in office, with factors of their own, and a hand in the database."""
    return enrol("Li", Right.DRAFT)


@pytest.mark.parametrize("shape", ["{secret}", "{session}.{secret}"])
async def test_a_refresh_token_written_by_hand_opens_no_session(hub, wang, sql, refused, shape):
    opened = await wang.signs_in()
    session = opened["refresh"].partition(".")[0]
    secret = shape.format(secret=SECRET, session=session)
    hashed, far = hashlib.sha256(secret.encode()).hexdigest(), to_ms(hub.clock.now()) + 10**9
    columns = "hash, session, issued_at, expires_at"
    sql(f"INSERT INTO refresh_tokens ({columns}) VALUES (?, ?, 1, ?)", hashed, session, far)
    await refused(await wang.post("/session/refresh", {"refresh": secret}), 401, "refresh-unknown")


async def test_a_session_moved_to_another_official_is_not_renewed(li, wang, sql, refused):
    opened = await li.signs_in()
    sql("UPDATE sessions SET official = ? WHERE official = ?", wang.official.id, li.official.id)
    await refused(await li.post("/session/refresh", {"refresh": opened["refresh"]}), 401, "refresh-unknown")


async def test_a_refresh_token_moved_to_anothers_session_renews_nothing(li, wang, sql, refused):
    mine, theirs = await li.signs_in(), await wang.signs_in()
    sessions = [each["refresh"].partition(".")[0] for each in (theirs, mine)]
    sql("UPDATE refresh_tokens SET session = ? WHERE session = ?", *sessions)
    for secret in (mine["refresh"], mine["refresh"].replace(sessions[1], sessions[0])):
        await refused(await li.post("/session/refresh", {"refresh": secret}), 401, "refresh-unknown")


async def test_password_and_authenticator_moved_to_another_official_sign_nobody_in(hub, li, wang, sql, refused):
    sql("DELETE FROM credentials WHERE official = ?", wang.official.id)
    sql("UPDATE credentials SET official = ? WHERE official = ?", wang.official.id, li.official.id)
    hub.clock.advance(onetime.STEP_S)
    await refused(await wang.tries(totp=li.code()), 401, "sign-in-refused")
    options = await (await li.post("/session/passkey/options")).json()
    answer = {"credential": li.passkey.get(options)}
    await refused(await li.post("/session/passkey", answer), 401, "passkey-forged")


async def test_an_authenticator_of_ones_own_in_anothers_row_proves_nothing(hub, li, wang, sql, refused):
    token = (await wang.signs_in())["access"]  # a session that was stolen
    sealed = "(SELECT sealed FROM credentials WHERE official = ? AND kind = 'totp')"
    where = "official = ? AND kind = 'totp'"
    sql(f"UPDATE credentials SET sealed = {sealed} WHERE {where}", li.official.id, wang.official.id)
    hub.clock.advance(onetime.STEP_S)
    body = {"digest": "credentials", "totp": TOTP(li.seed).at(hub.clock.now())}
    await refused(await wang.post("/session/proofs", body, token), 401, "factor-wrong")


async def test_a_proof_written_by_hand_proves_nothing(hub, wang, sql):
    digest, far = "fh3:" + "a" * 64, to_ms(hub.clock.now()) + 10**9
    columns = "id, official, session, digest, method, at, expires_at"
    values = (HASH, wang.official.id, "", digest, "hwk", 1, far)
    sql(f"INSERT INTO proofs ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", *values)
    with pytest.raises(Forbidden):
        await hub.db.write(lambda c: hub.identity.proofs.spend(c, SECRET, wang.official.id, digest, 2))


@pytest.mark.parametrize("changed", ["official", "digest"])
async def test_a_real_proof_moved_to_another_official_or_digest_proves_nothing(hub, li, wang, sql, changed):
    token, digest, now = (await li.signs_in())["access"], "fh3:" + "a" * 64, to_ms(hub.clock.now())
    proof = (await li.proves(token, digest))["proof"]
    claim: dict[str, Any] = {"official": li.official.id, "digest": digest}
    claim[changed] = {"official": wang.official.id, "digest": "fh3:" + "b" * 64}[changed]
    sql(f"UPDATE proofs SET {changed} = ?", claim[changed])
    with pytest.raises(Forbidden):
        await hub.db.write(lambda c: hub.identity.proofs.spend(c, proof, claim["official"], claim["digest"], now))


async def test_a_passkeys_answer_to_one_question_answers_no_other(wang, sql, refused):
    token, wanted = (await wang.signs_in())["access"], "fh3:" + "b" * 64
    options = await (await wang.post("/session/proofs/options", {"digest": "credentials"}, token)).json()
    sql("UPDATE challenges SET detail = ?", wanted)
    shown = {"digest": wanted, "credential": wang.passkey.get(options)}
    await refused(await wang.post("/session/proofs", shown, token), 401, "passkey-unknown")


async def test_an_invitation_written_by_hand_enrols_nobody(hub, wang, sql, refused):
    far, columns = to_ms(hub.clock.now()) + 10**9, "id, purpose, official, value, detail, expires_at"
    seed = hub.identity.vault.seal({"seed": onetime.new_seed()})
    values = (HASH, "invite", wang.official.id, seed, "", far)
    sql(f"INSERT INTO challenges ({columns}) VALUES (?, ?, ?, ?, ?, ?)", *values)
    await refused(await wang.post("/enrolment/authenticator", {"code": SECRET}), 401, "invite-unknown")


async def test_an_invitation_of_ones_own_moved_to_another_official_enrols_nobody(hub, li, wang, sql, refused):
    made = await hub.db.write(lambda c: hub.identity.enrolment.invite(c, li.official.id, "Root"))
    sql("UPDATE challenges SET official = ? WHERE purpose = 'invite'", wang.official.id)
    await refused(await li.post("/enrolment/authenticator", {"code": made.code}), 401, "invite-unknown")
