"""The officials of the demonstration, who do everything through the API, each signed in with factors of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import aiohttp
import orjson
from pyotp import TOTP
from sqlalchemy import Connection

from approvals.official import Official, Right
from approvals.public_name import PublicName
from hub.access.identity import onetime
from hub.app import Hub
from hub.clock import to_ms
from hub.errors import Refusal
from hub.local.demo.authenticator import SoftwarePasskey
from hub.registry.duty_roster.permission import MACHINE
from hub.rules.rule import rule_named
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial

UNIT = "城口县气象局"  # the demonstration warns of rain, as the county's weather station
PUBLIC_NAMES = (
    PublicName("zh", "城口县气象台"),
    PublicName("en", "Chengkou County Meteorological Station"),
)
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
#: telephones of the officials; the other end counts what they are told apart from what the town is told
NUMBERS = "+861390000"
RENEW_S = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=120)


class ApiRefusal(Refusal):
    """The API's own problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            str(problem.get("detail", "refused")),
            rule=rule_named(str(problem.get("rule", status))),
            place=str(problem.get("place", "")),
            findings=problem.get("findings", ()),
        )


@dataclass(slots=True)
class _OfficialAtWork:
    """An official at work: signed in, with a passkey at hand for every signature."""

    official: Official
    passkey: SoftwarePasskey
    token: str = ""
    refresh: str = ""
    expires: float = 0.0  # of the token, seconds since the epoch


class Office:
    """A client of `/api/v1` for each official."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._base = f"{hub.settings.public_url}/api/v1"
        self._desks: dict[str, _OfficialAtWork] = {}
        self._proven = hub.identity.proofs.is_demanded
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(timeout=TIMEOUT)
        for name, right in STAFF.items():
            await self._settle(name, frozenset({right, Right.MONITOR}))
        await self._roster()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._client is not None:
            await self._client.close()

    def who(self, right: Right) -> list[str]:
        """The officials who hold a right, in a fixed order."""
        return [name for name, desk in self._desks.items() if desk.official.may(right)]

    async def view(self, alert: int) -> dict[str, Any]:
        return await self._call(self.who(Right.MONITOR)[0], "GET", f"/alerts/{alert}")

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
        if self._proven(step):
            word["proof"] = await self._proof(name, view["digest"])
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

    async def duties(self, alert: int) -> list[str]:
        """Whom else a release obliges its unit to tell."""
        found: Any = await self._call(self.who(Right.RELEASE)[0], "GET", "/duties", query={"alert": str(alert)})
        return [each["kind"] for each in found]

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
        headers = {"Authorization": f"Bearer {await self._token(name)}"}
        data = cap or (orjson.dumps(body) if body is not None else None)
        if data is not None:
            headers["Content-Type"] = "application/cap+xml" if cap else "application/json"
        return await self._send(method, path, headers, data, query)

    async def _send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        data: bytes | None = None,
        query: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        if self._client is None:
            raise RuntimeError("the office is closed")
        async with self._client.request(
            method, self._base + path, data=data, headers=headers, params=query or {}
        ) as answer:
            content = orjson.loads(await answer.read())
            if answer.status >= 400:
                raise ApiRefusal(answer.status, content)
            found: dict[str, Any] = content
            return found

    async def _token(self, name: str) -> str:
        """The access token, renewed shortly before it ends."""
        desk = self._desks[name]
        if desk.expires - self._hub.clock.now().timestamp() < RENEW_S:
            self._keep(desk, await self._open("/session/refresh", {"refresh": desk.refresh}))
        return desk.token

    async def _proof(self, name: str, digest: str) -> str:
        """A fresh second factor for one digest, from the official's passkey."""
        asked = await self._call(name, "POST", "/session/proofs/options", {"digest": digest})
        shown = {"digest": digest, "credential": self._desks[name].passkey.get(asked)}
        proof: str = (await self._call(name, "POST", "/session/proofs", shown))["proof"]
        return proof

    async def _settle(self, name: str, rights: frozenset[Right]) -> None:
        """Puts an official into office, with password, authenticator and passkey, and signs them in."""
        identity, now = self._hub.identity, to_ms(self._hub.clock.now())
        password, seed = secrets.token_urlsafe(18), onetime.new_seed()
        hashed = await identity.passwords.hash(password)
        passkey = SoftwarePasskey(identity.passkeys.party.origin, secrets.token_bytes(16))

        def work(connection: Connection) -> Official:
            known = officials.by_name(connection, name)
            new = NewOfficial(name, UNIT, NATION, rights, KIND)
            official = known.official if known is not None else officials.add(connection, new, now)
            units.set_public_names(connection, UNIT, PUBLIC_NAMES)
            identity.enrolment.keep(connection, official.id, hashed, seed)
            made = passkey.make(identity.passkeys.ask_new(connection, official, now))
            if identity.passkeys.keep_new(connection, official.id, made, "demo", now) is None:
                raise RuntimeError("the passkey was refused")
            return official

        desk = self._desks[name] = _OfficialAtWork(await self._hub.db.write(work), passkey)
        code = TOTP(seed).at(self._hub.clock.now())
        self._keep(desk, await self._open("/session", {"name": name, "password": password, "totp": code}))

    async def _roster(self) -> None:
        """Puts everybody on duty who may sign or release, each with a telephone."""
        now = self._hub.clock.now()
        for number, name in enumerate(STAFF, 1):
            phone = f"{NUMBERS}{number:04d}"
            shift = {"from": now.isoformat(), "until": (now + timedelta(hours=8)).isoformat(), "order": str(number)}
            cells = {"official": name, "sms": phone, "voice": phone, **shift}
            await self._hub.transactions.write(MACHINE, partial(self._hub.roster.put, actor=None, cells=cells))

    async def _open(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._send("POST", path, {"Content-Type": "application/json"}, orjson.dumps(body))

    def _keep(self, desk: _OfficialAtWork, session: dict[str, Any]) -> None:
        desk.token, desk.refresh = session["access"], session["refresh"]
        desk.expires = datetime.fromisoformat(session["access_expires"]).timestamp()
