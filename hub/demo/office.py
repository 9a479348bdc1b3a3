"""The officials of the demonstration, who do everything through the API, each with a token of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import orjson
from sqlalchemy import Connection

from approvals.official import Official, Right
from hub.app import Hub
from hub.clock import to_ms
from hub.errors import Refusal
from hub.store import officials
from hub.store.officials import NewOfficial

UNIT = "国家预警信息发布中心"  # under the meteorological authority: the demonstration warns of rain
KIND = "meteorological"
NATION = "000000000000"
#: name to right: nobody holds two steps, and red wants two signatures
STAFF = {
    "陈雨": Right.DRAFT,
    "李明": Right.REVIEW,
    "赵岩": Right.SIGN,
    "孙梅": Right.SIGN,
    "周航": Right.RELEASE,
}
TIMEOUT = aiohttp.ClientTimeout(total=120)


class Refused(Refusal):
    """The API's own problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            str(problem.get("detail", "refused")),
            rule=str(problem.get("rule", status)),
            place=str(problem.get("place", "")),
            findings=problem.get("findings", ()),
        )


@dataclass(frozen=True, slots=True)
class _Desk:
    official: Official
    token: str


class Office:
    """A client of `/api/v1` for each official."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._base = f"{hub.settings.public_url}/api/v1"
        self._desks: dict[str, _Desk] = {}
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(timeout=TIMEOUT)
        for name, right in STAFF.items():
            self._desks[name] = await self._desk(name, frozenset({right, Right.MONITOR}))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.close()

    def who(self, right: Right) -> list[str]:
        """The officials who hold a right, in a fixed order."""
        return [name for name, desk in self._desks.items() if desk.official.may(right)]

    async def draft(self, cap: bytes, regions: frozenset[str]) -> dict[str, Any]:
        """Posts a CAP document; the view of the draft."""
        query = {"regions": ",".join(sorted(regions))} if regions else {}
        return await self._call(self.who(Right.DRAFT)[0], "POST", "/alerts", cap=cap, query=query)

    async def update(self, alert: int, cap: bytes) -> dict[str, Any]:
        return await self._call(self.who(Right.DRAFT)[0], "POST", f"/alerts/{alert}/update", cap=cap)

    async def cancel(self, alert: int, note: str) -> dict[str, Any]:
        return await self._call(self.who(Right.DRAFT)[0], "POST", f"/alerts/{alert}/cancel", {"note": note})

    async def submit(self, view: dict[str, Any]) -> dict[str, Any]:
        path = f"/alerts/{view['id']}/submit"
        return await self._call(self.who(Right.DRAFT)[0], "POST", path, {"version": view["version"]})

    async def approve(self, name: str, view: dict[str, Any], step: str) -> dict[str, Any]:
        """One official's approval of just what the view shows. Raises Refused."""
        word = {"step": step, "verdict": "approve", "digest": view["digest"]}
        return await self._call(name, "POST", f"/alerts/{view['id']}/decisions", word)

    async def approve_all(self, view: dict[str, Any]) -> dict[str, Any]:
        """Every step the policy wants, by as many officials as it wants."""
        free = {step: self.who(Right(step)) for step in ("review", "sign")}
        while view["missing"]:
            step = view["missing"][0]
            view = await self.approve(free[step].pop(0), view, step)
        return view

    async def release(self, view: dict[str, Any]) -> dict[str, Any]:
        path = f"/alerts/{view['id']}/release"
        return await self._call(self.who(Right.RELEASE)[0], "POST", path, {"digest": view["digest"]})

    async def forms(self, alert: int) -> list[dict[str, Any]]:
        answer = await self._call(self.who(Right.REVIEW)[0], "GET", f"/alerts/{alert}/forms")
        forms: list[dict[str, Any]] = answer["forms"] if isinstance(answer, dict) else answer
        return forms

    async def progress(self, alert: int) -> dict[str, Any]:
        return await self._call(self.who(Right.RELEASE)[0], "GET", f"/alerts/{alert}/progress")

    async def report(self, alert: int) -> dict[str, Any]:
        return await self._call(self.who(Right.RELEASE)[0], "GET", f"/alerts/{alert}/report")

    async def _call(
        self,
        name: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        cap: bytes = b"",
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        if self._client is None:
            raise RuntimeError("the office is closed")
        headers = {"Authorization": f"Bearer {self._desks[name].token}"}
        data = cap or (orjson.dumps(body) if body is not None else None)
        if data is not None:
            headers["Content-Type"] = "application/cap+xml" if cap else "application/json"
        async with self._client.request(
            method, self._base + path, data=data, headers=headers, params=query or {}
        ) as answer:
            content = orjson.loads(await answer.read())
            if answer.status >= 400:
                raise Refused(answer.status, content)
            found: dict[str, Any] = content
            return found

    async def _desk(self, name: str, rights: frozenset[Right]) -> _Desk:
        now = to_ms(self._hub.clock.now())

        def work(connection: Connection) -> Official:
            known = officials.by_name(connection, name)
            if known is not None:
                return known.official
            return officials.add(connection, NewOfficial(name, UNIT, NATION, rights, KIND), now)

        official = await self._hub.db.write(work)
        return _Desk(official, self._hub.tokens.issue(official.id, official.name, official.rights))
