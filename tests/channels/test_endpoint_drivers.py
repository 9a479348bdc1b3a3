"""The four drivers that post to registered URLs, each through the same misfortunes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest

from channels.message import Accepted, Ambiguous, Deferred, FailureReason, Form, Outcome, Refused
from channels.registry import open_drivers
from channels.standard_webhooks import verify
from tests.drivers.harness import NOON, Fault, Reply, a_message, check_quiet, context, provider

KEY = "whsec_" + "QUJD" * 10
SECRETS = {"wecom_robot": "", "cap_http": "operator-token-9", "partner_push": KEY, "webhook": ""}
BLOCKS: dict[str, dict[str, Any]] = {
    "wecom_robot": {},
    "cap_http": {},
    "partner_push": {},
    "webhook": {"key": KEY},
}
DRIVERS = sorted(BLOCKS)
FORM = Form("there", "zh", "**立即离开**", subject="s", text="离开")
NO_ERRCODE = Ambiguous("no errcode in the answer")
UNREACHABLE, THROTTLED = Deferred(FailureReason.UNREACHABLE), Deferred(FailureReason.THROTTLED)


def errcode(code: int) -> Reply:
    return Reply(200, orjson.dumps({"errcode": code, "errmsg": "hint: [1] from ip 10.0.0.1"}))


@dataclass(frozen=True)
class Case:
    name: str
    answer: Reply
    wants: dict[str, Outcome] = field(default_factory=dict)  #: by driver
    others: Outcome | None = None  #: what every driver not named wants


CASES = [
    Case(
        "success",
        Reply(200),
        {"wecom_robot": NO_ERRCODE},
        Accepted(),
    ),
    Case("created", Reply(201, b'{"reference": "cb-1"}'), {"cap_http": Accepted("cb-1")}),
    Case("taken without a readable body", Reply(202, b"{not json"), {"cap_http": Accepted()}),
    Case("taken with a list", Reply(202, b"[1]"), {"cap_http": Accepted()}),
    Case(
        "repeat",
        Reply(409, b'{"reference": "cb-1"}'),
        {"cap_http": Accepted("cb-1")},
        Refused(FailureReason.REJECTED, "HTTP 409"),
    ),
    Case("wrong credentials", Reply(401), {}, Refused(FailureReason.MISCONFIGURED, "HTTP 401")),
    Case("no such place", Reply(404), {}, Refused(FailureReason.BAD_ADDRESS, "HTTP 404")),
    Case(
        "gone for good",
        Reply(410),
        {"partner_push": Refused(FailureReason.MISCONFIGURED, "disabled")},
        Refused(FailureReason.BAD_ADDRESS, "HTTP 410"),
    ),
    Case("slow down", Reply(429), {}, THROTTLED),
    Case(
        "slow down for a while",
        Reply(429, headers={"Retry-After": "17"}),
        {},
        Deferred(FailureReason.THROTTLED, timedelta(seconds=17)),
    ),
    Case(
        "unavailable",
        Reply(503, headers={"Retry-After": "5"}),
        {},
        Deferred(FailureReason.UNREACHABLE, timedelta(seconds=5)),
    ),
    Case(
        "bad gateway",
        Reply(502),
        {"wecom_robot": Ambiguous("HTTP 502"), "partner_push": THROTTLED},
        UNREACHABLE,
    ),
    Case("rejected", Reply(422, b'{"error": "no"}'), {}, Refused(FailureReason.REJECTED, "HTTP 422")),
    Case(
        "redirect", Reply(307, headers={"Location": "/elsewhere"}), {}, Refused(FailureReason.MISCONFIGURED, "HTTP 307")
    ),
    Case("silence", Reply(fault=Fault.HANG), {}, Ambiguous("TimeoutError")),
    Case("reset after the request", Reply(fault=Fault.RESET), {}, Ambiguous("ServerDisconnectedError")),
    Case("cut inside the answer", Reply(202, fault=Fault.CUT), {"wecom_robot": NO_ERRCODE}, Accepted()),
    Case("byte by byte", Reply(202, fault=Fault.SLOW), {}, Ambiguous("TimeoutError")),
    Case("20 MB", Reply(202, fault=Fault.HUGE), {"wecom_robot": NO_ERRCODE}, Accepted()),
    Case("robot says yes", errcode(0), {"wecom_robot": Accepted()}),
    Case(
        "robot over its limit",
        errcode(45009),
        {"wecom_robot": Deferred(FailureReason.THROTTLED, timedelta(seconds=65))},
    ),
    Case("robot busy", errcode(-1), {"wecom_robot": UNREACHABLE}),
    Case("robot unknown", errcode(93000), {"wecom_robot": Refused(FailureReason.MISCONFIGURED, "93000")}),
    Case("robot refuses the text", errcode(40008), {"wecom_robot": Refused(FailureReason.REJECTED, "40008")}),
    Case("robot answers nonsense", Reply(200, b"<html>"), {"wecom_robot": NO_ERRCODE}),
    Case("robot answers a word", Reply(200, b'{"errcode": "0"}'), {"wecom_robot": NO_ERRCODE}),
]
ROWS = [
    pytest.param(driver, case.answer, case.wants.get(driver, case.others), id=f"{driver}: {case.name}")
    for case in CASES
    for driver in DRIVERS
    if driver in case.wants or case.others is not None
]


def opened(name, now=NOON, **changes):
    block = {"driver": name, "allow_loopback": True, "timeout_s": 30, **BLOCKS[name], **changes}
    return open_drivers({"there": block}, context(now))["there"]


def message_to(url, name, **changes):
    values = {"to": url, "secret": SECRETS[name], "form": FORM} | changes
    return a_message("there", "", **values)


async def exchanged(name, reply, *, now=NOON, settings=None, **changes):
    """Outcome and requests of one message sent to a provider that gives one reply."""
    async with provider([reply]) as there:
        driver = opened(name, now, **(settings or {}))
        try:
            outcome = await driver.send(message_to(f"{there.url}/hook?key=k", name, **changes))
        finally:
            await driver.aclose()
        return outcome, there.seen


@pytest.mark.parametrize(("name", "answer", "wants"), ROWS)
async def test_each_answer_of_a_provider_becomes_its_outcome(caplog, name, answer, wants):
    caplog.set_level(logging.DEBUG)
    slow = answer.fault in {Fault.HANG, Fault.SLOW}
    outcome, seen = await exchanged(name, answer, settings={"timeout_s": 0.5 if slow else 30})
    assert outcome == wants
    assert [request.path for request in seen] == ["/hook"]
    driver = opened(name)
    told = driver.destination(message_to("https://there.example/hook?key=hidden", name))
    check_quiet([SECRETS[name], KEY, "10.0.0.1", "hidden", FORM.body], (outcome, told), driver, caplog)


@pytest.mark.parametrize("name", DRIVERS)
async def test_an_endpoint_that_is_not_there_is_tried_later(name):
    driver = opened(name)
    outcome = await driver.send(message_to("http://127.0.0.1:1/x", name))
    await driver.aclose()
    assert outcome == UNREACHABLE


@pytest.mark.parametrize("name", DRIVERS)
async def test_without_the_setting_nothing_is_sent_to_this_machine(name):
    outcome, seen = await exchanged(name, Reply(), settings={"allow_loopback": False})
    assert outcome == Refused(FailureReason.MISCONFIGURED, "the host is this machine")
    assert seen == []


@pytest.mark.parametrize("name", DRIVERS)
async def test_nothing_leaves_after_the_warning_has_ended(name):
    outcome, seen = await exchanged(name, Reply(), now=NOON + timedelta(hours=1))
    assert outcome == Refused(FailureReason.EXPIRED)
    assert seen == []


@pytest.mark.parametrize("name", ["cap_http", "partner_push"])
async def test_the_approved_document_goes_out_byte_for_byte(name):
    body = '{"cap": "<alert>\\n</alert>"}  \r\n洪水 \u2028'
    _, seen = await exchanged(name, Reply(), form=Form("there", "zh", body))
    assert [request.body for request in seen] == [body.encode()]


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=10)])
async def test_a_push_is_signed_with_the_partners_key_at_the_time_of_the_attempt(age):
    _, (request,) = await exchanged("partner_push", Reply(503), now=NOON + age)
    verified = verify(KEY, request.headers, request.body, NOON + age)
    assert (verified.id, verified.at) == ("12-345", NOON + age)


async def test_while_a_partner_changes_keys_both_sign():
    other = "whsec_" + "REVG" * 10
    _, (request,) = await exchanged("partner_push", Reply(), secret=f"{KEY} {other}")
    assert {verify(key, request.headers, request.body, NOON).id for key in (KEY, other)} == {"12-345"}


@pytest.mark.parametrize("secret", ["", " ", "short", "whpk_" + "QUJD" * 10 + "QUI=", "whsec_!"])
async def test_a_partner_without_a_usable_key_is_pushed_nothing(secret):
    outcome, seen = await exchanged("partner_push", Reply(), secret=secret)
    assert isinstance(outcome, Refused)
    assert outcome.reason is FailureReason.MISCONFIGURED
    assert seen == []


async def test_a_broadcast_carries_token_media_type_and_the_key_that_finds_repeats():
    _, (request,) = await exchanged("cap_http", Reply(202))
    wanted = {
        "Authorization": f"Bearer {SECRETS['cap_http']}",
        "Content-Type": "application/cap+xml; charset=utf-8",
        "Idempotency-Key": "12-345",
        "Callback-Url": "https://hub.example/hooks/there",
    }
    assert {name: request.headers.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("secret", ["", "a b", "a\r\nX: y", "é"])
async def test_a_token_that_would_break_the_header_is_not_sent(secret):
    outcome, seen = await exchanged("cap_http", Reply(202), secret=secret)
    assert outcome == Refused(FailureReason.MISCONFIGURED, "the endpoint has no usable bearer token")
    assert seen == []


@pytest.mark.parametrize(
    ("body", "text", "kind", "content"),
    [
        ("水" * 1365, "short", "markdown", "水" * 1365),
        ("水" * 1366, "short", "text", "short"),
        ("水" * 1366, "水" * 682, "text", "水" * 682),
    ],
)
async def test_a_robot_gets_markdown_where_it_fits_and_the_text_where_it_does_not(body, text, kind, content):
    outcome, (request,) = await exchanged("wecom_robot", errcode(0), form=Form("there", "zh", body, text=text))
    assert outcome == Accepted()
    assert orjson.loads(request.body) == {"msgtype": kind, kind: {"content": content}}


async def test_a_message_too_long_for_a_robot_is_refused_and_never_cut():
    outcome, seen = await exchanged("wecom_robot", errcode(0), form=Form("there", "zh", "水" * 1366, text="水" * 683))
    assert isinstance(outcome, Refused)
    assert outcome.reason is FailureReason.REJECTED
    assert seen == []


def test_robots_are_destinations_of_their_own_and_limited_to_twenty_a_minute():
    driver = opened("wecom_robot")
    one, two = (message_to(f"https://qyapi.example.com/send?key={key}", "wecom_robot") for key in "ab")
    assert driver.destination(one) != driver.destination(two)
    assert driver.limits.per_second * 60 == pytest.approx(20)
    assert driver.limits.burst == 20


async def test_the_example_driver_signs_one_document_per_person():
    _, (request,) = await exchanged("webhook", Reply())
    assert verify(KEY, request.headers, request.body, NOON).id == "12-345"
    document = {"delivery": "12-345", "language": "zh", "subject": "s", "text": FORM.body}
    assert orjson.loads(request.body) == document
