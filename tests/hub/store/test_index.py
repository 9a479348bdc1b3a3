"""After any sequence of imports every part of the index is what the rows of the register say, on both databases."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Connection, delete

from hub.crypto.vault import Vault
from hub.store import schema
from hub.store.register import addresses, bitmaps, points
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.breakdown import breakdown
from hub.store.register.regions import NewRegion
from hub.store.sql import blocks
from hub.store.sql.database import Database
from targeting import cell
from targeting.recipient import Recipient
from targeting.region import level_of, parent_of

VAULT = Vault(b"s" * 32, b"h" * 32)
TOWNSHIPS = ("110101001000", "110101002000", "110102001000", "440106001000", "441900003000", "110101000000")
PHONES = [f"+86199100000{number:02}" for number in range(6)]  # few: families share them

people = st.builds(
    Recipient,
    external_id=st.sampled_from([f"p{number}" for number in range(12)]),
    region=st.sampled_from(TOWNSHIPS),
    language=st.sampled_from(["zh", "en"]),
    lat=st.none(),
    lon=st.none(),
    groups=st.frozensets(st.sampled_from(["elderly", "children", "fishermen"])),
    addresses=st.dictionaries(st.sampled_from(["sms", "voice"]), st.sampled_from(PHONES)),
)
places = st.tuples(st.sampled_from([10.0, 10.01, 80.0, -45.5]), st.sampled_from([-180.0, 0.0, 20.25, 180.0]))


def standing(person: Recipient, place: tuple[float, float] | None) -> Recipient:
    lat, lon = place or (None, None)
    given = (person.external_id, person.region, person.language, lat, lon, person.groups, person.addresses)
    return Recipient(*given)


imports = st.lists(st.lists(st.builds(standing, people, st.none() | places), max_size=8), min_size=1, max_size=5)


@pytest.fixture(params=[1, 70_000, (1 << blocks.SHIFT) - 3])
def ready(request: pytest.FixtureRequest, db: Database) -> Database:
    """A register whose next ids lie at the beginning, in the middle and across the border of a block."""
    rows = {}
    for township in TOWNSHIPS:
        key: str | None = township
        while key is not None:
            rows[key] = NewRegion(key, key, parent_of(key), level_of(key))
            key = parent_of(key)
    with db.engine.begin() as connection:
        region_store.upsert(connection, rows.values())
    db.first = request.param  # type: ignore[attr-defined]
    return db


def emptied(connection: Connection, first: int) -> None:
    """Nobody in it but one far stranger, so that the next id is `first`."""
    for table in (schema.recipients, schema.bitmaps, schema.points, schema.address_hashes):
        connection.execute(delete(table))
    if first > 1:
        values = dict.fromkeys(("external_id", "language", "groups", "address_columns"), "") | {
            "marks": b"",
            "sealed": b"",
        }
        connection.execute(schema.recipients.insert().values(id=first - 1, region=1, updated_at=0, **values))


def scanned(stored: dict[int, Recipient], connection: Connection) -> dict[Any, Any]:
    """The index of these people, one by one."""
    found: defaultdict[Any, set[Any]] = defaultdict(set)
    for number, one in stored.items():
        region: str | None = one.region
        while region is not None:
            found["region", region].add(number)
            region = parent_of(region)
        found["language", one.language].add(number)
        for group in one.groups:
            found["group", group].add(number)
        for channel, address in one.addresses.items():
            found["address_column", channel].add(number)
            found["hash", VAULT.fingerprint(channel, address)].add(number)
        if one.lat is not None and one.lon is not None:
            ladder = cell.ladder_of(cell.cell_of(one.lat, one.lon))
            for rung in ladder:
                found["cell", cell.text_of(rung)].add(number)
            found["point", ladder[-1]].add((number, one.lat, one.lon))
    return dict(found)


def indexed(connection: Connection) -> dict[Any, Any]:
    kinds = (bitmaps.REGION, bitmaps.GROUP, bitmaps.LANGUAGE, bitmaps.ADDRESS_COLUMN, bitmaps.CELL)
    found: dict[Any, Any] = {
        (kind, key): set(bits) for kind in kinds for key, bits in bitmaps.all_of(connection, kind).items()
    }
    for (shelf,) in connection.exec_driver_sql("SELECT DISTINCT cell FROM points").fetchall():
        found["point", shelf] = set(points.within(connection, [shelf]).tolist())
    hashes = [VAULT.fingerprint(channel, phone) for channel in ("sms", "voice") for phone in PHONES]
    return found | {("hash", mark): set(held) for mark, held in addresses.holders(connection, hashes).items()}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=imports)
def test_after_any_imports_the_index_is_what_the_rows_say(ready: Database, batches: list[list[Recipient]]) -> None:
    first = ready.first  # type: ignore[attr-defined]
    with ready.engine.connect() as connection, connection.begin() as transaction:
        emptied(connection, first)
        latest: dict[str, Recipient] = {}
        for now, batch in enumerate(batches):
            store.upsert(connection, VAULT, batch, now)
            latest |= {one.external_id: one for one in batch}
        stored = dict(store.iterate_recipients(connection, VAULT, BitMap(range(first, first + 99))))
        assert {one.external_id: one for one in stored.values()} == latest
        assert indexed(connection) == scanned(stored, connection)
        transaction.rollback()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=imports, chosen=st.sets(st.integers(0, 11)), others=st.lists(st.sets(st.integers(0, 11)), max_size=3))
def test_a_breakdown_counts_what_a_scan_counts_and_of_other_sets_what_they_are_alone(
    ready: Database, batches: list[list[Recipient]], chosen: set[int], others: list[set[int]]
) -> None:
    first = ready.first  # type: ignore[attr-defined]
    with ready.engine.connect() as connection, connection.begin() as transaction:
        emptied(connection, first)
        for batch in batches:
            store.upsert(connection, VAULT, batch, 1)
        bits = BitMap([first + offset for offset in chosen]) & store.everyone(connection)
        counted: defaultdict[tuple[str, str], int] = defaultdict(int)
        for _, one in store.iterate_recipients(connection, VAULT, bits):
            keys = [("regions", one.region), ("languages", one.language)]
            keys += [*(("groups", key) for key in one.groups), *(("channels", key) for key in one.addresses)]
            for key in keys:
                counted[key] += 1
        further = [BitMap([first + offset for offset in other]) & store.everyone(connection) for other in others]
        told = breakdown(connection, bits, further)
        assert told.others == tuple(breakdown(connection, other).regions for other in further)
        names = ("regions", "languages", "groups", "channels")
        assert {(name, key): n for name in names for key, n in getattr(told, name).items()} == dict(counted)
        transaction.rollback()


def test_a_hash_taken_from_one_of_a_family_stays_with_the_other(db: Database) -> None:
    mark, other = b"\x01" * 8, b"\x01" * 7 + b"\x02"
    nobody = addresses.entries(np.array([], dtype=np.uint32), [])
    with db.engine.begin() as connection:
        held = addresses.entries(np.array([1, 2], dtype=np.uint32), [mark + other, mark + other])
        addresses.apply(connection, added=held, taken=nobody)
        gone = addresses.entries(np.array([1, 2], dtype=np.uint32), [mark, other])
        addresses.apply(connection, added=nobody, taken=gone)
        assert addresses.holders(connection, [mark, other]) == {mark: [2], other: [1]}
