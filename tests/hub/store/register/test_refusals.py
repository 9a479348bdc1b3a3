"""An address that refused has refused, whoever is registered with it later and whichever keys came in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from hub.clock import from_ms
from hub.crypto.vault import Vault
from hub.feedback.opt_out import OptOutReply, apply_opt_out
from hub.feedback.opt_out_words import OptOutChoice
from hub.registry.privacy import renewing
from hub.store.register import preferences, renewal
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.addresses import holders_of
from hub.store.register.preferences import Preferences, Way
from hub.store.register.refusals import Source
from hub.store.register.regions import NewRegion
from hub.store.schema import address_opt_outs
from hub.store.sql.database import Database
from targeting.recipient import Recipient

KEY = "110101001000"
PHONES = 3
PEOPLE = 6  #: two of a family share each telephone


def phone(number: int) -> str:
    return f"+8619910000{number % PHONES:03d}"


def clock_at(now: int) -> Any:
    return SimpleNamespace(now=lambda: from_ms(now))


class Town:
    """Keys, telephones that refuse and take it back, people who come; what each telephone said last."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.keys = {"seal": [bytes([1]) * 32], "hash": [bytes([2]) * 32]}
        self.fresh, self.now = 3, 1
        self.refused: dict[str, bool] = {}
        region_store.upsert(connection, [NewRegion(KEY, "桥镇", None, 4)])

    @property
    def vault(self) -> Vault:
        seal, hashes = self.keys["seal"], self.keys["hash"]
        return Vault(seal[-1], hashes[-1], tuple(seal[:-1]), tuple(hashes[:-1]))

    def says(self, word: OptOutChoice, number: int) -> None:
        to, box = phone(number), self.vault.box
        people = holders_of(self.connection, [box.fingerprints("sms", to)]).get(box.fingerprint("sms", to), [])
        apply_opt_out(self.connection, OptOutReply(word, Source.of(box, "sms", to), people, self.now))
        self.refused[to] = word is not OptOutChoice.START

    def stops(self, number: int) -> None:
        self.says(OptOutChoice.STOP, number)

    def starts(self, number: int) -> None:
        self.says(OptOutChoice.START, number)

    def enters(self, number: int) -> None:
        person = Recipient(f"p{number}", KEY, "zh", addresses={"sms": phone(number)})
        store.upsert(self.connection, self.vault, [person], self.now)

    def rotates(self, number: int) -> None:
        self.keys["seal" if number % 2 else "hash"].append(bytes([self.fresh]) * 32)
        self.fresh += 1

    async def write(self, work: Callable[[Connection], Any]) -> Any:
        """As a database would, in the transaction of the example."""
        return work(self.connection)

    def renews(self, _number: int = 0) -> None:
        """By the service itself, two rows at a time: what it leaves out is left out here."""
        with patch.object(renewing, "BATCH", 2):
            asyncio.run(renewing.Renewing(self, clock_at(self.now), self.vault).run("test"))  # type: ignore[arg-type]

    def retires(self, _number: int = 0) -> None:
        self.renews()
        for purpose in self.keys:
            for old in self.keys[purpose][:-1]:
                assert renewal.needs(self.connection, purpose, Vault(old, old).box.seal_kid, self.vault.box) == {}
            del self.keys[purpose][:-1]

    def who_refuses(self) -> dict[str, bool]:
        found = {}
        for number in range(PEOPLE):
            known = store.by_external_id(self.connection, f"p{number}")
            if known is not None:
                chose = preferences.of(self.connection, [known]).get(known, Preferences())
                found[f"p{number}"] = "sms" in chose.refused
        return found


_ACTS: dict[str, Callable[[Town, int], None]] = {
    "stops": Town.stops,
    "starts": Town.starts,
    "enters": Town.enters,
    "rotates": Town.rotates,
    "renews": Town.renews,
    "retires": Town.retires,
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([*_ACTS, "enters", "stops"]), st.integers(0, PEOPLE - 1)), max_size=14))
def test_once_everything_is_renewed_everybody_refuses_what_their_telephone_refused_last(
    db: Database, acts: list[tuple[str, int]]
) -> None:
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        town = Town(connection)
        for town.now, (act, number) in enumerate(acts, 1):
            _ACTS[act](town, number)
        town.now += 1
        town.retires()
        got = town.who_refuses()
        assert got == {name: town.refused.get(phone(int(name[1:])), False) for name in got}
        transaction.rollback()


def in_town(work: Callable[[Town], None]) -> Callable[[Connection], None]:
    return lambda connection: work(Town(connection))


async def test_a_stranger_who_refused_is_refused_for_whoever_comes_after_the_old_key_is_gone(db: Database) -> None:
    def work(town: Town) -> None:
        town.stops(1)
        old = town.vault.box
        town.rotates(0)
        assert renewal.needs(town.connection, "hash", old.hash_kid, town.vault.box) == {"address_opt_outs": 1}
        town.retires()
        town.enters(1)
        assert town.who_refuses() == {"p1": True}

    await db.write(in_town(work))


async def test_who_took_the_channel_back_for_themselves_is_not_refused_again_by_a_renewal(db: Database) -> None:
    def work(town: Town) -> None:
        town.enters(1)
        town.stops(1)
        number = store.by_external_id(town.connection, "p1")
        assert number is not None
        preferences.store_preferences(town.connection, {number: Preferences()}, Way("official", 5, "clerk"))
        town.now = 9
        town.rotates(0)
        town.retires()
        assert town.who_refuses() == {"p1": False}

    await db.write(in_town(work))


@pytest.mark.parametrize("rotated", [False, True])
async def test_once_it_is_taken_back_the_address_itself_is_kept_no_longer(db: Database, *, rotated: bool) -> None:
    def work(town: Town) -> None:
        town.stops(1)
        if rotated:
            town.rotates(0)
        town.now = 2
        town.starts(1)
        [row] = town.connection.execute(select(address_opt_outs)).all()
        assert (row.refused, bytes(row.sealed), row.seal_kid, row.hash_kid) == (False, b"", "", "")

    await db.write(in_town(work))
