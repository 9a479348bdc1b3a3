"""The other ends of robot, broadcast and partner, driven by our own drivers and answering to a hub's hooks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from aiohttp import web

from channels.counterparts.broadcast import BroadcastOperator
from channels.counterparts.counterpart import Knobs
from channels.counterparts.partner import PROOF_KEY, FeedRefused, MediaPartner
from channels.counterparts.web import WebServer
from channels.counterparts.wecom import WecomRobots
from channels.driver import Callback
from channels.message import Accepted, Ambiguous, Deferred, DeliveryState, FailureReason, Form, Message, Refused
from channels.registry import open_drivers
from channels.settings import DriverContext
from channels.standard_webhooks import sign

CAP = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>'
PUSH = orjson.dumps({"type": "alert.released", "timestamp": "2026-07-01T08:00:00Z", "data": {"cap": CAP}}).decode()
BODIES = {"wecom": "**离开**", "broadcast": CAP, "partners": PUSH}
KINDS = {"wecom": WecomRobots, "broadcast": BroadcastOperator, "partners": MediaPartner}


class Hub:
    """Takes callbacks, reads them with the driver, and says when enough have come."""

    def __init__(self) -> None:
        self.server = WebServer()
        self.drivers = {}
        self.receipts = []
        self.keys = ()  #: of the endpoint
        self.statuses = []  #: answered in turn before callbacks are taken
        self._changed = asyncio.Condition()

    async def hook(self, request: web.Request) -> web.Response:
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        body, query = await request.read(), dict(request.query)
        callback = Callback("POST", str(request.url), request.headers, query, body, self.keys)
        heard = self.drivers[request.match_info["channel"]].read(callback)
        async with self._changed:
            self.receipts += heard.receipts
            self._changed.notify_all()
        return web.Response()

    async def has(self, number: int) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.receipts) >= number)


@pytest.fixture
async def town():
    """`await town(channel, knobs)` gives counterpart, driver and hub, connected."""
    opened = []

    async def build(channel, **knobs):
        hub, counterpart = Hub(), KINDS[channel](Knobs(receipt_s=0.0).turn(**knobs))
        await hub.server.start([web.post("/hooks/{channel}", hub.hook)], "127.0.0.1", 0)
        await counterpart.start()
        context = DriverContext(hub.server.url, lambda: datetime.now(UTC))
        hub.keys = tuple(getattr(counterpart, "callback_keys", "").split())
        hub.drivers = open_drivers({channel: {**counterpart.block, "timeout_s": 30}}, context)
        opened.extend([hub.drivers[channel], counterpart, hub.server])
        return counterpart, hub.drivers[channel], hub

    yield build
    for one in opened:
        await one.aclose()


def message(counterpart, delivery="7-42", **changes):
    to = counterpart.robot("r1") if counterpart.name == "wecom" else counterpart.target
    secret = getattr(counterpart, "secret", "")
    values = {"to": to, "secret": secret, "form": Form(counterpart.name, "zh", BODIES[counterpart.name])} | changes
    return Message(delivery=delivery, attempt=1, expires=datetime.now(UTC) + timedelta(hours=1), **values)


@pytest.mark.parametrize("channel", KINDS)
async def test_a_message_sent_twice_is_received_twice_and_counted_once(town, channel):
    counterpart, driver, _ = await town(channel, receipt_s=60)
    outcomes = [await driver.send(message(counterpart)) for _ in range(2)]
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert outcomes[0] == outcomes[1]
    assert counterpart.counts.summary() == {
        "received": 2,
        "unique": 1,
        "duplicates": 1,
        "refused": 0,
        "throttled": 0,
        "officials": 0,
    }


@pytest.mark.parametrize(
    ("channel", "state"), [("broadcast", DeliveryState.DELIVERED), ("partners", DeliveryState.CONFIRMED)]
)
async def test_what_goes_on_air_is_proved_to_the_hub_by_a_signed_report(town, channel, state):
    counterpart, driver, hub = await town(channel)
    hub.statuses = [503, 500]  # a hub that is restarting loses no report
    await driver.send(message(counterpart))
    await hub.has(1)
    (receipt,) = hub.receipts
    assert (receipt.delivery, receipt.state, receipt.channel) == ("7-42", state, channel)


@pytest.mark.parametrize("channel", ["broadcast", "partners"])
async def test_a_repeated_message_is_aired_and_reported_once(town, channel):
    counterpart, driver, hub = await town(channel)
    await driver.send(message(counterpart))
    await driver.send(message(counterpart))
    await driver.send(message(counterpart, "7-43"))
    await hub.has(2)
    assert sorted(receipt.delivery for receipt in hub.receipts) == ["7-42", "7-43"]


async def test_an_operator_whose_transmitter_is_down_says_so(town):
    counterpart, driver, hub = await town("broadcast", undelivered=1.0)
    await driver.send(message(counterpart))
    await hub.has(1)
    assert hub.receipts[0].state is DeliveryState.FAILED


@pytest.mark.parametrize("channel", ["broadcast", "partners"])
async def test_a_report_may_come_twice(town, channel):
    counterpart, driver, hub = await town(channel, duplicate_receipts=1.0)
    await driver.send(message(counterpart))
    await hub.has(2)
    assert hub.receipts[0].delivery == hub.receipts[1].delivery


@pytest.mark.parametrize("channel", KINDS)
async def test_a_counterpart_in_trouble_takes_nothing(town, channel):
    counterpart, driver, _ = await town(channel, error=1.0)
    outcome = await driver.send(message(counterpart))
    assert outcome == Deferred(FailureReason.UNREACHABLE)
    assert counterpart.counts.received == 0
    assert counterpart.counts.refused == 1


@pytest.mark.parametrize("channel", KINDS)
async def test_a_counterpart_that_never_answers_has_taken_the_message(town, channel):
    counterpart, _, hub = await town(channel, hang=1.0)
    context = DriverContext(hub.server.url, lambda: datetime.now(UTC))
    driver = open_drivers({channel: {**counterpart.block, "timeout_s": 1}}, context)[channel]
    outcome = await driver.send(message(counterpart))
    await driver.aclose()
    assert isinstance(outcome, Ambiguous)
    assert counterpart.counts.unique == 1


@pytest.mark.parametrize("channel", ["broadcast", "partners"])
async def test_an_over_eager_sender_is_slowed_down(town, channel):
    counterpart, driver, _ = await town(channel, throttle_per_s=0.5)
    assert await driver.send(message(counterpart)) == Deferred(FailureReason.THROTTLED, timedelta(seconds=1))
    assert counterpart.counts.throttled == 1


async def test_a_robot_takes_twenty_messages_a_minute_and_each_robot_has_its_own_limit(town):
    robots, driver, _ = await town("wecom", throttle_per_s=20 / 60)
    outcomes = [await driver.send(message(robots)) for _ in range(21)]
    assert [type(outcome) for outcome in outcomes] == [Accepted] * 20 + [Deferred]
    assert await driver.send(message(robots, to=robots.robot("r2"))) == Accepted()
    assert robots.counts.throttled == 1


async def test_a_wrong_robot_is_wrong_at_every_attempt(town):
    robots, driver, _ = await town("wecom", bad_address=0.5)
    addresses = [robots.robot(f"r{number}") for number in range(40)]
    first = [await driver.send(message(robots, to=to)) for to in addresses]
    again = [await driver.send(message(robots, to=to)) for to in addresses]
    assert first == again
    assert {type(outcome) for outcome in first} == {Accepted, Refused}


async def test_a_broadcast_with_a_wrong_token_is_refused(town):
    operator, driver, _ = await town("broadcast")
    assert await driver.send(message(operator, secret="wrong")) == Refused(FailureReason.MISCONFIGURED, "HTTP 401")
    assert operator.counts.summary()["refused"] == 1


async def test_a_broadcast_that_is_not_cap_is_refused(town):
    operator, driver, _ = await town("broadcast")
    outcome = await driver.send(message(operator, form=Form("broadcast", "zh", "<html/>")))
    assert outcome == Refused(FailureReason.REJECTED, "HTTP 422")


async def test_a_partner_does_not_believe_what_another_key_signed(town):
    partner, driver, _ = await town("partners")
    outcome = await driver.send(message(partner, secret=PROOF_KEY))
    assert outcome == Refused(FailureReason.MISCONFIGURED, "HTTP 401")
    assert partner.aired == {}


async def test_a_partner_does_not_air_a_push_replayed_after_five_minutes(town):
    partner, _, _ = await town("partners")
    body = PUSH.encode()
    for age, status in ((310, 401), (10, 204)):
        headers = sign(partner.secret, "7-42", datetime.now(UTC) - timedelta(seconds=age), body)
        async with partner._web.client.post(partner.target, data=body, headers=headers) as answer:
            assert answer.status == status
    assert list(partner.aired) == ["7-42"]


def feed(entries: str, links: str = "") -> web.Response:
    text = f'<feed xmlns="http://www.w3.org/2005/Atom">{links}{entries}</feed>'
    return web.Response(text=text, content_type="application/atom+xml", headers={"ETag": '"1"'})


def entry(name: str, href: str) -> str:
    return f'<entry><id>urn:{name}</id><link type="application/cap+xml" href="{href}"/></entry>'


@pytest.fixture
async def newsstand():
    """A hub's feed: two pages, a token, and an ETag."""
    server = WebServer()

    async def page(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer feed-token":
            return web.Response(status=401)
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        if request.query.get("page") == "2":
            return feed(entry("b", "/cap/b"))
        if request.query.get("page") == "away":
            return feed(entry("c", "http://127.0.0.1:1/cap/c"))
        return feed(entry("a", "cap/a"), '<link rel="next" href="?page=2"/>')

    async def document(request: web.Request) -> web.Response:
        return web.Response(body=request.match_info["name"].encode())

    await server.start([web.get("/feed", page), web.get("/cap/{name}", document)], "127.0.0.1", 0)
    yield server.url
    await server.aclose()


async def test_a_partner_pulls_every_page_and_every_cap_document_once(town, newsstand):
    partner, _, _ = await town("partners")
    pulled = await partner.pull(f"{newsstand}/feed", "feed-token")
    assert pulled.documents == {"urn:a": b"a", "urn:b": b"b"}
    assert (await partner.pull(f"{newsstand}/feed", "feed-token")).documents == {}


async def test_a_partner_with_a_wrong_token_pulls_nothing(town, newsstand):
    partner, _, _ = await town("partners")
    with pytest.raises(FeedRefused, match="401"):
        await partner.pull(f"{newsstand}/feed", "other")


async def test_a_partner_shows_its_token_to_no_other_host(town, newsstand):
    partner, _, _ = await town("partners")
    with pytest.raises(FeedRefused, match="another host"):
        await partner.pull(f"{newsstand}/feed?page=away", "feed-token")
