"""A released alert with a campaign, and drivers that answer as they are told: what tests of delivery share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Unpack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyroaring import BitMap
from sqlalchemy import Connection, select

from channels.driver import Limits, Reach
from channels.media.sms import SMS
from channels.medium import Medium
from channels.message import Accepted, Form, Message, Outcome
from hub.alert.lifecycle import Stage
from hub.audience.plan import Plan
from hub.crypto.delivery_ids import DeliveryIds
from hub.crypto.secret_keys import SecretRing
from hub.crypto.signing_keys import SigningKey
from hub.dossier.acts import Acts, NewAct, alert_subject
from hub.store.alerts import alerts
from hub.store.alerts.alert_row import AlertChange
from hub.store.delivery import campaigns, deliveries
from hub.store.delivery.campaigns import Lease, ShardJob, ShardRequest
from hub.store.schema import alerts as alerts_table
from hub.store.schema import deliveries as rows_table
from hub.store.schema import shards as shards_table
from hub.store.sql.database import Database
from targeting.audience import Audience


class Ring(dict[str, Ed25519PublicKey]):
    """One order key, in memory."""

    current = SigningKey.of(Ed25519PrivateKey.generate())
    revoked: frozenset[str] = frozenset()


ACTS = Acts(Ring({Ring.current.kid: Ring.current.key.public_key()}))  # type: ignore[arg-type]
NOW = 1_782_892_800_000  #: 2026-07-01T08:00:00Z, where the hand clock stands
HOUR = 3_600_000
IDS = DeliveryIds(SecretRing(Path("no-directory"), "delivery", b"d" * 32), "live")
FORM = Form("sms", "zh-CN", "请立即撤离。", segments=1)


@contextmanager
def scratch(db: Database) -> Iterator[Connection]:
    """A transaction that is rolled back, so that every example of a property finds the database as it was."""
    with db.engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def plan_of(channels: tuple[str, ...], ladder: tuple[tuple[str, str], ...] = ()) -> str:
    return Plan(Audience(), channels, ladder).to_json()


def add_alert(connection: Connection, **changes: Unpack[AlertChange]) -> int:
    """A released red alert that lasts an hour, with some columns changed."""
    number = len(connection.execute(select(alerts_table.c.id)).all()) + 1
    values: AlertChange = {
        "sender": "water@example.cn",
        "identifier": f"flood-{number}",
        "sent": "2026-07-01T16:00:00+08:00",
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "world": "live",
        "level": 4,
        "event": "暴雨",
        "headline": "暴雨红色预警",
        "stage": Stage.RELEASED,
        "root": None,
        "version": 1,
        "content": b"",
        "source": b"",
        "source_digest": "0" * 64,
        "findings": "[]",
        "plan": plan_of(("sms",)),
        "created_by": 1,
        "created_at": NOW,
        "released_at": NOW,
        "expires_at": NOW + HOUR,
    }
    values |= changes
    made = alerts.insert_alert(connection, values)
    ACTS.record(connection, alert_subject(made), NewAct("release", values["stage"], "hub", NOW))
    return made


def move(connection: Connection, alert: int, stage: Stage) -> None:
    """The alert is in another stage from now on: its row and its acts."""
    alerts.change_stage(connection, alert, stage)
    ACTS.record(connection, alert_subject(alert), NewAct("move", stage, "hub", NOW))


def add_shards(
    connection: Connection,
    alert: int,
    people: Iterable[int],
    *,
    channel: str = "sms",
    priority: str = "red",
    size: int = 5,
) -> list[ShardJob]:
    return campaigns.extend(connection, ShardRequest(alert, channel, priority, (BitMap(people),), size))


def take(
    connection: Connection, ticket: ShardJob, owner: str = "me", now: int = NOW, until: int = NOW + 30_000
) -> Lease:
    lease = campaigns.lease(connection, ticket, owner, now, until)
    assert lease is not None, "the shard was not free"
    return lease


def a_lease(connection: Connection, people: Iterable[int] = (1, 2, 3), **changes: Any) -> Lease:
    """One shard of one released alert, leased."""
    (ticket,) = add_shards(connection, add_alert(connection, **changes), people, size=10_000)
    return take(connection, ticket)


def an_intent(connection: Connection, recipient: int = 1) -> Lease:
    """One delivery on the wire."""
    lease = a_lease(connection, (recipient,))
    deliveries.open_intents(connection, lease.campaign, [recipient], lease.generation, NOW, resend=True)
    return lease


def row_of(connection: Connection, campaign: int, recipient: int = 1) -> Any:
    found = connection.execute(
        select(rows_table).where(rows_table.c.campaign == campaign, rows_table.c.recipient == recipient)
    )
    return found.one()


def rows_of(connection: Connection, campaign: int) -> dict[int, Any]:
    found = connection.execute(select(rows_table).where(rows_table.c.campaign == campaign))
    return {row.recipient: row for row in found}


def shard_of(connection: Connection, shard: int) -> Any:
    return connection.execute(select(shards_table).where(shards_table.c.id == shard)).one()


Answer = Outcome | Exception | Callable[[Message], Outcome]


@dataclass
class ScriptedDriver:
    """Answers what `script` says for an address, otherwise accepts; `held` addresses wait for `let_go`."""

    name: ClassVar[str] = "scripted"
    medium: ClassVar[Medium] = SMS
    reach: Reach = Reach.PERSON
    correlates_by_reference: bool = False
    limits: Limits = field(default_factory=lambda: Limits(concurrency=4))
    script: dict[str, list[Answer]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    sent: list[Message] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    by_address: bool = False  #: every address is a destination of its own

    def destination(self, message: Message) -> str:
        return message.to if self.by_address else "account"

    async def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if message.to in self.held:
                await self.let_go.wait()
            else:
                await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        answers = self.script.get(message.to, [])
        answer = answers.pop(0) if answers else Accepted(f"ref-{message.delivery}-{message.attempt}")
        if isinstance(answer, Exception):
            raise answer
        return answer(message) if callable(answer) else answer

    async def aclose(self) -> None:
        self.let_go.set()


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what other tasks of this loop, or a thread, are about to do."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)
