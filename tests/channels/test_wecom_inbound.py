"""What members answer a robot: opened only when it is signed, fresh, for us, and readable."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from channels.counterparts.counterpart import Knobs
from channels.counterparts.web import WebServer
from channels.counterparts.wecom import DEMO_ENVELOPE, WecomRobots
from channels.driver import Callback, CallbackSignatureRefused, MalformedCallback, ParsedCallback
from channels.message import Reply
from channels.registry import open_drivers
from channels.settings import ChannelRefused, DriverContext
from channels.wecom_crypto import Envelope, signature
from channels.wecom_inbound import read

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
ENVELOPE = Envelope("token", KEY, "wwcorp")
NOISE = bytes(16)
APP = "<xml><FromUserName>li</FromUserName><CreateTime>1782892800</CreateTime><MsgType>text</MsgType><Content>收到</Content><MsgId>9</MsgId></xml>"
ROBOT = "<xml><From><UserId>li</UserId></From><MsgType>text</MsgType><Text><Content>收到</Content></Text><MsgId>9</MsgId></xml>"


def callback(inner: bytes | str, at: datetime = NOW, envelope: Envelope = ENVELOPE, **query: str) -> Callback:
    encrypted = envelope.seal(inner.encode() if isinstance(inner, str) else inner, NOISE)
    stamp = str(int(at.timestamp()))
    signed = {"msg_signature": signature(envelope.token, stamp, "n", encrypted), "timestamp": stamp, "nonce": "n"}
    body = f"<xml><ToUserName>x</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()
    return Callback("POST", "https://hub.example/hooks/wecom", {}, signed | query, body)


@pytest.mark.parametrize(("inner", "at"), [(APP, datetime.fromtimestamp(1782892800, UTC)), (ROBOT, NOW)])
def test_a_members_text_is_a_reply_whichever_way_it_is_wrapped(inner, at):
    assert read("wecom", ENVELOPE, callback(inner), NOW) == ParsedCallback(
        replies=[Reply("wecom", "li", "收到", at, "9")]
    )


@pytest.mark.parametrize("kind", ["event", "image", ""])
def test_events_and_pictures_are_taken_and_say_nothing(kind):
    inner = f"<xml><FromUserName>li</FromUserName><MsgType>{kind}</MsgType></xml>"
    assert read("wecom", ENVELOPE, callback(inner), NOW) == ParsedCallback(replies=[])


def test_a_message_without_an_id_is_known_by_sender_and_time():
    inner = APP.replace("<MsgId>9</MsgId>", "")
    assert read("wecom", ENVELOPE, callback(inner), NOW).replies[0].reference == "li@1782892800"


def test_the_check_of_our_url_is_answered_with_the_decrypted_text():
    encrypted = ENVELOPE.seal(b"1234567890", NOISE)
    stamp = str(int(NOW.timestamp()))
    query = {
        "msg_signature": signature("token", stamp, "n", encrypted),
        "timestamp": stamp,
        "nonce": "n",
        "echostr": encrypted,
    }
    assert read("wecom", ENVELOPE, Callback("GET", "u", {}, query, b""), NOW) == ParsedCallback(body=b"1234567890")


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_message_more_than_five_minutes_old_or_early_is_refused(seconds):
    with pytest.raises(CallbackSignatureRefused, match="5 minutes"):
        read("wecom", ENVELOPE, callback(APP), NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce"])
def test_each_part_of_the_signature_is_required(missing):
    given = callback(APP)
    query = {name: value for name, value in given.query.items() if name != missing}
    with pytest.raises(CallbackSignatureRefused, match="missing"):
        read("wecom", ENVELOPE, Callback("POST", given.url, {}, query, given.body), NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"nonce": "m"},
        {"nonce": "\ud800"},
        {"msg_signature": "\udc80"},
        {"msg_signature": "0" * 40},
        {"msg_signature": "é"},
        {"timestamp": "1782892801"},
    ],
)
def test_a_changed_query_is_refused(changed):
    with pytest.raises(CallbackSignatureRefused):
        read("wecom", ENVELOPE, callback(APP, **changed), NOW)


def test_a_message_for_another_corporation_is_refused_though_token_and_key_are_right():
    other = Envelope("token", KEY, "wwother")
    with pytest.raises(CallbackSignatureRefused, match="another receiver"):
        read("wecom", ENVELOPE, callback(APP, envelope=other), NOW)


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        (b"\xff\xfe", "not XML"),
        ("", "not XML"),
        ("<xml", "not XML"),
        ("<!DOCTYPE xml [<!ENTITY a 'b'>]><xml>&a;</xml>", "declares a type"),
        ("<xml><MsgType>text</MsgType></xml>", "From/UserId is missing"),
        ("<xml><MsgType>text</MsgType><FromUserName>li</FromUserName></xml>", "Text/Content is missing"),
    ],
)
def test_a_signed_message_that_cannot_be_read_is_malformed_by_its_rule(inner, rule):
    with pytest.raises(MalformedCallback, match=rule):
        read("wecom", ENVELOPE, callback(inner), NOW)


@pytest.mark.parametrize(
    "body", [b"", b"<xml/>", b"<xml><Encrypt></Encrypt></xml>", b"<!DOCTYPE x><xml/>", b"x" * 300_000]
)
def test_a_body_without_ciphertext_is_malformed(body):
    query = callback(APP).query
    with pytest.raises(MalformedCallback):
        read("wecom", ENVELOPE, Callback("POST", "u", {}, query, body), NOW)


@given(encrypted=st.binary(max_size=96).map(lambda raw: base64.b64encode(raw).decode()) | st.text(max_size=40))
def test_no_signed_ciphertext_does_more_than_be_refused(encrypted):
    given = signature("token", "1", "n", encrypted)
    with pytest.raises((CallbackSignatureRefused, MalformedCallback)):
        ENVELOPE.open(given, "1", "n", encrypted)


@given(plain=st.binary(max_size=200), noise=st.binary(min_size=16, max_size=16))
def test_what_is_sealed_opens_to_the_same_bytes(plain, noise):
    encrypted = ENVELOPE.seal(plain, noise)
    assert ENVELOPE.open(signature("token", "1", "n", encrypted), "1", "n", encrypted) == plain


def test_a_robot_without_callback_settings_believes_no_one(clock):
    driver = open_drivers({"wecom": {"driver": "wecom_robot"}}, DriverContext("https://hub.example", clock.now))[
        "wecom"
    ]
    with pytest.raises(CallbackSignatureRefused, match="no callback token"):
        driver.read(callback(APP))


@pytest.mark.parametrize(
    "block",
    [{"token": "t"}, {"token": "t", "receive_id": "c"}, {"token": "t", "receive_id": "c", "encoding_aes_key": "short"}],
)
def test_half_of_the_callback_settings_are_refused(block, clock):
    with pytest.raises(ChannelRefused, match="encoding_aes_key"):
        open_drivers({"wecom": {"driver": "wecom_robot", **block}}, DriverContext("https://hub.example", clock.now))


async def test_a_member_of_the_counterparts_group_is_heard_by_the_driver():
    heard = []
    robots, hub = WecomRobots(Knobs()), WebServer()
    context = DriverContext("https://hub.example", lambda: datetime.now(UTC))
    driver = open_drivers({"wecom": robots.block}, context)["wecom"]

    async def hook(request: web.Request) -> web.Response:
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        heard.append(
            driver.read(Callback(request.method, str(request.url), request.headers, query, await request.read()))
        )
        return web.Response()

    await hub.start([web.post("/hooks/wecom", hook)], "127.0.0.1", 0)
    await robots.start()
    status = await robots.answers(f"{hub.url}/hooks/wecom", "水到<门>口了 & 快来", member="wang")
    await robots.aclose()
    await hub.aclose()
    assert status == 200
    (reply,) = heard[0].replies
    assert (reply.sender, reply.text) == ("wang", "水到<门>口了 & 快来")
    assert "demonstration" not in repr(DEMO_ENVELOPE).replace("wwdemonstration0", "")
