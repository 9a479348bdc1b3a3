"""/hooks/{channel}: what providers report. The driver verifies and reads; a 2xx is answered after the commit.

This is the hottest path of the server: no models, no log line, metrics bound once per channel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import Counter

from channels.driver import Answering, Callback, CallbackReader, Driver, Heard, MalformedCallback, SignatureRefused
from hub.errors import Forbidden, NotFound, Refusal
from hub.web.body import read_body
from hub.web.guard import HOOKS, RequestIds
from hub.web.metrics import WebMetrics
from hub.web.port import HubPort, TakenPort
from hub.web.problem import response_of


@dataclass(frozen=True, slots=True)
class _Ear:
    """One channel's reader with its counters."""

    read: Callable[[Callback], Heard]
    taken: Counter
    forged: Counter
    malformed: Counter
    new: Counter
    repeated: Counter
    parked: Counter
    replies: Counter
    answer: Callable[[Heard, str], Heard] | None

    def count(self, taken: TakenPort) -> None:
        if taken.new:
            self.new.inc(taken.new)
        if taken.repeated:
            self.repeated.inc(taken.repeated)
        if taken.parked:
            self.parked.inc(taken.parked)


Hook = Callable[[web.Request], Awaitable[web.Response]]


def hooks(hub: HubPort, metrics: WebMetrics, ids: RequestIds) -> Iterator[tuple[str, Hook]]:
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
                    raise NotFound("no channel of this name is called back", rule="unknown-channel", place="channel")
                response = await _take(hub, ear, request, base)
            except Exception as error:  # noqa: BLE001 - as in the guard: everything becomes a problem document
                response = response_of(error, ids.name(request))
            seconds.observe(loop.time() - begun)
            return response

        return handle

    for name, ear in _ears(hub.drivers, metrics).items():
        yield HOOKS + name, handler(ear)
    yield HOOKS + "{channel}", handler(None)


async def _take(hub: HubPort, ear: _Ear, request: web.Request, base: str) -> web.Response:
    # A body that came with its head, as short ones do, needs no time limit.
    body = await (request.read() if request.content.is_eof() else read_body(request))
    # The target as it arrived, not as a parser would write it again: providers sign its bytes.
    callback = Callback(request.method, base + request.raw_path, request.headers, request.query, body)
    heard = _heard(ear, callback)
    if heard.receipts:
        ear.count(await hub.receipts.take(heard))
    if heard.replies:
        answers = await hub.inbox.take(heard.replies)
        ear.replies.inc(answers.stored)
        if answers.said and ear.answer is not None:  # STOP and 退订 are answered where the channel can
            heard = ear.answer(heard, answers.said)
        if answers.receipts:  # "1" or "收到" confirms the warning it answers
            ear.count(await hub.receipts.take(Heard(receipts=answers.receipts)))
    ear.taken.inc()
    return web.Response(body=heard.body, headers={"Content-Type": heard.content_type})


def _heard(ear: _Ear, callback: Callback) -> Heard:
    try:
        return ear.read(callback)
    except SignatureRefused as error:
        ear.forged.inc()
        raise Forbidden("the callback is not signed by its provider", rule=error.rule, place="signature") from None
    except MalformedCallback as error:
        ear.malformed.inc()
        raise Refusal("the callback cannot be read", rule=error.rule, place="body") from None


def _ears(drivers: Mapping[str, Driver], metrics: WebMetrics) -> dict[str, _Ear]:
    return {
        name: _Ear(
            read=driver.read,
            taken=metrics.callbacks.labels(name, "taken"),
            forged=metrics.callbacks.labels(name, "signature"),
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
