"""Proofs over the API: the factor of this person, for this digest, now."""

from __future__ import annotations

import asyncio

import pytest

from approvals.official import Right
from hub.access.identity.onetime import STEP_S
from hub.cli.acting import agreeing, signing
from hub.errors import Forbidden

DIGEST = "fh3:" + "ab" * 32
OTHER = "fh3:" + "cd" * 32


async def spend(person, proof, digest=DIGEST):
    now = int(person.hub.clock.now().timestamp() * 1000)
    proofs = person.hub.identity.proofs
    return await person.hub.db.write(lambda c: proofs.spend(c, proof, person.official.id, digest, now))


async def test_a_code_proves_one_digest_and_can_be_spent_for_it(wang):
    session = await wang.signs_in()
    wang.hub.clock.advance(STEP_S)
    response = await wang.post("/session/proofs", {"digest": DIGEST, "totp": wang.code()}, session["access"])
    assert response.status == 201
    proof = (await response.json())["proof"]
    with pytest.raises(Forbidden):
        await spend(wang, proof, OTHER)
    assert await spend(wang, proof) == "otp"


async def test_the_code_of_the_sign_in_proves_nothing_more(wang, refused):
    session = await wang.signs_in()
    body = {"digest": DIGEST, "totp": wang.code()}
    await refused(await wang.post("/session/proofs", body, session["access"]), 401, "factor-wrong")


async def test_of_two_proofs_by_one_code_at_once_exactly_one_is_granted(wang):
    session = await wang.signs_in()
    wang.hub.clock.advance(STEP_S)
    body = {"digest": DIGEST, "totp": wang.code()}
    found = await asyncio.gather(*(wang.post("/session/proofs", body, session["access"]) for _ in range(4)))
    assert sorted(each.status for each in found) == [201, 401, 401, 401]


async def test_a_passkey_signs_as_often_as_it_is_asked_without_waiting(wang):
    session = await wang.signs_in()
    for digest in (DIGEST, OTHER, DIGEST):
        proof = (await wang.proves(session["access"], digest))["proof"]
        assert await spend(wang, proof, digest) == "hwk"


async def test_an_answer_to_a_challenge_for_another_digest_proves_nothing(wang, refused):
    session = await wang.signs_in()
    options = await (await wang.post("/session/proofs/options", {"digest": DIGEST}, session["access"])).json()
    body = {"digest": OTHER, "credential": wang.passkey.get(options)}
    await refused(await wang.post("/session/proofs", body, session["access"]), 401, "passkey-unknown")
    # and the challenge is used up
    again = {"digest": DIGEST, "credential": wang.passkey.get(options)}
    await refused(await wang.post("/session/proofs", again, session["access"]), 401, "passkey-unknown")


async def test_a_challenge_for_signing_in_is_none_for_signing_and_the_other_way_round(wang, refused):
    session = await wang.signs_in()
    login = await (await wang.post("/session/passkey/options")).json()
    body = {"digest": DIGEST, "credential": wang.passkey.get(login)}
    await refused(await wang.post("/session/proofs", body, session["access"]), 401, "passkey-unknown")
    proof = await (await wang.post("/session/proofs/options", {"digest": DIGEST}, session["access"])).json()
    await refused(await wang.post("/session/passkey", {"credential": wang.passkey.get(proof)}), 401, "passkey-unknown")


async def test_nobody_proves_with_the_passkey_of_somebody_else(wang, enrol, refused):
    li = enrol("Li")
    session = await wang.signs_in()
    options = await (await wang.post("/session/proofs/options", {"digest": DIGEST}, session["access"])).json()
    body = {"digest": DIGEST, "credential": li.passkey.get(options)}
    await refused(await wang.post("/session/proofs", body, session["access"]), 401, "passkey-unknown")


