"""A hub that starts with another configuration than last time says so in the audit log, once, and tells no secret."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from approvals.event_table import load_events
from approvals.load import load_policy
from channels.registry import DRIVERS
from channels.settings import BlockSource, read_block
from hub.crypto.keys import Keys
from hub.evidence.configuration import Configuration, ConfigurationPart, fingerprints, parts_of
from hub.settings.settings import CONFIG_DIR, Settings
from hub.store.records import audit
from hub.store.sql.database import Database
from targeting import group

PASSWORD = "correct-horse-battery"


class Start:
    """One hub's configuration, and what a start with it is noted as."""

    def __init__(self, db: Database, clock: Any, directory: Any) -> None:
        self.db, self.clock = db, clock
        self.keys = Keys.load(directory, {})
        self.settings: dict[str, Any] = {"store": {"url": f"postgresql://hub:{PASSWORD}@db.example/hub"}}
        self.channel: dict[str, Any] = {"driver": "webhook", "key": "whsec_" + "A" * 32, "timeout_s": 5}
        self.policy = load_policy(CONFIG_DIR / "authority.toml", load_events(CONFIG_DIR / "events.toml"))
        self.groups = group.load(CONFIG_DIR / "groups.toml")

    def parts(self) -> tuple[ConfigurationPart, ...]:
        block = read_block("robot", self.channel, DRIVERS[self.channel["driver"]].settings, BlockSource())
        settings = Settings.model_validate(self.settings)
        return parts_of(settings, {"robot": block}, self.policy, self.groups, self.keys)

    async def __call__(self) -> tuple[str, ...]:
        return await Configuration(self.db, self.clock).note(self.parts(), fingerprints(self.keys))

    async def log(self) -> list[Any]:
        return await self.db.read(lambda connection: list(audit.entries(connection)))

    async def last(self) -> dict[str, Any]:
        told: dict[str, Any] = orjson.loads((await self.log())[-1].detail)
        return told


@pytest.fixture
def start(db: Database, clock: Any, tmp_path: Any) -> Start:
    return Start(db, clock, tmp_path / "keys")


async def test_the_first_start_notes_every_part_and_every_key_and_the_next_one_nothing(start: Start) -> None:
    keys = {f"key/{purpose}" for purpose in ("order", "token", "record", "seal", "hash")}
    assert set(await start()) == keys | {"settings", "channels", "authority", "groups", "keys"}
    created = [orjson.loads(entry.detail) for entry in await start.log() if entry.action == "key-created"]
    assert {one["purpose"]: one["kid"] for one in created} == fingerprints(start.keys)
    assert await start() == ()


async def test_a_changed_setting_is_named_and_neither_it_nor_a_secret_is_told(start: Start) -> None:
    await start()
    start.settings |= {"auth": {"second_factor": (), "token_hours": 23.5}}
    assert await start() == ("settings",)
    told = await start.last()
    assert (told["added"], told["removed"]) == ([], [])
    assert told["changed"] == ["auth.second_factor", "auth.token_hours"]
    everything = " ".join(entry.detail for entry in await start.log())
    assert PASSWORD not in everything
    assert "AAAA" not in everything
    assert "23.5" not in everything


async def test_a_rule_that_was_loosened_added_or_removed_is_named(start: Start) -> None:
    await start()
    first, second, *others = start.policy.rules
    start.policy = replace(
        start.policy, rules=(replace(first, steps={"sign": 1}), replace(second, id="new-rule"), *others)
    )
    assert await start() == ("authority",)
    told = await start.last()
    assert (told["changed"], told["added"]) == ([f"rule.{first.id}"], ["rule.new-rule"])
    assert told["removed"] == [f"rule.{second.id}"]


async def test_a_secret_of_a_channel_may_change_unseen_but_a_time_may_not(start: Start) -> None:
    await start()
    start.channel |= {"key": "whsec_" + "B" * 32}
    assert await start() == ()
    start.channel |= {"timeout_s": 7}
    assert await start() == ("channels",)
    assert (await start.last())["changed"] == ["robot.timeout_s"]


async def test_a_key_in_force_that_is_another_than_last_time_is_named(start: Start) -> None:
    await start()
    start.keys.order.rotate(start.keys.order.current.kid)
    assert await start() == ("keys",)
    assert (await start.last())["changed"] == ["order"]


async def test_a_group_that_was_taken_away_is_named(start: Start) -> None:
    await start()
    gone = min(start.groups)
    start.groups = {name: one for name, one in start.groups.items() if name != gone}
    assert await start() == ("groups",)
    assert (await start.last())["removed"] == [gone]


async def test_of_processes_that_start_at_once_one_notes_it(start: Start) -> None:
    other = Database(start.db.engine.url.render_as_string(hide_password=False))
    parts, keys = start.parts(), fingerprints(start.keys)
    starts = [Configuration(db, start.clock).note(parts, keys) for db in (start.db, other) * 3]
    try:
        noted = await asyncio.gather(*starts)
    finally:
        await asyncio.to_thread(other.close)
    assert sum(bool(each) for each in noted) == 1
    subjects = [entry.subject for entry in await start.log()]
    assert len(subjects) == len(set(subjects)) == 10
