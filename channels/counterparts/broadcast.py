"""The other end of broadcast: an operator's entry that takes CAP over HTTP and reports what goes on air."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from aiohttp import web
from lxml import etree

from channels.counterparts.counterpart import Counts, Knobs
from channels.counterparts.signed import Reporter, demo_key
from channels.counterparts.web import Mood, WebServer

TOKEN = "operator-token"  # noqa: S105 - of a server that exists only on loopback
REPORT_KEY = demo_key("reports of the broadcast operator")
_CAP = "{urn:oasis:names:tc:emergency:cap:1.2}alert"


class BroadcastOperator:
    """Takes a document once per idempotency key; a repeat is answered 409 with the first reference."""

    name = "broadcast"

    def __init__(self, knobs: Knobs) -> None:
        self.knobs = knobs
        self.counts = Counts()
        self.on_air: dict[str, bytes] = {}  #: document by delivery id
        self._web = WebServer()
        self._mood = Mood(knobs, self.counts)
        self._reporter = Reporter(self._web, REPORT_KEY)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._web.start([web.post("/alerts", self._take)], host, port)

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def block(self) -> dict[str, object]:
        """The driver's block that reaches this counterpart."""
        return {"driver": "cap_http", "allow_loopback": True}

    @property
    def target(self) -> str:
        """The endpoint's URL."""
        return f"{self.url}/alerts"

    @property
    def secret(self) -> str:
        """The endpoint's secret."""
        return TOKEN

    @property
    def callback_keys(self) -> str:
        """The keys of the endpoint's reports."""
        return REPORT_KEY

    async def aclose(self) -> None:
        await self._web.aclose()

    async def _take(self, request: web.Request) -> web.Response:
        knobs, document = self.knobs, await request.read()
        if (away := await self._mood.turn_away(knobs)) is not None:
            return away
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {TOKEN}".encode()):
            return self._refuse(401, "not our token")
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return self._refuse(400, "Idempotency-Key is missing")
        if request.content_type != "application/cap+xml" or not _is_cap(document):
            return self._refuse(422, "not a CAP 1.2 alert")
        self.counts.take(key, document.decode("utf-8", "replace"))
        if self._mood.temper.strikes(knobs.hang):
            await self._web.never()
        reference = f"cb-{key}"
        if key in self.on_air:
            return web.json_response({"reference": reference}, status=409)
        self.on_air[key] = document
        self._report(request.headers.get("Callback-Url", ""), key, reference)
        return web.json_response({"reference": reference}, status=202)

    def _report(self, url: str, delivery: str, reference: str) -> None:
        knobs, temper = self.knobs, self._mood.temper
        if not url or temper.strikes(knobs.loss):
            return
        failed = temper.strikes(knobs.undelivered)
        report = {
            "delivery": delivery,
            "status": "failed" if failed else "on_air",
            "at": datetime.now(UTC).isoformat(),
            "reference": reference,
            "detail": "transmitter down" if failed else "cells=100%",
        }
        self._reporter.after(knobs, url, report, 2 if temper.strikes(knobs.duplicate_receipts) else 1)

    def _refuse(self, status: int, why: str) -> web.Response:
        self.counts.refused += 1
        return web.json_response({"error": why}, status=status)


def _is_cap(document: bytes) -> bool:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return bool(etree.fromstring(document, parser).tag == _CAP)
    except (etree.XMLSyntaxError, ValueError):
        return False
