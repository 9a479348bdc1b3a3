"""Guessing is slow; being guessed at locks nobody out for good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access.identity.passwords import Passwords
from hub.access.identity.throttling import PATIENCE, ThrottlePolicy, worth_noting
from tests.hub.access.identity.conftest import PASSWORD

WRONG = "another long password"


async def fail(person, times, **changes):
    return [(await person.tries(password=WRONG, **changes)).status for _ in range(times)]


async def test_after_some_failures_one_waits_and_a_right_password_waits_too(wang, refused):
    assert await fail(wang, 6) == [401] * 6
    response = await wang.tries()
    await refused(response, 429, "throttled")
    assert response.headers["Retry-After"] == "1"
    wang.hub.clock.advance(1)
    assert (await wang.tries()).status == 201


async def test_the_wait_doubles_with_every_failure_up_to_a_quarter_of_an_hour(wang):
    await fail(wang, 5)
    waits = []
    for _ in range(12):
        assert (await wang.tries(password=WRONG)).status == 401
        waits.append(int((await wang.tries(password=WRONG)).headers["Retry-After"]))
        wang.hub.clock.advance(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


async def test_who_must_wait_is_sent_away_before_a_password_is_hashed(wang, monkeypatch):
    await fail(wang, 6)
    hashed = []

    async def verify(_self, *_given):
        hashed.append(1)
        return False

    monkeypatch.setattr(Passwords, "verify", verify)
    assert await fail(wang, 5) == [429] * 5
    assert hashed == [], "a hash costs memory and time: whoever guesses would keep the hub busy with them"


async def test_attempts_during_the_wait_do_not_lengthen_it(wang):
    await fail(wang, 6)
    assert await fail(wang, 20) == [429] * 20
    wang.hub.clock.advance(1)
    assert (await wang.tries()).status == 201


async def test_a_right_answer_makes_the_count_begin_anew(wang):
    await fail(wang, 5)
    await wang.signs_in()
    assert await fail(wang, 5) == [401] * 5
    wang.hub.clock.advance(30)
    assert (await wang.tries()).status == 201


async def test_names_that_nobody_has_are_throttled_like_others(wang):
    assert await fail(wang, 7, name="Nobody") == [401] * 6 + [429]


async def test_a_crowd_of_machines_does_not_lock_out_an_official_at_their_own_desk(enrol, hub):
    auth = hub.settings.auth.model_copy(update={"client_header": "X-Client"})
    hub.settings = hub.settings.model_copy(update={"auth": auth})
    wang = enrol("Wang")
    wang.headers = {"X-Client": "forged, desk"}
    await wang.signs_in()
    for number in range(60):
        hub.clock.advance(60)
        wang.headers = {"X-Client": f"bot-{number}"}
        assert (await wang.tries(password=WRONG)).status == 401
    wang.headers = {"X-Client": "elsewhere"}
    response = await wang.tries()
    assert response.status == 429
    assert int(response.headers["Retry-After"]) <= PATIENCE["account"].most_s
    wang.headers = {"X-Client": "desk"}
    assert (await wang.tries()).status == 201


async def test_one_machine_that_tries_many_names_is_stopped(enrol, hub):
    wang = enrol("Wang")
    found = [(await wang.tries(name=f"name {number}", password=PASSWORD)).status for number in range(32)]
    assert found == [401] * 31 + [429]


async def test_a_flood_of_failures_adds_a_few_lines_to_the_log(wang, acts):
    for _ in range(20):
        await wang.tries(password=WRONG)
        wang.hub.clock.advance(900)
    refusals = [detail for action, _, detail in acts() if action == "sign-in-refused"]
    assert len(refusals) == 5  # the 1st, 2nd, 4th, 8th and 16th


@given(st.integers(1, 60), st.integers(0, 10), st.integers(1, 900))
def test_no_wait_is_longer_than_the_longest_and_none_shrinks(failures, free, most):
    patience = ThrottlePolicy(free, most)
    assert 0 <= patience.wait_s(failures) <= patience.wait_s(failures + 1) <= most


@pytest.mark.parametrize(("count", "noted"), [(1, True), (2, True), (3, False), (4, True), (1023, False), (1024, True)])
def test_failures_are_noted_at_powers_of_two(count, noted):
    assert worth_noting(count) is noted
