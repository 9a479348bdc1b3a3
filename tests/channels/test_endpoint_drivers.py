"""The four drivers that post to registered URLs, each through the same misfortunes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest

from channels.message import Accepted, Ambiguous, Deferred, Form, Message, Outcome, Reason, Refused
from channels.registry import open_drivers
from channels.settings import DriverContext
from channels.standard_webhooks import verify

HANG, RESET = b"<hang>", b"<reset>"
KEY = "whsec_" + "QUJD" * 10
SECRETS = {"wecom_robot": "", "cap_http": "operator-token-9", "partner_push": KEY, "webhook": ""}
BLOCKS: dict[str, dict[str, Any]] = {
    "wecom_robot": {},
    "cap_http": {},
    "partner_push": {},
    "webhook": {"key": KEY},
}
DRIVERS = sorted(BLOCKS)
UNREACHABLE, THROTTLED = Deferred(Reason.UNREACHABLE), Deferred(Reason.THROTTLED)


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def errcode(code: int) -> bytes:
    return http(200, orjson.dumps({"errcode": code, "errmsg": "hint: [1] from ip 10.0.0.1"}))


@dataclass(frozen=True)
class Case:
    name: str
    answer: bytes
    wants: dict[str, Outcome] = field(default_factory=dict)  #: by driver
    others: Outcome | None = None  #: what every driver not named wants


CASES = [
    Case(
        "success",
        http(200),
        {"wecom_robot": Ambiguous("HTTP 200 without errcode")},
        Accepted(),
    ),
    Case("created", http(201, b'{"reference": "cb-1"}'), {"cap_http": Accepted("cb-1")}),
    Case("taken without a readable body", http(202, b"{not json"), {"cap_http": Accepted()}),
    Case("taken with a list", http(202, b"[1]"), {"cap_http": Accepted()}),
    Case(
        "repeat",
        http(409, b'{"reference": "cb-1"}'),
        {"cap_http": Accepted("cb-1")},
        Refused(Reason.REJECTED, "HTTP 409"),
    ),
    Case("wrong credentials", http(401), {}, Refused(Reason.MISCONFIGURED, "HTTP 401")),
    Case("no such place", http(404), {}, Refused(Reason.BAD_ADDRESS, "HTTP 404")),
    Case(
        "gone for good",
        http(410),
        {"partner_push": Refused(Reason.MISCONFIGURED, "disabled")},
        Refused(Reason.BAD_ADDRESS, "HTTP 410"),
    ),
    Case("slow down", http(429), {}, THROTTLED),
    Case("slow down for a while", http(429, Retry_After="17"), {}, Deferred(Reason.THROTTLED, timedelta(seconds=17))),
    Case("unavailable", http(503, Retry_After="5"), {}, Deferred(Reason.UNREACHABLE, timedelta(seconds=5))),
    Case(
        "bad gateway",
        http(502),
        {"wecom_robot": Ambiguous("HTTP 502"), "partner_push": THROTTLED},
        UNREACHABLE,
    ),
    Case("rejected", http(422, b'{"error": "no"}'), {}, Refused(Reason.REJECTED, "HTTP 422")),
    Case("redirect", http(307, Location="http://127.0.0.1:1/"), {}, Refused(Reason.MISCONFIGURED, "HTTP 307")),
    Case("silence", HANG, {}, Ambiguous("SocketTimeoutError")),
    Case("reset after the request", RESET, {}, Ambiguous("ServerDisconnectedError")),
    Case("not HTTP", b"220 relay ESMTP\r\n\r\n", {}, Ambiguous("ClientResponseError")),
    Case("robot says yes", errcode(0), {"wecom_robot": Accepted()}),
    Case("robot over its limit", errcode(45009), {"wecom_robot": Deferred(Reason.THROTTLED, timedelta(seconds=65))}),
    Case("robot busy", errcode(-1), {"wecom_robot": UNREACHABLE}),
    Case("robot unknown", errcode(93000), {"wecom_robot": Refused(Reason.MISCONFIGURED, "93000")}),
    Case("robot refuses the text", errcode(40008), {"wecom_robot": Refused(Reason.REJECTED, "40008")}),
    Case("robot answers nonsense", http(200, b"<html>"), {"wecom_robot": Ambiguous("HTTP 200 without errcode")}),
    Case(
        "robot answers a word", http(200, b'{"errcode": "0"}'), {"wecom_robot": Ambiguous("HTTP 200 without errcode")}
    ),
    Case(
        "a body without end",
        http(200, b"[" * 3_000_000),
        {"wecom_robot": Ambiguous("HTTP 200 without errcode")},
        Accepted(),
    ),
]
ROWS = [
    pytest.param(driver, case.answer, case.wants.get(driver, case.others), id=f"{driver}: {case.name}")
    for case in CASES
    for driver in DRIVERS
    if driver in case.wants or case.others is not None
]


def opened(name, clock, **changes):
    block = {"driver": name, "allow_loopback": True, "timeout_s": 5, **BLOCKS[name], **changes}
    return open_drivers({"there": block}, DriverContext("https://hub.example", clock.now))["there"]


def message_to(url, name, clock, **changes):
    form = changes.pop("form", Form("there", "zh", "**离开**", subject="s", text="离开"))
    values = {"delivery": "7-42", "attempt": 1, "to": url, "form": form, "secret": SECRETS[name]} | changes
    return Message(expires=clock.now() + timedelta(hours=1), **values)


@pytest.mark.parametrize(("name", "answer", "wants"), ROWS)
async def test_each_answer_of_a_provider_becomes_its_outcome(provider, clock, caplog, name, answer, wants):
    script = await provider(answer)
    driver = opened(name, clock, timeout_s=0.5 if answer == HANG else 5)
    message = message_to(script.url, name, clock)
    outcome = await driver.send(message)
    await driver.aclose()
    if isinstance(wants, Ambiguous) and answer == HANG:
        assert isinstance(outcome, Ambiguous)
    else:
        assert outcome == wants
    assert len(script.requests) == 1
    told = repr(outcome) + caplog.text + driver.destination(message)
    assert not [secret for secret in (SECRETS[name], KEY, "10.0.0.1") if secret and secret in told]


@pytest.mark.parametrize("name", DRIVERS)
async def test_an_endpoint_that_is_not_there_is_tried_later(provider, clock, name):
    driver = opened(name, clock)
    outcome = await driver.send(message_to("http://127.0.0.1:1/x", name, clock))
    await driver.aclose()
    assert outcome == UNREACHABLE


@pytest.mark.parametrize("name", DRIVERS)
async def test_without_the_setting_nothing_is_sent_to_this_machine(provider, clock, name):
    script = await provider(http(200))
    driver = opened(name, clock, allow_loopback=False)
    outcome = await driver.send(message_to(script.url, name, clock))
    await driver.aclose()
    assert outcome == Refused(Reason.MISCONFIGURED, "the host is this machine")
    assert script.requests == []


@pytest.mark.parametrize("name", DRIVERS)
async def test_nothing_leaves_after_the_warning_has_ended(provider, clock, name):
    script = await provider(http(200))
    driver, message = opened(name, clock), message_to(script.url, name, clock)
    clock.advance(3600)
    assert await driver.send(message) == Refused(Reason.EXPIRED)
    await driver.aclose()
    assert script.requests == []


@pytest.mark.parametrize("name", ["cap_http", "partner_push"])
async def test_the_approved_document_goes_out_byte_for_byte(provider, clock, name):
    script = await provider(http(200))
    driver = opened(name, clock)
    body = '{"cap": "<alert>\\n</alert>"}  \r\n洪水 \u2028'
    await driver.send(message_to(script.url, name, clock, form=Form("there", "zh", body)))
    await driver.aclose()
    assert script.requests[0].body == body.encode()


async def test_a_push_is_signed_with_the_partners_key_at_the_time_of_the_attempt(provider, clock):
    script = await provider(http(503))
    driver = opened("partner_push", clock)
    message = message_to(script.url, "partner_push", clock)
    await driver.send(message)
    clock.advance(600)
    await driver.send(message)
    await driver.aclose()
    first, second = script.requests
    later = clock.now()
    assert verify(KEY, second.headers, second.body, later).id == "7-42"
    assert verify(KEY, first.headers, first.body, later - timedelta(seconds=600)).id == "7-42"
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600


async def test_while_a_partner_changes_keys_both_sign(provider, clock):
    script = await provider(http(200))
    other = "whsec_" + "REVG" * 10
    driver = opened("partner_push", clock)
    await driver.send(message_to(script.url, "partner_push", clock, secret=f"{KEY} {other}"))
    await driver.aclose()
    (request,) = script.requests
    for key in (KEY, other):
        verify(key, request.headers, request.body, clock.now())


@pytest.mark.parametrize("secret", ["", "short", "whpk_" + "QUJD" * 10 + "QUI=", "whsec_!"])
async def test_a_partner_without_a_usable_key_is_pushed_nothing(provider, clock, secret):
    script = await provider(http(200))
    driver = opened("partner_push", clock)
    outcome = await driver.send(message_to(script.url, "partner_push", clock, secret=secret))
    await driver.aclose()
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.MISCONFIGURED
    assert script.requests == []


async def test_a_broadcast_carries_token_media_type_and_the_key_that_finds_repeats(provider, clock):
    script = await provider(http(202))
    driver = opened("cap_http", clock)
    await driver.send(message_to(script.url, "cap_http", clock))
    await driver.aclose()
    headers = script.requests[0].headers
    assert headers["authorization"] == "Bearer operator-token-9"
    assert headers["content-type"] == "application/cap+xml; charset=utf-8"
    assert headers["idempotency-key"] == "7-42"
    assert headers["callback-url"] == "https://hub.example/hooks/there"


@pytest.mark.parametrize("secret", ["", "a b", "a\r\nX: y", "é"])
async def test_a_token_that_would_break_the_header_is_not_sent(provider, clock, secret):
    script = await provider(http(202))
    driver = opened("cap_http", clock)
    outcome = await driver.send(message_to(script.url, "cap_http", clock, secret=secret))
    await driver.aclose()
    assert outcome == Refused(Reason.MISCONFIGURED, "the endpoint has no usable bearer token")
    assert script.requests == []


@pytest.mark.parametrize(
    ("body", "text", "kind", "content"),
    [
        ("水" * 1365, "short", "markdown", "水" * 1365),
        ("水" * 1366, "short", "text", "short"),
        ("水" * 1366, "水" * 682, "text", "水" * 682),
    ],
)
async def test_a_robot_gets_markdown_where_it_fits_and_the_text_where_it_does_not(
    provider, clock, body, text, kind, content
):
    script = await provider(errcode(0))
    driver = opened("wecom_robot", clock)
    outcome = await driver.send(message_to(script.url, "wecom_robot", clock, form=Form("there", "zh", body, text=text)))
    await driver.aclose()
    assert outcome == Accepted()
    assert orjson.loads(script.requests[0].body) == {"msgtype": kind, kind: {"content": content}}


async def test_a_message_too_long_for_a_robot_is_refused_and_never_cut(provider, clock):
    script = await provider(errcode(0))
    driver = opened("wecom_robot", clock)
    form = Form("there", "zh", "水" * 1366, text="水" * 683)
    outcome = await driver.send(message_to(script.url, "wecom_robot", clock, form=form))
    await driver.aclose()
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.REJECTED
    assert script.requests == []


async def test_robots_are_destinations_of_their_own_and_limited_to_twenty_a_minute(clock):
    driver = opened("wecom_robot", clock)
    one, two = (
        message_to(f"https://qyapi.example.com/cgi-bin/webhook/send?key={key}", "wecom_robot", clock) for key in "ab"
    )
    assert driver.destination(one) != driver.destination(two)
    assert driver.limits.per_second * 60 == pytest.approx(20)
    assert driver.limits.burst == 20


async def test_the_example_driver_signs_one_document_per_person(provider, clock):
    script = await provider(http(200))
    driver = opened("webhook", clock)
    await driver.send(message_to(script.url, "webhook", clock))
    await driver.aclose()
    (request,) = script.requests
    assert verify(KEY, request.headers, request.body, clock.now()).id == "7-42"
    assert orjson.loads(request.body) == {"delivery": "7-42", "language": "zh", "subject": "s", "text": "**离开**"}
