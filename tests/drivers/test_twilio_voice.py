"""Twilio's Calls resource, row by row."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from lxml import etree
from twilio.request_validator import RequestValidator

from channels import twiml
from channels.driver import Callback, CallbackSignatureRefused
from channels.message import Accepted, Deferred, DeliveryState, FailureReason, Receipt, Refused
from channels.registry import open_drivers
from tests.drivers import harness
from tests.drivers.harness import NOON, Case, Reply, Wanted, a_message, context

ACCOUNT = "AC" + "1" * 32
TOKEN = "a-token-nobody-may-see"
BLOCK = {"driver": "twilio_voice", "account": ACCOUNT, "auth_token": TOKEN, "sender": "+861012379"}
SID = "CA" + "a" * 32
HOOK = "https://hub.example/hooks/it"
TWIML = harness.twiml(harness.GATHER_URL)
MESSAGE = a_message("voice", TWIML)
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
WANTED = Wanted(
    PATH,
    {
        "To": harness.ADDRESS,
        "From": "+861012379",
        "Twiml": TWIML,
        "Timeout": "30",
        "StatusCallbackEvent": "completed",
        "StatusCallback": f"{HOOK}?attempt=2&delivery=12-345",
    },
)
CASES = [
    Case("taken", MESSAGE, [Reply(201, f'{{"sid": "{SID}"}}'.encode())], [WANTED], Accepted(SID)),
    Case("queue full", MESSAGE, [Reply(429, b'{"code": 22005}')], [WANTED], Deferred(FailureReason.THROTTLED)),
    Case("no number", MESSAGE, [Reply(400, b'{"code": 21211}')], [WANTED], Refused(FailureReason.BAD_ADDRESS, "21211")),
    Case("ended", replace(MESSAGE, expires=NOON), [], [], Refused(FailureReason.EXPIRED)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_each_answer_becomes_its_outcome(case: Case, caplog) -> None:
    await harness.check_case(case, BLOCK, [TOKEN], caplog)


def read(fields: dict[str, str], url: str, token: str = TOKEN):
    driver = open_drivers({"it": {**BLOCK, "base_url": "http://127.0.0.1:9"}}, context())["it"]
    signature = RequestValidator(token).compute_signature(url, fields)
    query = dict(parse_qsl(urlsplit(url).query))
    return driver.read(Callback("POST", url, {"X-Twilio-Signature": signature}, query, urlencode(fields).encode()))


STATUS_URL = f"{HOOK}?attempt=2&delivery=12-345"


@pytest.mark.parametrize(
    ("fields", "state", "detail"),
    [
        ({"CallStatus": "completed", "CallDuration": "21"}, DeliveryState.DELIVERED, "answered 21 s"),
        ({"CallStatus": "completed", "CallDuration": "0"}, DeliveryState.FAILED, "completed 0 s"),
        ({"CallStatus": "completed"}, DeliveryState.FAILED, "completed 0 s"),
        (
            {"CallStatus": "completed", "CallDuration": "12", "AnsweredBy": "machine_start"},
            DeliveryState.FAILED,
            "answered by machine_start",
        ),
        (
            {"CallStatus": "completed", "CallDuration": "12", "AnsweredBy": "fax"},
            DeliveryState.FAILED,
            "answered by fax",
        ),
        (
            {"CallStatus": "completed", "CallDuration": "12", "AnsweredBy": "human"},
            DeliveryState.DELIVERED,
            "answered 12 s",
        ),
        (
            {"CallStatus": "completed", "CallDuration": "9", "AnsweredBy": "unknown"},
            DeliveryState.DELIVERED,
            "answered 9 s",
        ),
        ({"CallStatus": "busy"}, DeliveryState.FAILED, "busy"),
        ({"CallStatus": "no-answer"}, DeliveryState.FAILED, "no-answer"),
        ({"CallStatus": "failed", "SipResponseCode": "404"}, DeliveryState.FAILED, "failed 404"),
        ({"CallStatus": "in-progress"}, DeliveryState.ACCEPTED, "in-progress"),
    ],
)
def test_the_end_of_a_call_says_whether_anyone_was_there(fields, state, detail) -> None:
    heard = read({"CallSid": SID, **fields}, STATUS_URL)
    assert heard.receipts == [Receipt("it", state, NOON, SID, "12-345", detail)]


def test_a_key_pressed_is_confirmed_by_the_call_alone_and_thanked_in_its_language() -> None:
    heard = read({"CallSid": SID, "Digits": "1"}, harness.GATHER_URL)
    assert heard.receipts == [Receipt("it", DeliveryState.CONFIRMED, NOON, SID, "", "key 1")]
    assert "谢谢" in heard.body.decode()
    assert heard.content_type == "text/xml"


@pytest.mark.parametrize("key", ["3", "0", "#", "*", "11", "12", "9"])
def test_no_key_but_the_announced_one_confirms(key: str) -> None:
    heard = read({"CallSid": SID, "Digits": key}, harness.GATHER_URL)
    assert (heard.receipts, heard.again) == ((), "")
    assert "谢谢" not in heard.body.decode()


def test_the_key_for_once_more_confirms_nothing_and_names_the_call() -> None:
    heard = read({"CallSid": SID, "Digits": "2"}, harness.GATHER_URL)
    assert (heard.receipts, heard.again) == ((), SID)


def test_no_key_at_all_confirms_nothing() -> None:
    assert read({"CallSid": SID, "Digits": ""}, f"{HOOK}?gather=1&language=en").receipts == ()


def test_a_key_pressed_without_a_signature_of_ours_confirms_nothing() -> None:
    with pytest.raises(CallbackSignatureRefused):
        read({"CallSid": SID, "Digits": "1"}, harness.GATHER_URL, token="another account's")


@pytest.mark.parametrize(("language", "voice"), [("zh", "zh-CN"), ("zh-TW", "zh-CN"), ("en", "en-US"), ("", "en-US")])
def test_the_thanks_are_spoken_by_a_voice_of_their_language_and_end_the_call(language: str, voice: str) -> None:
    document = etree.fromstring(twiml.thanks(language))
    assert [(verb.tag, verb.get("language")) for verb in document] == [("Say", voice), ("Hangup", None)]
