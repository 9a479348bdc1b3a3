"""The other end of the WeCom robot: group robots by key, and group members who answer."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from aiohttp import web

from channels.counterparts.counterpart import Counts, FaultInjector, Knobs
from channels.counterparts.fate import is_bad
from channels.counterparts.web import WebServer
from channels.wecom_crypto import Envelope, signature

#: what the demo's driver and its counterpart agree on; a real robot has its own
DEMO_ENVELOPE = Envelope("demonstration", "ZmVuZ2h1byBkZW1vbnN0cmF0aW9uIHdlY29tIGtleSE", "wwdemonstration0")
_MINUTE = 60.0
_TYPES = {"markdown": 4096, "text": 2048}  # most bytes of content


@dataclass(slots=True)
class _Window:
    start: float = 0.0
    used: int = 0


class WecomRobots:
    """Speaks `cgi-bin/webhook/send`. Every key is a robot; 45009 comes with HTTP 200, as from the provider.

    The protocol carries no delivery id: a message counts as the same when robot and body are the same.
    """

    name = "wecom"

    def __init__(self, knobs: Knobs, envelope: Envelope = DEMO_ENVELOPE) -> None:
        self.knobs = knobs
        self.counts = Counts()
        self.contents: list[str] = []  #: what the groups read
        self._envelope = envelope
        self._temper = FaultInjector(knobs)
        self._windows: dict[str, _Window] = {}
        self._web = WebServer()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        await self._web.start([web.post("/cgi-bin/webhook/send", self._send)], host, port)

    @property
    def url(self) -> str:
        return self._web.url

    @property
    def block(self) -> dict[str, object]:
        """The driver's block that reaches this counterpart."""
        return {
            "driver": "wecom_robot",
            "allow_loopback": True,
            "token": self._envelope.token,
            "encoding_aes_key": self._envelope.encoding_aes_key,
            "receive_id": self._envelope.receive_id,
        }

    def robot(self, key: str) -> str:
        """The webhook address of the robot `key`."""
        return f"{self.url}/cgi-bin/webhook/send?{urlencode({'key': key})}"

    async def answers(self, hub_url: str, text: str, member: str = "zhangsan") -> int:
        """A member answers the robot: the encrypted callback goes to `hub_url`. Returns the HTTP status."""
        inner = (
            f"<xml><From><UserId>{escape(member)}</UserId></From><MsgType>text</MsgType>"
            f"<Text><Content>{escape(text)}</Content></Text><CreateTime>{int(time.time())}</CreateTime>"
            f"<MsgId>{secrets.token_hex(8)}</MsgId></xml>"
        )
        encrypted = self._envelope.seal(inner.encode(), secrets.token_bytes(16))
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {
            "msg_signature": signature(self._envelope.token, stamp, nonce, encrypted),
            "timestamp": stamp,
            "nonce": nonce,
        }
        body = f"<xml><ToUserName>{self._envelope.receive_id}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
        async with self._web.client.post(f"{hub_url}?{urlencode(query)}", data=body.encode()) as answer:
            return answer.status

    async def aclose(self) -> None:
        await self._web.aclose()

    async def _send(self, request: web.Request) -> web.Response:
        knobs, raw = self.knobs, await request.read()
        await self._temper.linger(knobs)
        key = request.query.get("key", "")
        if self._temper.strikes(knobs.error):
            self.counts.refused += 1
            return web.json_response({"error": "unavailable"}, status=503)
        if not key or is_bad(key, knobs.bad_address, knobs.seed):
            return self._refuse(93000, "invalid webhook url")
        if self._over_limit(key, knobs.throttle_per_s * _MINUTE):
            self.counts.throttled += 1
            return _answer(45009, "api freq out of limit")
        content = _content(await request.json())
        if content is None:
            return self._refuse(40008, "invalid message type")
        self.counts.take(hashlib.sha256(key.encode() + b"\x00" + raw).hexdigest()[:32], content)
        self.contents.append(content)
        if self._temper.strikes(knobs.hang):
            await self._web.never()
        return _answer(0, "ok")

    def _over_limit(self, key: str, per_minute: float) -> bool:
        if per_minute <= 0:
            return False
        now = asyncio.get_running_loop().time()
        window = self._windows.setdefault(key, _Window(now))
        if now - window.start >= _MINUTE:
            window.start, window.used = now, 0
        window.used += 1
        return window.used > per_minute

    def _refuse(self, code: int, text: str) -> web.Response:
        self.counts.refused += 1
        return _answer(code, text)


def _content(document: Any) -> str | None:
    """The content of a well-formed message within the provider's limits, else None."""
    kind = document.get("msgtype") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in _TYPES:
        return None
    part = document.get(kind)
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(content, str) or not 0 < len(content.encode()) <= _TYPES[kind]:
        return None
    return content


def _answer(code: int, text: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": text})
