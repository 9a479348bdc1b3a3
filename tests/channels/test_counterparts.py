"""The other end of SMS and voice: it answers like Twilio, reports what it took, and counts honestly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.counterparts.control import Control, Member
from channels.counterparts.counterpart import TEXTS_KEPT, Knobs
from channels.counterparts.run import Ensemble
from channels.counterparts.twilio import AUTH_TOKEN, TwilioCounterpart
from channels.driver import Callback, CallbackReader, Driver, ParsedCallback
from channels.message import (
    Accepted,
    Ambiguous,
    Deferred,
    DeliveryState,
    FailureReason,
    Form,
    Message,
    Outcome,
    Refused,
)
from channels.registry import open_drivers
from channels.settings import DriverContext
from tests.drivers import harness

PATIENCE_S = 20


@dataclass
class Town:
    """A counterpart, its driver, and a hub that hears the driver's callbacks."""

    counterpart: TwilioCounterpart
    driver: Driver
    hook: str
    heard: list[ParsedCallback] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  #: statuses to answer the next callbacks with instead of 200
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, number: int, **changes: Any) -> Outcome:
        body = "请立即转移" if self.counterpart.name == "sms" else harness.twiml(f"{self.hook}?gather=1&language=zh")
        message = Message(
            **{
                "delivery": f"7-{number}",
                "attempt": 1,
                "to": f"+86138{number:08d}",
                "form": Form(self.counterpart.name, "zh", body),
                "expires": datetime.now(UTC) + timedelta(hours=1),
            }
            | changes
        )
        return await self.driver.send(message)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(true)

    @property
    def states(self) -> list[tuple[str, DeliveryState]]:
        return [(receipt.delivery, receipt.state) for heard in self.heard for receipt in heard.receipts]

    async def hear(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        assert isinstance(self.driver, CallbackReader)
        async with self.news:
            self.news.notify_all()
            if self.answers:
                return web.Response(status=self.answers.pop(0))
            url = str(request.url)
            heard = self.driver.read(Callback(request.method, url, request.headers, request.query, body))
            self.heard.append(heard)
            return web.Response(body=heard.body, headers={"Content-Type": heard.content_type})


@asynccontextmanager
async def town(name: str = "sms", **knobs: float) -> AsyncIterator[Town]:
    counterpart = TwilioCounterpart(Knobs(receipt_s=0.0).turn(**knobs), name)
    await counterpart.start()

    async def hear(request: web.BaseRequest) -> web.StreamResponse:
        return await there.hear(request)

    server = web.Server(hear, access_log=None)
    listener = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    public_url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    context = DriverContext(public_url, lambda: datetime.now(UTC))
    driver = open_drivers({name: {**counterpart.block, "timeout_s": 1 if "hang" in knobs else 30}}, context)[name]
    there = Town(counterpart, driver, context.hook(name))
    try:
        yield there
    finally:
        await there.driver.aclose()
        await counterpart.aclose()
        listener.close()
        await server.shutdown(0.1)


async def test_what_was_taken_is_reported_delivered_and_counted_once_each() -> None:
    async with town() as there:
        outcomes = await asyncio.gather(*(there.send(number) for number in range(200)))
        await there.until(lambda: len(there.heard) == 200)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        assert len({outcome.reference for outcome in outcomes if isinstance(outcome, Accepted)}) == 200
        assert sorted(there.states) == sorted((f"7-{number}", DeliveryState.DELIVERED) for number in range(200))
        assert there.counterpart.counts.summary() == {
            "received": 200, "unique": 200, "duplicates": 0, "refused": 0, "throttled": 0, "officials": 0,
        }  # fmt: skip


async def test_a_message_sent_twice_is_counted_as_a_duplicate() -> None:
    async with town(loss=1.0) as there:
        await there.send(1)
        await there.send(1)
        assert there.counterpart.counts.ids == {"7-1": 2}


async def test_a_wrong_number_is_refused_and_never_counted_as_received() -> None:
    async with town() as there:
        assert await there.send(1, to="+8619900000001") == Refused(FailureReason.BAD_ADDRESS, "21211")
        assert await there.send(1, to="12379") == Refused(FailureReason.BAD_ADDRESS, "21211")
        assert there.counterpart.counts.summary()["refused"] == 2
        assert there.counterpart.counts.ids == {}


async def test_the_same_address_is_wrong_at_every_attempt() -> None:
    async with town(bad_address=0.5, loss=1.0) as there:
        first = [type(await there.send(number)) for number in range(40)]
        assert first == [type(await there.send(number)) for number in range(40)]
        assert {Accepted, Refused} == set(first)


@pytest.mark.parametrize(
    ("knobs", "outcome"),
    [
        ({"error": 1.0}, Deferred(FailureReason.UNREACHABLE)),
        ({"hang": 1.0, "loss": 1.0}, Ambiguous("TimeoutError")),
    ],
)
async def test_a_knob_makes_the_misfortune_it_names(knobs: dict[str, float], outcome: Outcome) -> None:
    async with town(**knobs) as there:
        assert await there.send(1) == outcome
        assert there.counterpart.counts.received == ("hang" in knobs)


async def test_more_than_the_limit_is_told_to_slow_down_and_not_taken() -> None:
    async with town(throttle_per_s=5, loss=1.0) as there:
        outcomes = await asyncio.gather(*(there.send(number) for number in range(40)))
        throttled = outcomes.count(Deferred(FailureReason.THROTTLED, timedelta(seconds=1)))
        assert throttled > 0
        assert there.counterpart.counts.throttled == throttled
        assert there.counterpart.counts.received == 40 - throttled


async def test_an_undelivered_message_is_reported_with_its_code() -> None:
    async with town(undelivered=1.0) as there:
        await there.send(1)
        await there.until(lambda: bool(there.heard))
        assert [(receipt.state, receipt.detail) for receipt in there.heard[0].receipts] == [
            (DeliveryState.FAILED, "30003")
        ]


async def test_a_receipt_the_hub_did_not_take_comes_again_until_it_does() -> None:
    async with town() as there:
        there.answers = [503, 500]
        await there.send(1)
        await there.until(lambda: bool(there.heard))
        assert there.states == [("7-1", DeliveryState.DELIVERED)]


async def test_a_receipt_the_hub_refused_does_not_come_again() -> None:
    async with town() as there:
        there.answers = [403]
        await there.send(1)
        await there.until(lambda: not there.answers)
        await there.send(2)
        await there.until(lambda: bool(there.heard))
        assert there.states == [("7-2", DeliveryState.DELIVERED)]
        assert there.counterpart.hooks.refused == 1


async def test_a_duplicated_receipt_says_the_same_again() -> None:
    async with town(duplicate_receipts=1.0) as there:
        await there.send(1)
        await there.until(lambda: len(there.heard) >= 2)
        assert there.heard[0].receipts[0].reference == there.heard[1].receipts[0].reference


async def test_a_person_who_answers_the_telephone_presses_the_key_that_confirms() -> None:
    async with town("voice", answer=1.0) as there:
        outcome = await there.send(1)
        await there.until(lambda: len(there.heard) == 2)
        assert isinstance(outcome, Accepted)
        key, end = (heard.receipts[0] for heard in there.heard)
        assert (key.state, key.reference, key.delivery) == (DeliveryState.CONFIRMED, outcome.reference, "")
        assert (end.state, end.reference, end.delivery) == (DeliveryState.DELIVERED, outcome.reference, "7-1")


async def test_a_telephone_nobody_answers_is_reported_so() -> None:
    async with town("voice") as there:
        await there.send(1)
        await there.until(lambda: bool(there.heard))
        assert there.heard[0].receipts[0].detail == "no-answer"


async def test_a_document_that_is_no_xml_is_refused() -> None:
    async with town("voice") as there:
        assert await there.send(1, form=Form("voice", "zh", "<Response>")) == Refused(FailureReason.REJECTED, "12100")


async def test_a_citizen_who_writes_is_heard_with_every_word() -> None:
    async with town() as there:
        sid = await there.counterpart.inbound(
            {"url": there.hook, "from": "+8613800000001", "body": "河水上涨 & 求助+1"}
        )
        reply = there.heard[0].replies[0]
        assert (reply.text, reply.sender, reply.reference) == ("河水上涨 & 求助+1", "+8613800000001", sid)


async def test_two_messages_from_citizens_never_share_an_id() -> None:
    async with town() as there:
        said = {"url": there.hook, "from": "+8613800000001", "body": "收到"}
        sids = await asyncio.gather(*(there.counterpart.inbound(said) for _ in range(50)))
        assert len(set(sids)) == 50


async def test_a_citizen_is_not_heard_before_anyone_knows_the_hook() -> None:
    async with town() as there:
        with pytest.raises(ValueError, match="url"):
            await there.counterpart.inbound({"from": "+8613800000001", "body": "收到"})


async def test_the_wrong_credentials_are_answered_as_twilio_does() -> None:
    async with town() as there:
        wrong = {**there.counterpart.block, "auth_token": AUTH_TOKEN + "x"}
        await there.driver.aclose()
        there.driver = open_drivers({"sms": wrong}, DriverContext(there.hook, lambda: datetime.now(UTC)))["sms"]
        assert await there.send(1) == Refused(FailureReason.MISCONFIGURED, "20003")


# --- control -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def controlled() -> AsyncIterator[tuple[Control, TwilioCounterpart, aiohttp.ClientSession]]:
    counterpart = TwilioCounterpart(Knobs())
    await counterpart.start()
    control = Control({"sms": Member(counterpart)})
    await control.start()
    headers = {"Authorization": f"Bearer {control.token}"}
    async with aiohttp.ClientSession(control.url, headers=headers) as session:
        yield control, counterpart, session
    await control.aclose()
    await counterpart.aclose()


async def test_knobs_are_turned_while_it_runs_and_only_those_that_exist() -> None:
    async with controlled() as (_, counterpart, session):
        async with session.post("/counterparts/sms/knobs", json={"loss": 0.25}) as answer:
            assert (answer.status, (await answer.json())["loss"]) == (200, 0.25)
        for wrong in ({"lost": 1}, {"loss": -1}, {"loss": "1"}, {"loss": True}, [1]):
            async with session.post("/counterparts/sms/knobs", json=wrong) as answer:
                assert answer.status == 400, wrong
        assert counterpart.knobs == Knobs(loss=0.25)


async def test_the_ids_are_every_delivery_with_its_count() -> None:
    async with controlled() as (_, counterpart, session):
        for number in range(5000):
            counterpart.counts.take(f"1-{number % 4999}")
        async with session.get("/counterparts/sms/ids") as answer:
            lines = (await answer.text()).splitlines()
        assert len(lines) == 4999
        assert lines[:2] == ['["1-0",2]', '["1-1",1]']


async def test_the_texts_are_those_of_the_newest_deliveries() -> None:
    async with controlled() as (_, counterpart, session):
        for number in range(TEXTS_KEPT + 1):
            counterpart.counts.take(f"1-{number}", f"雨{number}")
        counterpart.counts.take("1-1", "又一次")
        async with session.get("/counterparts/sms/texts") as answer:
            lines = (await answer.text()).splitlines()
        assert len(lines) == TEXTS_KEPT
        assert (lines[0], lines[-1]) == ('["1-2","雨2"]', '["1-1","又一次"]')


async def test_the_control_answers_nobody_without_its_token() -> None:
    guess = {"Authorization": "Bearer guess"}
    async with controlled() as (_, _, session), session.get("/counterparts", headers=guess) as answer:
        assert answer.status == 401


@pytest.mark.parametrize("path", ["/counterparts/pigeon/knobs", "/counterparts/sms/dance"])
async def test_what_does_not_exist_is_not_found(path: str) -> None:
    async with controlled() as (_, _, session), session.post(path, json={}) as answer:
        assert answer.status == 404


async def test_the_ensemble_has_the_other_end_of_every_channel_and_blocks_that_reach_it() -> None:
    ensemble = Ensemble({"sms": Knobs(loss=0.5)})
    await ensemble.start()
    try:
        told = ensemble.describe()
        assert told["counterparts"].keys() == {"sms", "voice", "wecom", "email", "broadcast", "partners"}
        context = DriverContext("http://127.0.0.1:9", lambda: datetime.now(UTC))
        drivers = open_drivers(told["blocks"], context)
        assert drivers.keys() == told["counterparts"].keys()
        assert ensemble.members["sms"].counterpart.knobs.loss == 0.5
    finally:
        await ensemble.aclose()
