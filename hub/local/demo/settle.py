"""The town is put into the register: regions, people, robots, broadcasters and media partners."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection

from hub.app import Hub
from hub.clock import to_ms
from hub.local.demo.town import Town, endpoint_plan
from hub.registry.regions import ensure_builtin
from hub.store.register import endpoints, partners, recipients, regions, shared
from hub.store.register.endpoints import NewEndpoint

BATCH = 5000


async def populate(hub: Hub, town: Town, on_progress: Callable[[int], None]) -> None:
    """Writes the register; `on_progress` is told of every batch of people."""

    def places(connection: Connection) -> None:
        ensure_builtin(connection)
        regions.upsert(connection, town.regions)

    await hub.db.write(places)
    people = iter(town.recipients)
    while batch := list(itertools.islice(people, BATCH)):
        now = to_ms(hub.clock.now())
        await hub.db.write(lambda c, some=batch, at=now: recipients.upsert(c, hub.vault, some, at))  # type: ignore[misc]
        on_progress(len(batch))
    await hub.db.write(lambda connection: shared.compare(connection, hub.vault))


async def furnish(hub: Hub, town: Town, counterparts: Mapping[str, Any]) -> dict[str, str]:
    """Registers the endpoints at their counterparts; returns each media partner's feed token by name."""
    found = counterparts["endpoints"]
    tokens: dict[str, str] = {}

    def work(connection: Connection) -> None:
        now = to_ms(hub.clock.now())
        for number, (channel, name, region) in enumerate(endpoint_plan(town)):
            target = found[channel]["url"]
            if channel == "wecom":
                target = _with_key(target, f"robot-{number}")
            each = found[channel]
            made = NewEndpoint(channel, name, target, each["secret"], region, each["callback_keys"])
            endpoint = endpoints.add(connection, hub.vault, made)
            if channel == "partners":
                tokens[name] = hashlib.sha256(f"{name}:{found[channel]['secret']}".encode()).hexdigest()
                digest = hashlib.sha256(tokens[name].encode()).hexdigest()
                partners.add(connection, name, digest, endpoint, now_ms=now)

    await hub.db.write(work)
    return tokens


def _with_key(url: str, key: str) -> str:
    """A robot's webhook address: the key is what tells the groups apart."""
    return urlunsplit(urlsplit(url)._replace(query=f"key={key}"))
