"""One map from HTTP to outcomes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from channels.http import LONGEST_WAIT, MOST_BODY, HttpClient, HttpResponse, outcome_from_status, retry_after
from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Refused
from tests.drivers import harness

WAIT = timedelta(seconds=9)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Accepted()),
        (204, Accepted()),
        (301, Refused(FailureReason.MISCONFIGURED, "HTTP 301")),
        (307, Refused(FailureReason.MISCONFIGURED, "HTTP 307")),
        (400, Refused(FailureReason.REJECTED, "HTTP 400")),
        (401, Refused(FailureReason.MISCONFIGURED, "HTTP 401")),
        (403, Refused(FailureReason.MISCONFIGURED, "HTTP 403")),
        (404, Refused(FailureReason.BAD_ADDRESS, "HTTP 404")),
        (410, Refused(FailureReason.BAD_ADDRESS, "HTTP 410")),
        (408, Deferred(FailureReason.UNREACHABLE, WAIT)),
        (422, Refused(FailureReason.REJECTED, "HTTP 422")),
        (425, Deferred(FailureReason.THROTTLED, WAIT)),
        (429, Deferred(FailureReason.THROTTLED, WAIT)),
        (500, Deferred(FailureReason.UNREACHABLE, WAIT)),
        (503, Deferred(FailureReason.UNREACHABLE, WAIT)),
        (599, Deferred(FailureReason.UNREACHABLE, WAIT)),
    ],
)
def test_each_status_has_its_outcome(status: int, outcome: object) -> None:
    assert outcome_from_status(status, WAIT) == outcome


@given(st.integers(100, 599))
def test_only_a_2xx_is_ever_accepted(status: int) -> None:
    assert isinstance(outcome_from_status(status), Accepted) == (200 <= status < 300)


DATE = "Mon, 20 Jul 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "0"}, timedelta(0)),
        ({"Retry-After": "9" * 400}, LONGEST_WAIT),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "Mon, 20 Jul 2026 12:00:30 GMT", "Date": DATE}, timedelta(seconds=30)),
        ({"Retry-After": "Mon, 20 Jul 2026 11:00:00 GMT", "Date": DATE}, timedelta(0)),
        ({"Retry-After": "Mon, 20 Jul 2099 11:00:00 GMT", "Date": DATE}, LONGEST_WAIT),
        ({"Retry-After": "Mon, 20 Jul 2026 12:00:30 GMT"}, None),
        ({"Retry-After": "Mon, 20 Jul 2026 12:00:30", "Date": DATE}, None),
    ],
)
def test_the_wait_a_provider_asks_for_is_read_and_bounded(headers: dict[str, str], wait: timedelta | None) -> None:
    assert retry_after(headers) == wait


@given(st.text(max_size=40))
def test_no_retry_after_whatsoever_is_an_error(text: str) -> None:
    wait = retry_after({"Retry-After": text, "Date": DATE})
    assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


async def posted(reply: harness.Reply) -> HttpResponse | Deferred | Ambiguous:
    async with harness.provider([reply]) as playing:
        client = HttpClient(timeout_s=harness.PATIENCE_S, connections=1)
        try:
            return await client.post(URL(playing.url), b"x", {})
        finally:
            await client.aclose()


async def test_a_body_of_20_mb_is_read_no_further_than_it_is_of_use() -> None:
    answer = await posted(harness.Reply(200, fault=harness.Fault.HUGE))
    assert isinstance(answer, HttpResponse)
    assert len(answer.body) == MOST_BODY


async def test_a_status_is_heard_although_its_body_breaks_off() -> None:
    answer = await posted(harness.Reply(429, fault=harness.Fault.CUT))
    assert isinstance(answer, HttpResponse)
    assert (answer.status, answer.body) == (429, b"")


async def test_a_client_that_was_closed_can_be_used_again() -> None:
    async with harness.provider([harness.Reply(200), harness.Reply(202)]) as playing:
        client = HttpClient(timeout_s=harness.PATIENCE_S, connections=1)
        statuses = []
        for _ in range(2):
            answer = await client.post(URL(playing.url), b"x", {})
            assert isinstance(answer, HttpResponse)
            statuses.append(answer.status)
            await client.aclose()
    assert statuses == [200, 202]
