"""Who shares an address: known for everybody, however they came into the register, and counted without a number."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.registry import batch as register_batch
from hub.registry.importer import Register
from hub.store.register import addresses, bitmaps, recipients, shared
from hub.store.register import regions as region_store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.recipient import Recipient
from tests.hub.dispatch.scene import scratch
from tests.media import COLUMNS

KEY = "110101001000"
VAULT = Vault(b"s" * 32, b"h" * 32)
_BOTH = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def person(name: int, sms: int, mail: int) -> Recipient:
    return Recipient(f"p{name}", KEY, "zh", addresses={"sms": f"+86139{sms:08d}", "email": f"m{mail}@example.org"})


def enter(connection: Connection, people: list[Recipient], vault: Vault = VAULT) -> None:
    region_store.upsert(connection, [NewRegion(KEY, "桥镇", None, 4)])
    recipients.upsert(connection, vault, people, 1)


def sharing(connection: Connection) -> set[str]:
    return {one.external_id for _, one in recipients.iterate_recipients(connection, None, shared.sharing(connection))}


def naively(people: list[Recipient]) -> set[str]:
    held: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for each in people:
        for address in each.addresses.items():
            held[address].add(each.external_id)
    return {name for names in held.values() if len(names) > 1 for name in names}


PEOPLE = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6), st.integers(0, 6)), max_size=14)


@given(first=PEOPLE, second=PEOPLE, few=st.sampled_from([0, 3, 1000]))
@_BOTH
def test_whoever_shares_is_known_and_nobody_else_of_those_who_never_moved(db, first, second, few) -> None:
    with scratch(db) as connection, pytest.MonkeyPatch.context() as patched:
        patched.setattr(shared, "FEW", few)  # with many written at once, it is the comparison that comes later
        register: dict[str, Recipient] = {}
        for batch in (first, second):
            people = [person(*each) for each in batch]
            enter(connection, people)
            register |= {each.external_id: each for each in people}
        while shared.compare(connection, VAULT):
            pass
        assert naively(list(register.values())) <= sharing(connection)
        if len(register) == len(first) + len(second):
            assert naively(list(register.values())) == sharing(connection)


def test_without_the_comparison_somebody_is_missing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "people_sharing_addresses", lambda *_: ())
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_whoever_shares_is_known_and_nobody_else_of_those_who_never_moved(db)


def test_an_address_of_one_channel_is_none_of_another(db: Database) -> None:
    with scratch(db) as connection:
        same = "+8613900000001"
        enter(
            connection,
            [Recipient("a", KEY, "zh", addresses={"sms": same}), Recipient("b", KEY, "zh", addresses={"voice": same})],
        )
        assert sharing(connection) == set()


def test_while_hash_keys_change_much_is_compared_page_by_page(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "FEW", 0)
    monkeypatch.setattr(shared, "PAGE", 2)
    with scratch(db) as connection:
        enter(connection, [person(n, n, n) for n in range(4)])
        while shared.compare(connection, VAULT):
            pass
        newer = Vault(b"s" * 32, b"n" * 32, (), (b"h" * 32,))
        enter(connection, [person(n + 10, n, n + 10) for n in range(4)], newer)
        rounds = 0
        while shared.compare(connection, newer):
            rounds += 1
        assert rounds == 2
        assert sharing(connection) == {f"p{n}" for n in (*range(4), *range(10, 14))}


async def test_an_import_of_many_batches_knows_at_its_end_who_shares_with_whom(
    db: Database, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_batch, "BATCH", 7)
    monkeypatch.setattr(shared, "FEW", 3)
    await db.write(lambda connection: region_store.upsert(connection, [NewRegion(KEY, "桥镇", None, 4)]))
    register = Register(db, VAULT, clock, frozenset())
    rows = [f"p{n},{KEY},+86139{n % 20:08d}\n" for n in range(30)]
    await register.import_csv(["external_id,region,sms\n", *rows])
    assert await db.read(sharing) == {f"p{n}" for n in range(30) if n < 10 or n >= 20}
    assert await db.read(lambda c: bitmaps.all_of(c, shared.UNCOMPARED)) == {}


@given(people=PEOPLE, taking=st.sets(st.integers(0, 9)))
@_BOTH
def test_numbers_are_counted_by_how_many_of_these_people_have_them(db, people, taking) -> None:
    with scratch(db) as connection, pytest.MonkeyPatch.context() as patched:
        patched.setattr(shared, "CROWD", 2)
        register = {f"p{each[0]}": person(*each) for each in people}
        enter(connection, [person(*each) for each in people])
        ids = {name: recipients.by_external_id(connection, name) for name in register}
        those = BitMap(ids[f"p{n}"] for n in taking if f"p{n}" in ids)
        found = {
            each.channel: each for each in shared.count_shared(connection, {"sms": those, "voice": those}, COLUMNS)
        }
        held = Counter(register[name].addresses["sms"] for name, number in ids.items() if number in those)
        several = [count for count in held.values() if count > 1]
        crowds = [count for count in several if count > 2]
        assert found.keys() == ({"sms"} if several else set())
        if several:
            each = found["sms"]
            assert (each.numbers, each.persons, each.most) == (len(several), sum(several), max(several))
            assert (each.crowded, each.crowded_persons) == (len(crowds), sum(crowds))


def test_responsible_persons_are_those_of_every_such_group_and_of_lists_for_them_only(db: Database) -> None:
    with scratch(db) as connection:
        groups = ("responsible", "responsible_dam", "elderly")
        enter(connection, [Recipient(name, KEY, "zh", groups=frozenset({name})) for name in groups])
        found = recipients.iterate_recipients(connection, None, shared.responsible(connection))
        assert {one.external_id for _, one in found} == {"responsible", "responsible_dam"}
