"""Keys of addresses are rotated while everything goes on; who was erased is nowhere, whatever happened before."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from hub.crypto.vault import Vault
from hub.store.register import bitmaps, erasure, points, preferences, renewal, shared
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.preferences import Preferences, Way
from hub.store.register.regions import NewRegion
from hub.store.schema import bitmaps as bitmap_table
from hub.store.schema import preferences as preferences_table
from hub.store.schema import preferences_history
from hub.store.schema import recipients as recipient_table
from hub.store.sql.database import Database
from targeting import cell
from targeting.bitmap import unpack
from targeting.recipient import Recipient
from targeting.region import level_of, parent_of

TOWNSHIP = "110101001000"


def key(number: int) -> bytes:
    return bytes([number]) * 32


class Register:
    """A register in both its halves: the one in the database, and what it should say."""

    def __init__(self) -> None:
        self.keys = {"seal": [key(1)], "hash": [key(2)]}
        self.fresh = 3
        self.people: dict[str, dict[str, str]] = {}
        self.erased: dict[int, dict[str, str]] = {}

    @property
    def vault(self) -> Vault:
        seal, hashes = self.keys["seal"], self.keys["hash"]
        return Vault(seal[-1], hashes[-1], tuple(seal[:-1]), tuple(hashes[:-1]))

    def enter(self, connection: Connection, number: int, phone: int) -> None:
        addresses = {"sms": f"+86199100{phone:05d}", "email": f"p{number}@example.org"}
        name = f"p{number}"
        person = Recipient(name, TOWNSHIP, "zh", 40.0 + number / 1000, 116.0, frozenset({"elderly"}), addresses)
        store.upsert(connection, self.vault, [person], 1)
        self.people[name] = addresses
        if number % 2:
            found = store.by_external_id(connection, name)
            assert found is not None
            preferences.store_preferences(
                connection, {found: Preferences(frozenset({"email"}), least=2)}, Way("page", 1)
            )

    def erase(self, connection: Connection, number: int, _phone: int) -> None:
        found = store.by_external_id(connection, f"p{number}")
        assert erasure.erase(connection, self.vault, [] if found is None else [found]) == (found is not None)
        if found is not None:
            self.erased[found] = self.people.pop(f"p{number}")

    def rotate(self, _connection: Connection, number: int, _phone: int) -> None:
        purpose = "seal" if number % 2 else "hash"
        self.keys[purpose].append(key(self.fresh))
        self.fresh += 1

    def renew(self, connection: Connection, number: int, _phone: int) -> None:
        renewal.renew(connection, self.vault.box, number + 1, 1)

    def retire(self, connection: Connection, _number: int, _phone: int) -> None:
        vault = self.vault
        while renewal.renew(connection, vault.box, 3, 1):
            pass
        for purpose, kid in (("seal", "seal"), ("hash", "hash")):
            for old in self.keys[purpose][:-1]:
                assert renewal.needs(connection, kid, Vault(old, old).box.seal_kid, vault.box) == {}
            del self.keys[purpose][:-1]

    def check(self, connection: Connection) -> None:
        """Every address is found and opened; nothing of the erased is left in any table."""
        vault = self.vault
        kept = {person.external_id: dict(person.addresses) for _, person in store.iterate_recipients(connection, vault)}
        assert kept == self.people
        ids = {name: store.by_external_id(connection, name) for name in self.people}
        for name, addresses in self.people.items():
            for channel, address in addresses.items():
                assert ids[name] in store.by_address(connection, vault, channel, address)
        several = Counter(addresses["sms"] for addresses in self.people.values())
        sharers = {ids[name] for name, addresses in self.people.items() if several[addresses["sms"]] > 1}
        assert sharers <= set(shared.sharing(connection)), "whoever shares a number is known to, under whatever keys"
        for number, addresses in self.erased.items():
            assert number not in ids.values()
            found = [store.by_address(connection, vault, *each) for each in addresses.items()]
            assert all(number not in holders for holders in found)
            standing = points.within(connection, [cell.cell_of(40.0 + at / 1000, 116.0) for at in range(8)])
            assert number not in standing["id"].tolist()
            for row in connection.execute(select(bitmap_table)):
                assert row.kind == bitmaps.ERASED or number not in unpack(bytes(row.bits)), (row.kind, row.key)
            for table, column in (
                (recipient_table, recipient_table.c.id),
                (preferences_table, preferences_table.c.recipient),
                (preferences_history, preferences_history.c.recipient),
            ):
                assert not connection.execute(select(func.count()).select_from(table).where(column == number)).scalar()


_ACTS = ("enter", "enter", "enter", "erase", "rotate", "renew", "retire")


class _Undone(Exception):
    """The example is over; the database is as before."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(_ACTS), st.integers(0, 5), st.integers(0, 2)), max_size=14))
def test_whatever_is_entered_erased_and_rotated_every_address_is_found_and_the_erased_are_nowhere(
    db: Database, acts: list[tuple[str, int, int]]
) -> None:
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin() as transaction:
        chain = [TOWNSHIP]
        while (above := parent_of(chain[-1])) is not None:
            chain.append(above)
        region_store.upsert(connection, [NewRegion(at, at, parent_of(at), level_of(at)) for at in reversed(chain)])
        register = Register()
        for act, number, phone in acts:
            getattr(register, act)(connection, number, phone)
            register.check(connection)
        transaction.rollback()
