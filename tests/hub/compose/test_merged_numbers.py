"""Who bears the message of a number: against a list of families, and whatever the register does in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Connection

from channels.message import Form
from hub.compose import merged_numbers
from hub.compose.compose import form_for
from hub.compose.merged_numbers import Merger
from hub.crypto.vault import Vault
from hub.dispatch.bearers import Bearers
from hub.store.alerts import alerts
from hub.store.delivery import campaigns, co_holders, deliveries
from hub.store.delivery.campaigns import READY, ShardRequest
from hub.store.register import recipients, renewal, shared
from hub.store.register import regions as region_store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.recipient import Recipient
from tests.hub.dispatch.scene import HOUR, NOW, add_alert, scratch, take

KEY = "110101001000"
VAULT = Vault(b"s" * 32, b"h" * 32)
FORMS = tuple(Form(channel, language, f"{language} text") for channel in ("sms", "voice") for language in ("en", "zh"))
DUTY = frozenset({"responsible_flood"})
_BOTH = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class World:
    """A register and one campaign over SMS; `sent` is what left: to which number, in which form, and for whom."""

    connection: Connection
    vault: Vault = VAULT
    now: int = NOW
    people: dict[int, Recipient] = field(default_factory=dict)
    sent: list[tuple[str, str, set[int]]] = field(default_factory=list)
    alert: int = 0

    def __post_init__(self) -> None:
        region_store.upsert(self.connection, [NewRegion(KEY, "桥镇", None, 4)])
        self.alert = add_alert(self.connection)
        alerts.replace_forms(self.connection, self.alert, FORMS)

    @property
    def merger(self) -> Merger:
        return Merger(self.vault, {"sms": "sms", "voice": "voice"})

    def register(self, name: int, phone: int, language: str = "zh", *, duty: bool = False) -> int:
        self.now += 10
        groups = DUTY if duty else frozenset()
        person = Recipient(f"p{name}", KEY, language, groups=groups, addresses={"sms": f"+86139{phone:08d}"})
        recipients.upsert(self.connection, self.vault, [person], self.now)
        found = recipients.by_external_id(self.connection, person.external_id)
        assert found is not None
        self.people[found] = person
        return found

    def cut(self, *groups: set[int]) -> None:
        bits = tuple(BitMap(group) for group in groups)
        self.merger.extend(self.connection, ShardRequest(self.alert, "sms", "red", bits, 3))

    @property
    def campaign(self) -> campaigns.Campaign:
        return campaigns.find(self.connection, self.alert)["sms"]

    def dispatch(self, most: int = 1000) -> None:
        """As workers do, one shard after the other."""
        while most:
            self.now += 10
            tickets = campaigns.due(self.connection, self.now, self.now + HOUR, 1)
            if not tickets:
                return
            self._send(take(self.connection, tickets[0], now=self.now))
            most -= 1

    def _send(self, lease: campaigns.Lease) -> None:
        intents = deliveries.open_intents(
            self.connection, lease.campaign, list(lease.recipients), lease.generation, self.now, resend=True
        ).intents
        opened = [intent.recipient for intent in intents]
        bearers = Bearers(self.merger, lease, 3, lambda who: form_for(FORMS, "sms", who.language))
        known = bearers.settle(self.connection, opened)
        for person in opened:
            now = self.people[person]
            to, form = now.addresses["sms"], form_for(FORMS, "sms", now.language).digest
            if person in known:
                assert (known[person].address, known[person].language) == (to, now.language)
            self.sent.append((to, form, {person}))
        campaigns.give_back(self.connection, lease, "done")

    def shared(self) -> co_holders.CoHolders:
        return co_holders.of_campaign(self.connection, self.campaign.id)

    def expected(self, of: set[int]) -> Counter[tuple[str, str]]:
        """A message for each number and text of these people, and one for each responsible person."""
        told: Counter[tuple[str, str]] = Counter()
        families = set()
        for number in of:
            person = self.people[number]
            message = (person.addresses["sms"], form_for(FORMS, "sms", person.language).digest)
            if person.groups & DUTY:
                told[message] += 1
            elif message not in families:
                families.add(message)
                told[message] += 1
        return told


PERSON = st.tuples(st.integers(0, 4), st.sampled_from(["zh", "zh-TW", "en", "fr"]), st.booleans())


@given(
    town=st.lists(PERSON, min_size=1, max_size=12),
    cuts=st.lists(st.tuples(st.sets(st.integers(0, 11)), st.integers(0, 3)), max_size=5),
)
@example(town=[(0, "zh", False), (0, "zh", False)], cuts=[])  # two of one number
@_BOTH
def test_however_people_come_to_be_cut_each_number_is_told_each_text_once(db: Database, town, cuts) -> None:
    with scratch(db) as connection:
        world = World(connection)
        ids = [world.register(name, *person[:2], duty=person[2]) for name, person in enumerate(town)]
        meant: set[int] = set()
        for chosen, shards in [*cuts, ({*range(12)}, 1000)]:
            group = {ids[at] for at in chosen if at < len(ids)}
            world.cut({each for each in group if each % 3 == 0}, group)
            meant |= group
            world.dispatch(shards)
        assert Counter((to, form) for to, form, _ in world.sent) == world.expected(meant)
        assert set(world.campaign.covered) == meant
        assert world.campaign.targeted == len(world.sent)
        _everybody_is_told(world, meant)


STEP = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 5), st.integers(0, 2), st.sampled_from(["zh", "zh", "en"])),
    st.tuples(st.just("serve"), st.integers(0, 5), st.integers(0, 2), st.just("zh")),
    st.tuples(st.just("cut"), st.integers(0, 5), st.integers(0, 5), st.just("")),
    st.tuples(st.just("send"), st.integers(1, 3), st.just(0), st.just("")),
)


@given(steps=st.lists(STEP, max_size=25))
@example([("cut", 0, 0, ""), ("send", 1, 0, ""), ("move", 0, 1, "zh")])  # its number is another's when that is cut
@example([("cut", 0, 5, ""), ("move", 0, 1, "zh")])  # its number is another when it is sent
@_BOTH
def test_whatever_the_register_does_between_cut_and_sending_nobody_is_lost(db: Database, steps) -> None:
    """Everybody is told at a number that was theirs, in a text that was theirs, from when they were cut to the end."""
    with scratch(db) as connection:
        world = World(connection)
        ids = [world.register(name, name % 3) for name in range(6)]
        since: dict[int, set[tuple[str, str]]] = {}  # what each was to be told, from the moment they were cut
        for what, first, second, language in [*steps, ("cut", 0, 5, ""), ("send", 1000, 0, "")]:
            match what:
                case "move" | "serve":
                    number = world.register(first, second, language, duty=what == "serve")
                    since.get(number, set()).add(_told(world, number))
                case "cut":
                    chosen = set(ids[min(first, second) : max(first, second) + 1])
                    world.cut(chosen)
                    for each in chosen - since.keys():
                        since[each] = {_told(world, each)}
                case "send":
                    world.dispatch(first)
        shared_with = world.shared()
        bearer_of = dict(zip(shared_with.holders.tolist(), shared_with.bearers.tolist(), strict=True))
        messages = {next(iter(whose)): (to, form) for to, form, whose in world.sent}
        assert set(messages) | set(bearer_of) == set(since)
        assert not set(messages) & set(bearer_of), "who bears a message of their own needs no other's"
        for person, mine in since.items():
            assert messages[bearer_of.get(person, person)] in mine
        assert world.campaign.targeted == len(world.sent)


GUARDS = {
    "that a row is what it was when it was sent": (merged_numbers, "find_unchanged", lambda *given: given[-1]),
    "that a number is what it was when it was cut": (Bearers, "_is_one", lambda *_: True),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_somebody_is_lost(db: Database, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    monkeypatch.setattr(*GUARDS[guard])
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_whatever_the_register_does_between_cut_and_sending_nobody_is_lost(db)


def test_without_merging_a_number_is_told_twice(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Merger, "_merge", lambda _self, _connection, _campaign, groups: list(groups))
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_however_people_come_to_be_cut_each_number_is_told_each_text_once(db)


def _told(world: World, number: int) -> tuple[str, str]:
    person = world.people[number]
    return person.addresses["sms"], form_for(FORMS, "sms", person.language).digest


def _everybody_is_told(world: World, meant: set[int]) -> None:
    shared_with = world.shared()
    bearer_of = dict(zip(shared_with.holders.tolist(), shared_with.bearers.tolist(), strict=True))
    messages = {next(iter(whose)): (to, form) for to, form, whose in world.sent}
    for person in meant:
        assert messages[bearer_of.get(person, person)] == _told(world, person)


def test_the_most_endangered_of_a_family_bears_its_message(db: Database) -> None:
    with scratch(db) as connection:
        world = World(connection)
        young, old = world.register(1, 7), world.register(2, 7)
        world.cut({old}, {young, old})
        assert set(campaigns.bearers(connection, world.campaign.id)) == {old}


def test_a_mark_that_two_numbers_have_by_chance_merges_nobody(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """2⁶⁴ marks are many and not enough to leave somebody out by: addresses are compared before one is sent."""

    def same(connection: Connection, vault: Vault, people: Any, channel: str) -> list[shared.Number]:
        found = numbers(connection, vault, people, channel)
        return [shared.Number(each.person, each.language, (b"\0" * 8,)) for each in found]

    numbers = shared.numbers
    with scratch(db) as connection:
        world = World(connection)
        mine, theirs = world.register(1, 7), world.register(2, 8)
        world.register(3, 7)
        world.register(4, 8)
        with monkeypatch.context() as patched:
            patched.setattr(shared, "numbers", same)
            world.cut({mine, theirs})
        assert len(world.shared().holders) == 1
        world.dispatch()
        assert Counter(to for to, _, _ in world.sent) == {"+8613900000007": 1, "+8613900000008": 1}


def test_a_channel_that_reaches_many_is_cut_as_it_is(db: Database) -> None:
    """Numbers of endpoints mean other things than those of people."""
    with scratch(db) as connection:
        world = World(connection)
        both = {world.register(1, 7), world.register(2, 7)}
        Merger(VAULT, {}).extend(connection, ShardRequest(world.alert, "sms", "red", (BitMap(both),), 3))
        assert set(campaigns.bearers(connection, world.campaign.id)) == both


@pytest.mark.parametrize("renewed", [False, True])
def test_a_family_whose_rows_are_under_different_keys_is_told_once(db: Database, renewed: bool) -> None:
    with scratch(db) as connection:
        world = World(connection)
        old = {world.register(1, 7), world.register(2, 7)}
        world.vault = Vault(b"s" * 32, b"n" * 32, (), (b"h" * 32,))
        new = {world.register(3, 7), world.register(4, 7), world.register(5, 8)}
        while renewed and renewal.renew(connection, world.vault.box, 2, world.now):
            pass
        world.cut(old)
        world.dispatch()
        world.cut(new)
        world.dispatch()
        assert Counter(to for to, _, _ in world.sent) == {"+8613900000007": 1, "+8613900000008": 1}


def test_a_release_in_the_middle_of_an_import_compares_what_is_there(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch(db) as connection:
        world = World(connection)
        monkeypatch.setattr(shared, "FEW", 0)
        family = {world.register(name, 7) for name in range(3)}
        assert set(shared.awaiting_comparison(connection)) == family
        world.cut(family)
        assert len(campaigns.bearers(connection, world.campaign.id)) == 1


def test_a_shard_that_is_taken_up_again_parts_nobody_twice(db: Database) -> None:
    with scratch(db) as connection:
        world = World(connection)
        family = {world.register(name, 7) for name in range(3)}
        world.cut(family)
        [bearer] = campaigns.bearers(connection, world.campaign.id)
        world.register(int(world.people[bearer].external_id[1:]), 9)
        [ticket] = campaigns.due(connection, world.now, world.now + HOUR, 1)
        lease = take(connection, ticket, now=world.now)
        world._send(lease)
        before = world.campaign.targeted
        campaigns.give_back(connection, lease, READY)
        world.dispatch()
        assert before == world.campaign.targeted == 2
        assert Counter(to for to, _, _ in world.sent) == {"+8613900000009": 1, "+8613900000007": 1}
