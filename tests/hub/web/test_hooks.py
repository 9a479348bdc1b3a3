"""Hooks: verified by the driver, durable before the answer, any method, exactly the URL that was signed."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from aiohttp.test_utils import TestClient, TestServer

from channels.driver import CallbackSignatureRefused, Limits, MalformedCallback, ParsedCallback, Reach
from channels.media.sms import SMS
from channels.medium import Medium
from channels.message import DeliveryState, Receipt, Reply
from hub.store.sql.database import StoreUnavailable
from hub.web.server import create_app

AT = datetime(2026, 7, 1, tzinfo=UTC)
RECEIPT = Receipt("sms", DeliveryState.DELIVERED, AT, delivery="1-2")
REPLY = Reply("sms", "+8613800138000", "1", AT, "m1")


class TalkingDriver:
    """A driver that reads whatever the test says it reads."""

    name: ClassVar[str] = "sms"
    medium: ClassVar[Medium] = SMS
    reach: ClassVar[Reach] = Reach.PERSON
    correlates_by_reference: ClassVar[bool] = False
    limits = Limits()

    def __init__(self) -> None:
        self.heard = ParsedCallback(receipts=[RECEIPT], content_type="text/xml", body=b"<Response/>")
        self.error: Exception | None = None
        self.callbacks: list[Any] = []

    def destination(self, message: Any) -> str:
        return "one"

    async def send(self, message: Any) -> Any:
        raise NotImplementedError

    async def aclose(self) -> None: ...

    def read(self, callback: Any) -> ParsedCallback:
        self.callbacks.append(callback)
        if self.error:
            raise self.error
        return self.heard


class SilentDriver:
    name: ClassVar[str] = "email"


class Ledger:
    """Takes receipts, when the test lets it."""

    waiting_s = 0.0

    def __init__(self) -> None:
        self.taken: list[ParsedCallback] = []
        self.reached = asyncio.Event()
        self.durable = asyncio.Event()
        self.durable.set()
        self.error: Exception | None = None

    async def take(self, heard: ParsedCallback) -> Any:
        self.reached.set()
        await self.durable.wait()
        if self.error:
            raise self.error
        self.taken.append(heard)
        return SimpleNamespace(new=len(heard.receipts), repeated=0, parked=0)


class Inbox:
    def __init__(self) -> None:
        self.taken: list[Reply] = []
        self.confirmed: tuple[Receipt, ...] = ()

    async def take(self, replies: Any) -> Any:
        self.taken += replies
        return SimpleNamespace(stored=len(replies), receipts=self.confirmed, said="")


@pytest.fixture
def driver() -> TalkingDriver:
    return TalkingDriver()


@pytest.fixture
async def hooks(hub, driver):
    hub.drivers = {"sms": driver, "email": SilentDriver()}
    hub.receipts, hub.inbox = Ledger(), Inbox()
    async with TestClient(TestServer(create_app(hub))) as client:
        yield client


async def test_the_driver_sees_the_public_url_byte_for_byte(hooks, driver):
    target = "/hooks/sms?delivery=1-2&x=%7e%2B+a&x=%E4%B8%AD"
    reader, writer = await asyncio.open_connection(hooks.host, hooks.port)
    writer.write(f"POST {target} HTTP/1.1\r\nHost: other\r\nX-Sign: s\r\nContent-Length: 2\r\n\r\nhi".encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()
    (callback,) = driver.callbacks
    assert callback.url == "https://hub.example" + target
    assert (callback.method, callback.body, callback.headers["x-sign"]) == ("POST", b"hi", "s")
    assert callback.query["delivery"] == "1-2"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
async def test_a_provider_may_use_any_method(hooks, driver, method):
    response = await hooks.request(method, "/hooks/sms")
    assert (response.status, response.content_type, await response.read()) == (200, "text/xml", b"<Response/>")
    assert driver.callbacks[0].method == method


async def test_nothing_is_answered_before_the_receipt_is_durable(hooks, hub):
    hub.receipts.durable.clear()
    answer = asyncio.create_task(hooks.post("/hooks/sms"))
    await hub.receipts.reached.wait()
    assert not answer.done()
    hub.receipts.durable.set()
    assert (await answer).status == 200
    assert hub.receipts.taken[0].receipts == [RECEIPT]


async def test_a_store_that_is_away_asks_the_provider_to_come_again(hooks, hub, refused):
    hub.receipts.error = StoreUnavailable("away")
    response = await hooks.post("/hooks/sms")
    await refused(response, 503, "store-away")
    assert response.headers["Retry-After"] == "5"


async def test_an_unsigned_callback_is_refused_counted_and_not_believed(hooks, hub, driver, refused):
    driver.error = CallbackSignatureRefused("signature-missing")
    await refused(await hooks.post("/hooks/sms"), 403, "signature-missing")
    assert hub.receipts.taken == []
    text = await (await hooks.get("/metrics")).text()
    assert 'fenghuo_hook_callbacks_total{channel="sms",outcome="signature"} 1.0' in text


async def test_a_signed_callback_that_cannot_be_read_is_a_bad_request(hooks, driver, refused):
    driver.error = MalformedCallback("status-missing")
    await refused(await hooks.post("/hooks/sms"), 400, "status-missing")


@pytest.mark.parametrize("channel", ["email", "fax", "..%2fsms"])
async def test_a_channel_that_is_not_called_back_is_not_found(hooks, refused, channel):
    await refused(await hooks.post(f"/hooks/{channel}"), 404, "channel-unknown")


async def test_an_answer_that_confirms_raises_the_delivery_it_answers(hooks, hub, driver):
    driver.heard = ParsedCallback(replies=[REPLY])
    confirmation = Receipt("sms", DeliveryState.CONFIRMED, AT, delivery="1-2")
    hub.inbox.confirmed = (confirmation,)
    assert (await hooks.post("/hooks/sms")).status == 200
    assert hub.inbox.taken == [REPLY]
    assert [heard.receipts for heard in hub.receipts.taken] == [(confirmation,)]


async def test_a_callback_without_news_is_answered_all_the_same(hooks, hub, driver):
    driver.heard = ParsedCallback(body=b"echo")
    assert await (await hooks.get("/hooks/sms?echostr=echo")).read() == b"echo"
    assert hub.receipts.taken == []


async def test_no_sender_is_in_the_metrics(hooks, driver):
    driver.heard = ParsedCallback(receipts=[RECEIPT], replies=[REPLY])
    await hooks.post("/hooks/sms?From=%2B8613800138000")
    text = await (await hooks.get("/metrics")).text()
    assert "13800138000" not in text
    assert 'fenghuo_hook_receipts_total{channel="sms",kind="new"} 1.0' in text
    assert 'fenghuo_hook_replies_total{channel="sms"} 1.0' in text


@pytest.mark.parametrize("path", ["/hooks", "/hooks/", "/hooks/sms/", "/hooks/sms/more"])
async def test_beside_the_hooks_there_is_nothing_and_it_is_said_as_everywhere(hooks, driver, refused, path):
    await refused(await hooks.post(path), 404, "no-such-resource")
    assert driver.callbacks == []


async def test_a_hook_that_fails_unforeseen_tells_nothing(hooks, driver, refused):
    driver.error = RuntimeError("+8613800138000")
    response = await hooks.post("/hooks/sms")
    problem = await refused(response, 500, "internal")
    assert "13800138000" not in str(problem)


async def test_a_body_in_pieces_is_read_to_its_end(hooks, driver):
    async def pieces():
        for piece in (b"a", b"b" * 70_000, b"c"):
            yield piece

    assert (await hooks.post("/hooks/sms", data=pieces())).status == 200
    assert driver.callbacks[0].body == b"a" + b"b" * 70_000 + b"c"


async def test_a_callback_too_large_is_refused(hooks, driver, refused):
    await refused(await hooks.post("/hooks/sms", data=io.BytesIO(b"x" * (8 * 1024 * 1024 + 1))), 413, "body-too-large")
    assert driver.callbacks == []
