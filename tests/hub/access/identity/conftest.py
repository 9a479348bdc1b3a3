"""Officials who can sign in, and the ways they do it over the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import PasswordHasher
from pyotp import TOTP
from sqlalchemy import select

from approvals.official import Official, Right
from hub.access.identity import onetime
from hub.clock import to_ms
from hub.local.demo.authenticator import SoftwarePasskey
from hub.store.schema import audit

PASSWORD = "seven quiet mountain rivers"
CHEAP = PasswordHasher(1, 8, 1)
API = "/api/v1"


@dataclass
class Person:
    """An official with password, authenticator and passkey."""

    official: Official
    hub: Any
    client: Any
    seed: str
    passkey: SoftwarePasskey
    headers: dict[str, str] = field(default_factory=dict)

    def code(self, shift: int = 0) -> str:
        return TOTP(self.seed).at(self.hub.clock.now(), counter_offset=shift)

    async def post(self, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        headers = self.headers | ({"Authorization": f"Bearer {token}"} if token else {})
        return await self.client.post(API + path, json=body or {}, headers=headers)

    async def get(self, path: str, token: str) -> Any:
        return await self.client.get(API + path, headers={"Authorization": f"Bearer {token}"})

    async def tries(self, **changes: str) -> Any:
        """The response to an attempt to sign in; a right one unless changed."""
        body = {"name": self.official.name, "password": PASSWORD, "totp": self.code()} | changes
        return await self.post("/session", body)

    async def signs_in(self) -> dict[str, Any]:
        """A session, thirty seconds after the last one, so that the code is a new one."""
        self.hub.clock.advance(onetime.STEP_S)
        response = await self.tries()
        assert response.status == 201, await response.text()
        return await response.json()

    async def proves(self, token: str, digest: str = "credentials") -> dict[str, Any]:
        """A proof by passkey."""
        options = await (await self.post("/session/proofs/options", {"digest": digest}, token)).json()
        shown = {"digest": digest, "credential": self.passkey.get(options)}
        response = await self.post("/session/proofs", shown, token)
        assert response.status == 201, await response.text()
        return await response.json()


@pytest.fixture
def enrol(hub, client):
    """Puts somebody into office with all three factors."""

    def make(name: str = "Wang", *rights: Right) -> Person:
        official = hub.add_official(name, *(rights or (Right.SIGN, Right.MONITOR)))
        seed = onetime.new_seed()
        passkey = SoftwarePasskey("https://hub.example", f"handle of {name}".encode())
        now = to_ms(hub.clock.now())
        with hub.db.engine.begin() as connection:
            hub.identity.enrolment.keep(connection, official.id, CHEAP.hash(PASSWORD), seed)
            answer = passkey.make(hub.identity.passkeys.ask_new(connection, official, now))
            assert hub.identity.passkeys.keep_new(connection, official.id, answer, "phone", now)
        return Person(official, hub, client, seed, passkey)

    return make


@pytest.fixture
def wang(enrol) -> Person:
    return enrol()


@pytest.fixture
def acts(hub):
    """What the audit log says, oldest first: (action, subject, detail as text)."""

    def read() -> list[tuple[str, str, str]]:
        with hub.db.engine.connect() as connection:
            rows = connection.execute(select(audit).order_by(audit.c.seq))
            return [(row.action, row.subject, str(row.detail)) for row in rows]

    return read
