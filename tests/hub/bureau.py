"""An office whose administrators are tested."""

from __future__ import annotations

import json
from types import SimpleNamespace

from approvals.official import Official, Right
from channels.media.chat import CHAT
from channels.media.partner_feed import PARTNER_FEED
from hub.access.administration.endpoints import endpoint_kinds
from hub.access.administration.keys import key_kinds
from hub.access.administration.officials import official_kinds
from hub.access.administration.requests import Administration
from hub.access.administration.units import unit_kinds
from hub.crypto.keys import Keys
from hub.crypto.vault import Vault
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.records import audit

WORDS = SimpleNamespace(kinds={"government", "water", "meteorological"}, offices={"leader", "duty"})
NATION = "000000000000"
ADMINISTER = frozenset({Right.ADMINISTER})


class Bureau:
    """Two administrators, a third account of the first one, and an official."""

    def __init__(self, db, clock, directory) -> None:
        self.db, self.clock = db, clock
        self.keys = Keys.load(directory / "keys", {})
        self.vault = Vault(self.keys.seal_key, self.keys.hash_key)
        kinds = (
            *official_kinds(WORDS),
            *unit_kinds(WORDS),
            *key_kinds(self.keys),
            *endpoint_kinds(self.vault, {"wecom": CHAT, "partners": PARTNER_FEED}),
        )
        by_name = {kind.name: kind for kind in kinds}
        self.office = Administration(db, clock, self.vault, by_name, 1.0, lambda count: bytes(range(count)))

    async def open(self) -> Bureau:
        self.ann = await self.enters("Ann", ADMINISTER)
        self.bob = await self.enters("Bob", ADMINISTER)
        self.again = await self.enters("Ann again", ADMINISTER, account_of=self.ann.id)
        self.wang = await self.enters("Wang", frozenset({Right.DRAFT}))
        return self

    async def enters(self, name: str, rights: frozenset[Right], account_of: int = 0) -> Official:
        new = NewOfficial(name, "Office", NATION, rights, account_of=account_of)
        return await self.db.write(lambda connection: officials.add(connection, new, 1))

    async def asks(self, kind: str, /, by: Official | None = None, **payload):
        return (await self.office.propose(by or self.ann, kind, payload)).request

    async def does(self, kind: str, /, **payload):
        """Asked for by one, agreed to by the other."""
        request = await self.asks(kind, **payload)
        return await self.office.approve(self.bob, request.id, request.digest)

    async def record(self, official: Official):
        return await self.db.read(lambda connection: officials.by_id(connection, official.id))

    async def log(self):
        return await self.db.read(lambda connection: tuple(audit.entries(connection)))

    async def last(self):
        entry = (await self.log())[-1]
        return entry.actor, entry.action, json.loads(entry.detail)
