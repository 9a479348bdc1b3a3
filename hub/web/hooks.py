"""/hooks/{channel}: what providers report. The driver verifies and reads; a 2xx is answered after the commit.

This is the hottest path of the server: no models, no log line, metrics bound once per channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from prometheus_client import Counter

from channels.driver import (
    Answering,
    Callback,
    CallbackReader,
    CallbackSignatureRefused,
    Driver,
    EndpointCallbackReader,
    MalformedCallback,
    ParsedCallback,
)
from hub.app import Hub
from hub.errors import Forbidden, NotFound, Refusal
from hub.rules.cited_rule import CitedRule
from hub.rules.rule import Rule
from hub.tracking.receipts import ForeignDelivery, ReceiptResult
from hub.web.body import read_body
from hub.web.guard import HOOKS, RequestIds
from hub.web.metrics import WebMetrics
from hub.web.problem import response_of


@dataclass(frozen=True, slots=True)
class _Ear:
    """One channel's reader with its counters."""

    channel: str
    read: Callable[[Callback], ParsedCallback]
    claim: Callable[[Callback], str] | None  #: where each endpoint has keys of its own
    taken: Counter
    forged: Counter
    foreign: Counter
    malformed: Counter
    new: Counter
    repeated: Counter
    parked: Counter
    replies: Counter
    answer: Callable[[ParsedCallback, str], ParsedCallback] | None

    def count(self, taken: ReceiptResult) -> None:
        if taken.new:
            self.new.inc(taken.new)
        if taken.repeated:
            self.repeated.inc(taken.repeated)
        if taken.parked:
            self.parked.inc(taken.parked)


Hook = Callable[[web.Request], Awaitable[web.Response]]


def hooks(hub: Hub, metrics: WebMetrics, ids: RequestIds) -> Iterator[tuple[str, Hook]]:
    """(path, handler) of every channel's callbacks; they make their own problem documents.

    A path for each channel, because the router finds a plain path at once and matches a pattern slowly; the pattern
    comes last and answers for the channels there are not.
    """
    base = hub.settings.public_url
    seconds = metrics.seconds.labels(HOOKS + "{channel}")

    def handler(ear: _Ear | None) -> Hook:
        async def handle(request: web.Request) -> web.Response:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            try:
                if ear is None:
                    raise _not_called_back()
                response = await _take(hub, ear, request, base)
            except Exception as error:  # noqa: BLE001 - as in the guard: everything becomes a problem document
                response = response_of(error, ids.name(request))
            seconds.observe(loop.time() - begun)
            return response

        return handle

    for name, ear in _ears(hub.drivers, metrics).items():
        yield HOOKS + name, handler(ear)
    yield HOOKS + "{channel}", handler(None)


def _not_called_back() -> NotFound:
    remedy = "name a channel that is enabled and calls back"
    text = "no channel of this name is called back"
    return NotFound(text, rule=Rule.CHANNEL_UNKNOWN, place="channel", remedy=remedy)


async def _take(hub: Hub, ear: _Ear, request: web.Request, base: str) -> web.Response:
    # A body that came with its head, as short ones do, needs no time limit.
    body = await (request.read() if request.content.is_eof() else read_body(request))
    # The target as it arrived, not as a parser would write it again: providers sign its bytes.
    callback = Callback(request.method, base + request.raw_path, request.headers, request.query, body)
    try:
        heard = await _read_callback(hub, ear, callback)
        if heard.receipts:
            ear.count(await hub.receipts.take(heard))
    except CallbackSignatureRefused as error:
        ear.forged.inc()
        await hub.forgeries.note(ear.channel, error.rule)
        raise Forbidden(
            "the callback is not signed by its provider", rule=CitedRule(error.rule), place="signature"
        ) from None
    except ForeignDelivery:
        ear.foreign.inc()
        await hub.forgeries.note(ear.channel, Rule.FOREIGN_DELIVERY)
        raise Forbidden(
            "this hub made no such delivery on this channel", rule=Rule.FOREIGN_DELIVERY, place="delivery"
        ) from None
    except MalformedCallback as error:
        ear.malformed.inc()
        raise Refusal("the callback cannot be read", rule=CitedRule(error.rule), place="body") from None
    # What an official answers to a call of the hub is no word of the public's.
    if heard.replies and (replies := await hub.acknowledging.take(heard.replies)):
        answers = await hub.inbox.take(replies)
        ear.replies.inc(answers.stored)
        if answers.said and ear.answer is not None:  # STOP and 退订 are answered where the channel can
            heard = ear.answer(heard, answers.said)
        if answers.receipts:  # "1" or "收到" confirms the warning it answers
            ear.count(await hub.receipts.take(ParsedCallback(receipts=answers.receipts)))
    if heard.again:
        said = await hub.repeats.body(ear.channel, heard.again, request.query.get("language", ""))
        heard = replace(heard, body=said or heard.body)
    ear.taken.inc()
    return web.Response(body=heard.body, headers={"Content-Type": heard.content_type})


async def _read_callback(hub: Hub, ear: _Ear, callback: Callback) -> ParsedCallback:
    """Believed by the channel's key, or where it has endpoints by the key of the endpoint the callback speaks for."""
    if ear.claim is None:
        return ear.read(callback)
    claimed = ear.claim(callback)
    keys = await hub.endpoint_keys.of(ear.channel, claimed)
    heard = ear.read(replace(callback, keys=keys))
    if any(receipt.delivery != claimed for receipt in heard.receipts):
        raise ForeignDelivery  # whose key vouches for one delivery vouches for no other
    return heard


def _ears(drivers: Mapping[str, Driver], metrics: WebMetrics) -> dict[str, _Ear]:
    return {
        name: _Ear(
            channel=name,
            read=driver.read,
            claim=driver.claim if isinstance(driver, EndpointCallbackReader) else None,
            taken=metrics.callbacks.labels(name, "taken"),
            forged=metrics.callbacks.labels(name, "signature"),
            foreign=metrics.callbacks.labels(name, "foreign"),
            malformed=metrics.callbacks.labels(name, "malformed"),
            new=metrics.receipts.labels(name, "new"),
            repeated=metrics.receipts.labels(name, "repeated"),
            parked=metrics.receipts.labels(name, "parked"),
            replies=metrics.replies.labels(name),
            answer=driver.answer if isinstance(driver, Answering) else None,
        )
        for name, driver in drivers.items()
        if isinstance(driver, CallbackReader)
    }
