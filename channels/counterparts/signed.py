"""Operators that report to the hub by signed callbacks (Standard Webhooks): what broadcast and partners share."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from channels.counterparts.counterpart import Knobs
from channels.counterparts.web import WebServer
from channels.standard_webhooks import sign


def demo_key(words: str) -> str:
    """A whsec_ key of a server that exists only on loopback: known to both ends because both can compute it."""
    return "whsec_" + base64.b64encode(words.encode().ljust(32, b".")[:32]).decode()


class Reporter:
    """Sends signed JSON to the hub; counts what the hub took."""

    def __init__(self, server: WebServer, key: str) -> None:
        self._server = server
        self._key = key
        self.taken = 0
        self.refused = 0

    def after(self, knobs: Knobs, url: str, document: Mapping[str, str], times: int = 1) -> None:
        """Reports `document` to `url` once the knobs' time has passed, `times` times over."""

        async def work() -> None:
            for _ in range(times):
                await self.now(url, document)

        self._server.later(knobs.receipt_s, work)

    async def now(self, url: str, document: Mapping[str, str]) -> bool:
        """True when the hub took the report."""
        body, webhook_id = orjson.dumps(document), f"report_{secrets.token_hex(12)}"

        def headers() -> dict[str, str]:
            return {"Content-Type": "application/json", **sign(self._key, webhook_id, datetime.now(UTC), body)}

        taken = await self._server.report(url, body, headers)
        self.taken += taken
        self.refused += not taken
        return taken
