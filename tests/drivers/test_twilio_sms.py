"""Twilio's Messages resource, row by row."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback
from channels.message import Accepted, Ambiguous, Deferred, DeliveryState, FailureReason, Form, Receipt, Refused, Reply
from channels.registry import open_drivers
from channels.twilio import escape_value
from tests.drivers import harness
from tests.drivers.harness import NOON, Case, Fault, Wanted, a_message, context

ACCOUNT = "AC" + "1" * 32
TOKEN = "a-token-nobody-may-see"
SENDER = "+861012379"
BLOCK = {"driver": "twilio_sms", "account": ACCOUNT, "auth_token": TOKEN, "sender": SENDER}
BASIC = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
SECRETS = [TOKEN, BASIC]

SID = "SM" + "a" * 32
BODY = "【烽火】暴雨红色预警&请=立即+转移 100%"
MESSAGE = a_message("sms", BODY)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
WANTED = Wanted(
    PATH,
    {
        "To": harness.ADDRESS,
        "From": SENDER,
        "Body": BODY,
        "ValidityPeriod": "3595",
        "StatusCallback": "https://hub.example/hooks/it?attempt=2&delivery=12-345",
    },
    {"Authorization": f"Basic {BASIC}", "Content-Type": "application/x-www-form-urlencoded"},
)


def json_reply(status: int, text: str, **headers: str) -> harness.Reply:
    return harness.Reply(status, text.encode(), {"Content-Type": "application/json", **headers})


def error(status: int, code: int, **headers: str) -> harness.Reply:
    return json_reply(status, f'{{"code": {code}, "message": "{harness.ADDRESS}", "status": {status}}}', **headers)


CREATED = json_reply(201, f'{{"account_sid": "{ACCOUNT}", "sid": "{SID}", "status": "queued"}}')


def one(name: str, reply: harness.Reply, outcome: object, wanted: Wanted = WANTED) -> Case:
    return Case(name, MESSAGE, [reply], [wanted], outcome)


CASES = [
    one("taken", CREATED, Accepted(SID)),
    one("created without a sid", json_reply(201, '{"status": "queued"}'), Ambiguous("HTTP 201 without sid")),
    one("a portal's page", harness.Reply(200, b"<html>log in"), Ambiguous("HTTP 200 without sid")),
    one("a 201 that is no JSON", harness.Reply(201, b"{{{"), Ambiguous("HTTP 201 without sid")),
    one(
        "a text that looks like an answer",
        json_reply(201, '{"body": "\\"sid\\": \\"SM' + "b" * 32 + f'\\"", "sid": "{SID}"}}'),
        Accepted(SID),
    ),
    one("throttled", error(429, 20429), Deferred(FailureReason.THROTTLED)),
    one(
        "throttled, with a wait",
        error(429, 20429, **{"Retry-After": "7"}),
        Deferred(FailureReason.THROTTLED, timedelta(seconds=7)),
    ),
    one("429 of a proxy", harness.Reply(429), Deferred(FailureReason.THROTTLED)),
    one("503 in Twilio's words", error(503, 20503), Deferred(FailureReason.UNREACHABLE)),
    one("503 of nobody known", harness.Reply(503, b"busy"), Ambiguous("HTTP 503")),
    one("wrong number", error(400, 21211), Refused(FailureReason.BAD_ADDRESS, "21211")),
    one("a code not in the table", error(400, 29999), Refused(FailureReason.REJECTED, "29999")),
    one("wrong token", error(401, 20003), Refused(FailureReason.MISCONFIGURED, "20003")),
    one("403 without a code", harness.Reply(403), Refused(FailureReason.MISCONFIGURED, "HTTP 403")),
    one(
        "a redirect is not followed",
        harness.Reply(307, b"", {"Location": "/elsewhere"}),
        Refused(FailureReason.MISCONFIGURED, "HTTP 307"),
    ),
    one("hang", harness.Reply(fault=Fault.HANG), Ambiguous("TimeoutError")),
    one("reset after the request", harness.Reply(fault=Fault.RESET), Ambiguous("ServerDisconnectedError")),
    one("cut inside a 201", harness.Reply(201, fault=Fault.CUT), Ambiguous("HTTP 201 without sid")),
    one("cut inside a 429", harness.Reply(429, fault=Fault.CUT), Deferred(FailureReason.THROTTLED)),
    one("byte by byte", harness.Reply(201, fault=Fault.SLOW), Ambiguous("TimeoutError")),
    one("20 MB", harness.Reply(201, fault=Fault.HUGE), Ambiguous("HTTP 201 without sid")),
    Case("ended", replace(MESSAGE, expires=NOON), [], [], Refused(FailureReason.EXPIRED)),
    Case(
        "validity is at most ten hours",
        replace(MESSAGE, expires=NOON + timedelta(days=3)),
        [CREATED],
        [Wanted(PATH, {"ValidityPeriod": "36000"})],
        Accepted(SID),
    ),
    Case(
        "validity is at least a second",
        replace(MESSAGE, expires=NOON + timedelta(seconds=2)),
        [CREATED],
        [Wanted(PATH, {"ValidityPeriod": "1"})],
        Accepted(SID),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_each_answer_becomes_its_outcome(case: Case, caplog) -> None:
    await harness.check_case(case, BLOCK, SECRETS, caplog)


async def test_a_messaging_service_stands_in_for_the_sender(caplog) -> None:
    block = {**BLOCK, "sender": "", "service": "MG" + "2" * 32}
    wanted = Wanted(PATH, {"MessagingServiceSid": "MG" + "2" * 32})
    await harness.check_case(one("service", CREATED, Accepted(SID), wanted), block, SECRETS, caplog)


async def test_nobody_listening_means_certainly_not_sent(caplog) -> None:
    async with harness.provider() as gone:
        url = gone.url
    driver = open_drivers({"it": {**BLOCK, "base_url": url}}, context())["it"]
    outcome = await driver.send(MESSAGE)
    await driver.aclose()
    assert outcome == Deferred(FailureReason.UNREACHABLE)
    harness.check_quiet([*SECRETS, harness.ADDRESS], outcome, driver, caplog)


async def test_two_forms_never_exchange_their_words() -> None:
    other = replace(MESSAGE, form=Form("sms", "en", "Leave now"))
    async with harness.provider([CREATED] * 3) as playing:
        driver = open_drivers({"it": {**BLOCK, "base_url": playing.url}}, context())["it"]
        for message in (MESSAGE, other, MESSAGE):
            await driver.send(message)
        await driver.aclose()
    assert [seen.form["Body"] for seen in playing.seen] == [BODY, "Leave now", BODY]


@given(st.text(max_size=30))
def test_an_escaped_value_reads_back_as_it_was(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    from_form = harness.Seen("", f"x={escape_value(value)}".encode(), {}).form
    assert from_form["x"] == value


# --- callbacks ---------------------------------------------------------------------------------------------------

URL = "https://hub.example/hooks/it?attempt=2&delivery=12-345"
DRIVER = open_drivers({"it": {**BLOCK, "base_url": "http://127.0.0.1:9"}}, context())["it"]


def callback(fields: dict[str, str], url: str = URL, token: str = TOKEN) -> Callback:
    signature = RequestValidator(token).compute_signature(url, fields)
    query = dict(parse_qsl(urlsplit(url).query))
    return Callback("POST", url, {"X-Twilio-Signature": signature}, query, urlencode(fields).encode())


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", DeliveryState.ACCEPTED),
        ("sent", DeliveryState.ACCEPTED),
        ("delivered", DeliveryState.DELIVERED),
        ("undelivered", DeliveryState.FAILED),
        ("failed", DeliveryState.FAILED),
        ("a-status-of-tomorrow", DeliveryState.ACCEPTED),
    ],
)
def test_a_status_callback_becomes_a_receipt_for_the_delivery_in_its_url(status: str, state: DeliveryState) -> None:
    heard = DRIVER.read(callback({"MessageSid": SID, "MessageStatus": status, "To": harness.ADDRESS}))
    assert heard.receipts == [Receipt("it", state, NOON, SID, "12-345", status)]
    assert harness.ADDRESS not in repr(heard)


def test_the_error_code_is_the_detail_of_a_failure() -> None:
    heard = DRIVER.read(callback({"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": "30003"}))
    assert heard.receipts[0].detail == "30003"


def test_an_inbound_message_becomes_a_reply_and_is_answered_with_silence() -> None:
    fields = {"MessageSid": SID, "From": harness.ADDRESS, "Body": "收到，谢谢 & 再见", "SmsStatus": "received"}
    heard = DRIVER.read(callback(fields, "https://hub.example/hooks/it"))
    assert heard.replies == [Reply("it", harness.ADDRESS, "收到，谢谢 & 再见", NOON, SID)]
    assert heard.content_type == "text/xml"
    assert heard.body.endswith(b"<Response/>")


SIGNED = callback({"MessageSid": SID, "MessageStatus": "delivered"})


@pytest.mark.parametrize(
    "forged",
    [
        replace(SIGNED, headers={}),
        replace(SIGNED, headers={"X-Twilio-Signature": ""}),
        replace(SIGNED, headers={"X-Twilio-Signature": "签名"}),
        replace(SIGNED, body=SIGNED.body.replace(b"delivered", b"failed")),
        replace(SIGNED, body=SIGNED.body + b"&MessageStatus=failed"),
        replace(SIGNED, body=b"\xff\xfe"),
        replace(SIGNED, body=b"&".join(b"a=%d" % number for number in range(500))),
        replace(SIGNED, url=URL.replace("12-345", "12-346")),
        callback({"MessageSid": SID, "MessageStatus": "delivered"}, token="another account's"),
    ],
    ids=["unsigned", "empty", "not ascii", "altered", "doubled", "binary", "flood", "other delivery", "other token"],
)
def test_what_is_not_signed_by_us_is_not_believed(forged: Callback) -> None:
    with pytest.raises(CallbackSignatureRefused):
        DRIVER.read(forged)


@pytest.mark.parametrize("header", ["X-Twilio-Signature", "x-twilio-signature"])
def test_the_case_of_the_header_does_not_matter(header: str) -> None:
    signature = SIGNED.headers["X-Twilio-Signature"]
    assert DRIVER.read(replace(SIGNED, headers={header: signature})).receipts


@pytest.mark.parametrize("fields", [{"MessageStatus": "delivered"}, {"MessageSid": SID}])
def test_a_signed_callback_without_its_essentials_is_malformed(fields: dict[str, str]) -> None:
    with pytest.raises(MalformedCallback):
        DRIVER.read(callback(fields))


def test_the_same_callback_twice_says_the_same_twice() -> None:
    assert DRIVER.read(SIGNED) == DRIVER.read(SIGNED)