@pytest.mark.parametrize("harm", ["origin", "unverified", "copied", "late", "key", "broken"])
async def test_a_passkey_that_is_not_quite_right_opens_nothing(wang, refused, harm):
    options = await (await wang.post("/session/passkey/options")).json()
    device = wang.passkey
    rule = "passkey-refused"
    if harm == "origin":
        device.origin = "https://hub.example.evil.example"
    elif harm == "unverified":
        device.verified = False
    elif harm == "copied":
        await wang.post("/session/passkey", {"credential": device.get(options)})
        options = await (await wang.post("/session/passkey/options")).json()
        device.count -= 1
        rule = "passkey-copied"
    elif harm == "late":
        wang.hub.clock.advance(301)
        rule = "passkey-unknown"
    elif harm == "key":
        device.key = type(device)(device.origin, b"").key
    answer = device.get(options)
    if harm == "broken":
        answer["response"]["signature"] = "AAAA"
    await refused(await wang.post("/session/passkey", {"credential": answer}), 401, rule)


@pytest.mark.parametrize(
    "credential", [{}, {"rawId": 7}, {"response": {"clientDataJSON": "e30"}}, {"rawId": "AA", "response": []}]
)
async def test_an_answer_that_is_none_is_refused_and_nothing_breaks(wang, refused, credential):
    await refused(await wang.post("/session/passkey", {"credential": credential}), 401, "passkey-unknown")


async def test_a_token_without_a_session_gets_no_proof(wang, refused):
    token = wang.hub.tokens.issue(wang.official.id, "Wang", wang.official.rights)
    body = {"digest": DIGEST, "totp": wang.code()}
    await refused(await wang.post("/session/proofs", body, token), 403, "session-missing")


SHOWING = {
    "/alerts/1/decisions": {"step": "sign", "verdict": "approve", "digest": DIGEST},
    "/standing/1/decisions": {"step": "sign", "verdict": "approve", "digest": "fs1:" + "ab" * 32},
    "/admin/requests/1/approve": {"digest": DIGEST},
    "/credentials/remove": {"credential": 1},
}


@pytest.mark.parametrize("path", SHOWING)
async def test_a_proof_of_a_session_is_not_taken_with_a_token_made_on_the_machine(enrol, refused, path, monkeypatch):
    wang = enrol("Wang", Right.ADMINISTER if "admin" in path else Right.SIGN)
    session = await wang.signs_in()
    proof = (await wang.proves(session["access"], DIGEST))["proof"]
    body = {**SHOWING[path], "proof": proof}
    token = wang.hub.tokens.issue(wang.official.id, "Wang", wang.official.rights)
    await refused(await wang.post(path, body, token), 403, "session-missing")
    assert "session-missing" not in await (await wang.post(path, body, session["access"])).text()
    monkeypatch.setattr("hub.web.api.endpoint.must_come_from_session", lambda *_: None)
    assert "session-missing" not in await (await wang.post(path, body, token)).text()


async def test_on_the_command_line_a_proof_is_not_taken_with_a_token_made_there(wang, monkeypatch):
    proof = (await wang.proves((await wang.signs_in())["access"], DIGEST))["proof"]
    monkeypatch.setenv("FENGHUO_TOKEN", wang.hub.tokens.issue(wang.official.id, "Wang", wang.official.rights))
    for asked in (signing(wang.hub, "sign", DIGEST, proof), agreeing(wang.hub, proof)):
        with pytest.raises(Forbidden) as error:
            await asked
        assert error.value.rule == "session-missing"
    assert (await agreeing(wang.hub, "")).id == wang.official.id
    assert await spend(wang, proof) == "hwk"


async def test_a_proof_ends_with_the_session_it_was_given_in(wang):
    session = await wang.signs_in()
    proof = (await wang.proves(session["access"], DIGEST))["proof"]
    await wang.post("/session/end-everywhere", {}, session["access"])
    with pytest.raises(Forbidden):
        await spend(wang, proof)


async def test_guessing_codes_in_a_stolen_session_is_stopped(wang, refused):
    session = await wang.signs_in()
    wang.hub.clock.advance(STEP_S)
    for _ in range(6):
        body = {"digest": DIGEST, "totp": "000000"}
        await refused(await wang.post("/session/proofs", body, session["access"]), 401, "factor-wrong")
    right = {"digest": DIGEST, "totp": wang.code()}
    response = await wang.post("/session/proofs", right, session["access"])
    await refused(response, 429, "throttled")
    assert response.headers["Retry-After"] == "1"
    assert (await wang.proves(session["access"], DIGEST))["proof"]  # a passkey cannot be guessed
