"""Sessions over the API: opened by factors, renewed once per token, ended for good."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from approvals.official import Right
from hub.access.identity.sessions import Client, Sessions
from hub.crypto.vault import Vault
from hub.errors import NotSignedIn
from hub.settings.settings import AuthSettings
from hub.store.access import officials, sessions
from tests.hub.access.identity.conftest import PASSWORD


async def refresh(person, secret):
    return await person.post("/session/refresh", {"refresh": secret})


async def test_password_and_code_open_a_session_whose_token_opens_the_api(wang):
    session = await wang.signs_in()
    assert session["name"] == "Wang"
    assert (await wang.get("/alerts", session["access"])).status == 200
    claims = wang.hub.tokens.verify(session["access"])
    assert claims.login.methods == ("pwd", "otp")
    assert claims.expires - wang.hub.clock.now().timestamp() <= 15 * 60


@pytest.mark.parametrize(
    "change", [{"password": "another long password"}, {"totp": "000000"}, {"totp": ""}, {"name": "Nobody"}]
)
async def test_whatever_is_wrong_the_answer_is_the_same(wang, refused, change):
    problem = await refused(await wang.tries(**change), 401, "sign-in-refused")
    assert problem["detail"] == "name, password or code is wrong"
    assert problem["place"] == ""


async def test_a_code_opens_one_session_only(wang, refused):
    assert (await wang.tries()).status == 201
    await refused(await wang.tries(), 401, "sign-in-refused")
    assert (await wang.tries(totp=wang.code(1))).status == 201  # the next one, a little early
    await refused(await wang.tries(), 401, "sign-in-refused")  # and no earlier one after it


async def test_a_wrong_password_does_not_use_up_the_code(wang):
    assert (await wang.tries(password="another long password")).status == 401
    assert (await wang.tries()).status == 201


async def test_an_unknown_name_costs_the_same_hashing_as_a_known_one(wang, monkeypatch):
    done = []
    passwords = wang.hub.identity.passwords
    real = type(passwords)._run

    async def counted(self, work):
        done.append(work)
        return await real(self, work)

    monkeypatch.setattr(type(passwords), "_run", counted)
    for name in ("Wang", "Nobody"):
        await wang.tries(name=name, password="another long password")
    wang.hub.add_official("Zhao", Right.DRAFT)  # who has no password
    await wang.tries(name="Zhao")
    assert len(done) == 3


async def test_a_passkey_alone_opens_a_session(wang):
    options = await (await wang.post("/session/passkey/options")).json()
    assert options["userVerification"] == "required"
    response = await wang.post("/session/passkey", {"credential": wang.passkey.get(options)})
    session = await response.json()
    assert (response.status, session["name"]) == (201, "Wang")
    assert wang.hub.tokens.verify(session["access"]).login.methods == ("hwk",)


async def test_nobody_out_of_office_signs_in_and_what_they_had_ends(wang, refused):
    session = await wang.signs_in()
    with wang.hub.db.engine.begin() as connection:
        officials.set_active(connection, wang.official.id, active=False)
    await refused(await wang.get("/alerts", session["access"]), 401, "official-unknown")
    await refused(await refresh(wang, session["refresh"]), 401, "session-ended")
    wang.hub.clock.advance(60)
    await refused(await wang.tries(), 401, "sign-in-refused")
    options = await (await wang.post("/session/passkey/options")).json()
    response = await wang.post("/session/passkey", {"credential": wang.passkey.get(options)})
    await refused(response, 401, "official-inactive")


async def test_a_refresh_token_works_once_and_its_second_use_ends_the_session(wang, refused, acts):
    first = await wang.signs_in()
    second = await (await refresh(wang, first["refresh"])).json()
    assert second["session"] == first["session"]
    await refused(await refresh(wang, first["refresh"]), 401, "refresh-replayed")
    # The thief and the owner cannot be told apart: neither goes on, at once.
    await refused(await refresh(wang, second["refresh"]), 401, "session-ended")
    for token in (first["access"], second["access"]):
        await refused(await wang.get("/alerts", token), 401, "session-ended")
    assert [action for action, *_ in acts()][-2:] == ["refresh-replayed", "session-ended"]


async def test_of_two_refreshes_at_once_exactly_one_wins_and_the_session_ends(wang):
    session = await wang.signs_in()
    found = await asyncio.gather(*(refresh(wang, session["refresh"]) for _ in range(4)))
    assert sorted(each.status for each in found) == [201, 401, 401, 401]
    assert (await wang.get("/alerts", session["access"])).status == 401


async def test_an_access_token_dies_in_a_quarter_of_an_hour(wang, refused):
    session = await wang.signs_in()
    wang.hub.clock.advance(15 * 60 + 6)
    await refused(await wang.get("/alerts", session["access"]), 401, "token-expired")
    assert (await refresh(wang, session["refresh"])).status == 201


async def test_a_session_ends_after_its_hours_however_busy_it_is(wang, refused):
    session = await wang.signs_in()
    for _ in range(3):
        wang.hub.clock.advance(4 * 3600 - 60)
        session = await (await refresh(wang, session["refresh"])).json()
    wang.hub.clock.advance(180)
    await refused(await refresh(wang, session["refresh"]), 401, "session-over")


async def test_one_sees_and_ends_only_sessions_of_ones_own(wang, enrol, refused):
    first, second = await wang.signs_in(), await wang.signs_in()
    li = await enrol("Li").signs_in()
    listed = await (await wang.get("/session", second["access"])).json()
    assert [(each["session"], each["current"]) for each in listed] == [
        (second["session"], True),
        (first["session"], False),
    ]
    ended = await wang.post("/session/end", {"session": li["session"]}, second["access"])
    assert await ended.json() == {"ended": 0}
    assert (await wang.get("/alerts", li["access"])).status == 200
    await wang.post("/session/end", {"session": first["session"]}, second["access"])
    await refused(await wang.get("/alerts", first["access"]), 401, "session-ended")
    assert (await wang.get("/alerts", second["access"])).status == 200


async def test_signing_out_everywhere_ends_every_session_at_once(wang, refused):
    every = [await wang.signs_in() for _ in range(3)]
    response = await wang.post("/session/end-everywhere", {}, every[0]["access"])
    assert await response.json() == {"ended": 3}
    for session in every:
        await refused(await wang.get("/alerts", session["access"]), 401, "session-ended")
        await refused(await refresh(wang, session["refresh"]), 401, "session-ended")


async def test_a_token_without_a_session_can_be_taken_back(wang, refused):
    token = wang.hub.tokens.issue(wang.official.id, "Wang", wang.official.rights)
    assert (await wang.post("/session/end", {}, token)).status == 200
    await refused(await wang.get("/alerts", token), 401, "token-revoked")


async def test_tokens_of_the_command_line_can_be_switched_off(wang, refused):
    token = wang.hub.tokens.issue(wang.official.id, "Wang", wang.official.rights)
    session = await wang.signs_in()
    auth = wang.hub.settings.auth.model_copy(update={"command_line_tokens": False})
    wang.hub.settings = wang.hub.settings.model_copy(update={"auth": auth})
    await refused(await wang.get("/alerts", token), 401, "token-command-line")
    assert (await wang.get("/alerts", session["access"])).status == 200


async def test_no_secret_reaches_the_audit_log_or_the_tables(wang, acts, capfd):
    session = await wang.signs_in()
    proof = await wang.proves(session["access"])
    await wang.tries(password="hunter2 hunter2 hunter2", name="my password by mistake")
    await refresh(wang, session["refresh"])
    secrets = [PASSWORD, wang.seed, session["refresh"], session["access"], proof["proof"], "hunter2", "by mistake"]
    with wang.hub.db.engine.connect() as connection:
        kept = "\n".join(connection.connection.iterdump())
    log = "".join(capfd.readouterr())
    assert not [secret for secret in secrets if secret in kept or secret in log]
    assert {"sign-in", "factor-shown", "sign-in-refused"} <= {action for action, *_ in acts()}


async def test_a_stream_ends_soon_after_its_session(wang, make_view, hub):
    hub.alerts.views[1] = make_view(1)
    session = await wang.signs_in()
    response = await wang.get("/alerts/1/events", session["access"])
    await response.content.readuntil(b"\n\n")
    await wang.post("/session/end-everywhere", {}, session["access"])
    rest = await asyncio.wait_for(response.content.read(), 10)
    assert b"event: end" not in rest


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["newest", "old", "forged", "end", "wait"]), st.integers(0, 5)), max_size=12
    )
)
async def test_a_session_lives_exactly_while_each_refresh_token_was_used_once(sqlite_db, clock, tokens, moves):
    """The model: alive until an old token comes again, the session is ended, or its time is over."""
    service = Sessions(
        sqlite_db, clock, AuthSettings(refresh_hours=3, session_hours=8), tokens, Vault(b"s" * 32, b"h" * 32)
    )
    with sqlite_db.engine.begin() as connection:
        known = officials.by_name(connection, "Model")
        new = officials.NewOfficial("Model", "Office", "610000000000", frozenset({Right.DRAFT}))
        official = known.official if known else officials.add(connection, new, 1)
        opened = service.open(connection, official, ("hwk",), Client("a", "b"))
    begun = issued = clock.now().timestamp()
    used, newest, alive = [], opened.refresh, True
    for move, number in moves:
        if move == "wait":
            clock.advance(number * 3600)
            continue
        if move == "end":
            await service.end(official, opened.session)
            alive = False
            continue
        secret = {"newest": newest, "old": used[number % len(used)] if used else "x", "forged": "f"}[move]
        now = clock.now().timestamp()
        in_time = now < min(issued + 3 * 3600, begun + 8 * 3600)
        wins = move == "newest" and newest not in used and alive and in_time
        if wins:
            used.append(secret)
            newest, issued = (await service.refresh(secret)).refresh, now
            continue
        with pytest.raises(NotSignedIn):
            await service.refresh(secret)
        if move == "newest" or secret in used:
            used.append(secret)
            alive = False
    with sqlite_db.engine.connect() as connection:
        session = sessions.get(connection, opened.session)
    assert (session.ended_at is None) == alive
