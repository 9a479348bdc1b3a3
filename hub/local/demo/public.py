"""What the people of the town do with a warning: press keys, answer, post, and air it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import orjson
from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import DeliveryState
from hub.app import Hub
from hub.feedback.late import LateClassifier
from hub.feedback.posts import Post, Posts
from hub.store.delivery import campaigns, deliveries
from hub.store.register import recipients

ANSWERS = (
    "收到",
    "1",
    "收到，已经转移到高处",
    "OK",
    "谢谢提醒",
    "请问避难点在哪里？",
    "我们家老人走不动，需要帮助",
    "Is the road to the school still open?",
    "真的假的？网上说水库要垮了",
    "Thank you, we are safe",
)
MEMBERS = ("收到，已通知各组", "3组还有两户没联系上", "大家注意安全")
POSTS: tuple[str, ...] = (
    "雨太大了，街上已经开始积水，有点害怕",
    "刚收到预警短信，准备和家人去避难点",
    "社区的人挨家挨户来通知，真的很负责，感谢",
    "听说水库决堤了？有没有官方消息",
    "Got the warning by phone, very clear. Thanks to everyone working tonight.",
    "为什么我们小区没有人收到短信？",
)


class Public:
    """Speaks through the counterparts, as real people do through their providers."""

    def __init__(self, hub: Hub, counterparts: Mapping[str, Any]) -> None:
        self._hub = hub
        self._control = counterparts["control"]
        self._token = counterparts["token"]

    async def answers_by_sms(self, alert: int, most: int) -> int:
        """Some of those who got the SMS write back; returns how many."""
        phones = await self._hub.db.read(lambda connection: self._persons_reached(connection, alert, most))
        for number, phone in enumerate(phones):
            said = {"from": phone, "body": ANSWERS[number % len(ANSWERS)], "url": self._hook("sms")}
            await self._post("/counterparts/sms/inbound", said)
        return len(phones)

    async def answers_in_groups(self) -> int:
        for text in MEMBERS:
            await self._post("/counterparts/wecom/inbound", {"url": self._hook("wecom"), "body": text})
        return len(MEMBERS)

    async def posts(self, alert: int, now: datetime) -> int:
        """Public posts, as a collector delivers them."""
        posts = [Post(id=f"post-{alert}-{n}", text=text, at=now) for n, text in enumerate(POSTS)]
        service = Posts(self._hub.db, self._hub.vault, LateClassifier(self._hub.settings.hub.data_dir))
        imported = await service.take(posts, alert)
        return imported.stored

    async def partners_pull(self, tokens: Mapping[str, str]) -> int:
        """Every media partner reads the feed and the CAP documents in it; returns how many documents."""
        pulled = 0
        for token in tokens.values():
            said = {"url": f"{self._hub.settings.public_url}/feeds", "token": token}
            answer = await self._post("/counterparts/partners/pull", said)
            pulled += len(answer["documents"])
        return pulled

    async def counts(self) -> dict[str, dict[str, int]]:
        """What each counterpart received, counted by itself."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.get(f"{self._control}/counterparts") as answer,
        ):
            described = orjson.loads(await answer.read())
        return {name: each["counts"] for name, each in described.items()}

    def _persons_reached(self, connection: Connection, alert: int, most: int) -> list[str]:
        campaign = campaigns.find(connection, alert).get("sms")
        if campaign is None:
            return []
        got: BitMap = deliveries.states(connection, campaign.id).get(DeliveryState.DELIVERED, BitMap())
        chosen = list(got)[:: max(1, len(got) // max(1, most))][:most]
        return [contact.address for contact in recipients.contacts(connection, self._hub.vault, chosen, "sms")]

    def _hook(self, channel: str) -> str:
        return f"{self._hub.settings.public_url}/hooks/{channel}"

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(self._control + path, json=dict(body)) as answer,
        ):
            content = await answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{path}: {answer.status} {content[:200]!r}")
            found: dict[str, Any] = orjson.loads(content)
            return found
