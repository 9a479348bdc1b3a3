"""The register and its index agree, always, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Connection

from hub.crypto.vault import Vault
from hub.store.register import bitmaps
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.recipients import RecipientAddress, SqlDirectory, UpsertCounts
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting import cell
from targeting.audience import Audience, Circle, Groups, Polygon, in_range
from targeting.recipient import Recipient
from targeting.region import covers, level_of, parent_of
from targeting.select import select, shapes_of
from tests.targeting import drawn, oracle

VAULT = Vault(b"s" * 32, b"h" * 32)
TOWNSHIPS = ("110101001000", "110101002000", "110102001000", "440106001000", "441900003000", "UGC:X/01")
GROUPS = ("elderly", "children", "fishermen")
_BOTH = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the database is filled once; each example only reads


def tree(keys: Iterable[str]) -> list[NewRegion]:
    rows: dict[str, NewRegion] = {}
    for key in keys:
        at: str | None = key
        while at is not None:
            rows[at] = NewRegion(at, f"place {at}", parent_of(at), level_of(at))
            at = parent_of(at)
    return list(rows.values())


def person(number: int, region: str = TOWNSHIPS[0], **changes: Any) -> Recipient:
    told = {"addresses": {"sms": f"+86199100{number:05d}", "voice": f"+86199100{number:05d}"}} | changes
    return Recipient(f"p{number}", region, **told)


def crowd(seed: int, count: int) -> list[Recipient]:
    rng = np.random.default_rng(seed)
    people = []
    for number in range(count):
        located = rng.random() < 0.9
        people.append(
            person(
                number,
                str(rng.choice(TOWNSHIPS)),
                language=str(rng.choice(["zh", "en", "fr"])),
                lat=float(rng.uniform(-2, 2)) if located else None,
                lon=float((rng.uniform(178, 182) + 180) % 360 - 180) if located else None,
                groups=frozenset(key for key in GROUPS if rng.random() < 0.3),
            )
        )
    return people


async def fill(db: Database, people: list[Recipient], *, now_ms: int = 1) -> UpsertCounts:
    def work(connection: Connection) -> UpsertCounts:
        region_store.upsert(connection, tree(TOWNSHIPS))
        return store.upsert(connection, VAULT, people, now_ms)

    return await db.write(work)


def index(connection: Connection) -> dict[tuple[str, str], set[int]]:
    kinds = (bitmaps.REGION, bitmaps.GROUP, bitmaps.LANGUAGE, bitmaps.ADDRESS_COLUMN, bitmaps.CELL)
    return {(kind, key): set(bits) for kind in kinds for key, bits in bitmaps.all_of(connection, kind).items()}


def expected_index(people: dict[int, Recipient]) -> dict[tuple[str, str], set[int]]:
    found: dict[tuple[str, str], set[int]] = {}

    def put(kind: str, key: str, number: int) -> None:
        found.setdefault((kind, key), set()).add(number)

    for number, one in people.items():
        at: str | None = one.region
        while at is not None:
            put("region", at, number)
            at = parent_of(at)
        put("language", one.language, number)
        for group in one.groups:
            put("group", group, number)
        for channel in one.addresses:
            put("address_column", channel, number)
        if one.lat is not None and one.lon is not None:
            for rung in cell.ladder_of(cell.cell_of(one.lat, one.lon)):
                put("cell", cell.text_of(rung), number)
    return found


async def test_after_any_imports_the_index_is_what_the_register_says(db: Database) -> None:
    latest: dict[str, Recipient] = {}
    for seed in (1, 2, 3):  # the same external ids come again with other places, groups and addresses
        people = crowd(seed, 60 + 20 * seed)
        latest |= {one.external_id: one for one in people}
        await fill(db, people)
    stored = dict(await db.read(lambda connection: list(store.iterate_recipients(connection, VAULT))))
    assert {one.external_id: one for one in stored.values()} == latest
    assert sorted(stored) == list(range(1, len(latest) + 1))
    assert await db.read(index) == expected_index(stored)


async def test_a_second_import_of_the_same_people_adds_nobody(db: Database) -> None:
    people = crowd(1, 50)
    assert await fill(db, people) == UpsertCounts(new=50, changed=0)
    before = await db.read(index)
    assert await fill(db, people, now_ms=2) == UpsertCounts(new=0, changed=50)
    assert await db.read(index) == before
    assert await db.read(store.count) == 50


async def test_someone_who_leaves_a_group_is_no_longer_in_its_bitmap(db: Database) -> None:
    await fill(db, [person(1, groups=frozenset({"elderly"}), lat=1.0, lon=1.0)])
    await fill(db, [person(1, TOWNSHIPS[3], addresses={"email": "a@example.org"})])
    found = await db.read(index)
    assert ("group", "elderly") not in found
    assert ("address_column", "sms") not in found
    assert ("region", "110000000000") not in found
    assert not [key for key in found if key[0] == "cell"]
    assert found["region", "440000000000"] == {1}


async def test_an_import_with_an_unknown_region_changes_nothing(db: Database) -> None:
    await fill(db, [person(1)])
    with pytest.raises(ValueError, match="region 999 is not known"):
        await fill(db, [person(2), person(3, "999")])
    assert await db.read(store.count) == 1
    assert (await db.read(index))["language", "zh"] == {1}


async def test_contacts_are_by_channel_and_by_id_and_leave_out_who_has_no_address(db: Database) -> None:
    await fill(db, [person(1), person(2, addresses={}), person(3, language="en"), person(4)])
    found = await db.read(lambda connection: store.contacts(connection, VAULT, [4, 3, 2, 1, 99], "sms"))
    assert found == [
        RecipientAddress(1, "zh", "+8619910000001"),
        RecipientAddress(3, "en", "+8619910000003"),
        RecipientAddress(4, "zh", "+8619910000004"),
    ]
    assert await db.read(lambda connection: store.contacts(connection, VAULT, [], "sms")) == []
    assert await db.read(lambda connection: store.contacts(connection, VAULT, [1], "email")) == []


async def test_an_address_is_found_by_its_hash_on_its_channel_only_and_not_after_it_changed(db: Database) -> None:
    shared = {"sms": "+8619910000077"}
    await fill(db, [person(1, addresses=shared), person(2, addresses=shared), person(3)])

    async def owners(channel: str, address: str) -> list[int]:
        return await db.read(lambda connection: store.by_address(connection, VAULT, channel, address))

    assert await owners("sms", "+8619910000077") == [1, 2]
    assert await owners("voice", "+8619910000077") == []
    await fill(db, [person(1)])
    assert await owners("sms", "+8619910000077") == [2]


async def test_languages_are_counted_within_a_set_most_spoken_first(db: Database) -> None:
    tongues = ["en", "zh", "zh", "fr", "zh"]
    await fill(db, [person(number, language=tongue) for number, tongue in enumerate(tongues)])
    assert list((await db.read(lambda c: store.languages(c, BitMap([1, 2, 3, 5])))).items()) == [("zh", 3), ("en", 1)]


async def test_everyone_can_be_found_under_their_region_id(db: Database) -> None:
    await fill(db, [person(1), person(2, TOWNSHIPS[3])])
    ids = await db.read(lambda connection: region_store.ids_by_key(connection, TOWNSHIPS))
    assert await db.read(lambda connection: store.regions_of(connection, [1, 2, 3])) == {
        1: ids[TOWNSHIPS[0]],
        2: ids[TOWNSHIPS[3]],
    }


async def test_no_address_is_readable_in_the_database_file(sqlite_db: Database, sqlite_url: str) -> None:
    await fill(sqlite_db, [person(1, addresses={"sms": "+8619910000001", "email": "citizen77@example.org"})])
    sqlite_db.close()
    path = sqlite_url.removeprefix("sqlite:///")
    with open(path, "rb") as file:  # noqa: PTH123 - read as any thief would
        data = file.read()
    assert b"p1" in data
    assert b"9910000001" not in data
    assert b"citizen77" not in data


rings = st.builds(
    lambda lat, lon, high, wide: Polygon(
        tuple(
            (y, (x + 180) % 360 - 180) for y, x in [(lat, lon), (lat, lon + wide), (lat + high, lon + wide), (lat, lon)]
        )
    ),
    st.floats(-2, 1.5),
    st.floats(178, 181.5),
    st.floats(0.01, 2),
    st.floats(0.01, 2),
)
audiences = st.builds(
    Audience,
    regions=st.frozensets(
        st.sampled_from([*TOWNSHIPS, "110100000000", "440000000000", "UGC:X", "UGC:nowhere"]), max_size=2
    ),
    polygons=st.lists(rings, max_size=2).map(tuple),
    circles=st.lists(st.builds(Circle, st.floats(-2, 2), st.just(180.0), st.floats(0, 200)), max_size=2).map(tuple),
    groups=st.builds(Groups, *(st.frozensets(st.sampled_from(GROUPS), max_size=2) for _ in range(3))),
)


@pytest.fixture
def filled(db: Database) -> Callable[[Audience], set[str]]:
    """A database with a crowd in it; answers who is selected."""
    with db.engine.begin() as connection:
        region_store.upsert(connection, tree(TOWNSHIPS))
        for start in range(0, len(CROWD), 150):
            store.upsert(connection, VAULT, CROWD[start : start + 150], 1)

    def selected(audience: Audience) -> set[str]:
        with db.engine.connect() as connection:
            bits = select(SqlDirectory(connection), audience).bits
            return {one.external_id for _, one in store.iterate_recipients(connection, None, bits)}

    return selected


CROWD = crowd(7, 600)


def scanned(audience: Audience) -> set[str]:
    """Everyone of the crowd, one by one, without an index."""
    shapes = [shape for _, _, shape in shapes_of(audience)]

    def meant(one: Recipient) -> bool:
        if not audience.groups.hold(one.groups):
            return False
        if any(covers(key, one.region) for key in audience.regions):
            return True
        if one.lat is None or one.lon is None:
            return False
        lon, lat = np.array([one.lon]), np.array([one.lat])
        return any(shape.holds(lon, lat)[0] for shape in shapes)

    return {one.external_id for one in CROWD if meant(one)}


@_BOTH
@given(audience=audiences)
def test_selection_from_the_database_equals_a_scan_over_everyone(
    filled: Callable[[Audience], set[str]], audience: Audience
) -> None:
    assert filled(audience) == scanned(audience)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(audience=st.builds(replace, drawn.audiences, regions=st.just(frozenset()), groups=st.just(Groups())))
def test_drawings_and_languages_from_the_database_agree_with_schoolbook_arithmetic(
    db: Database, audience: Audience
) -> None:
    rng = np.random.default_rng(3)
    people = [
        person(number, lat=lat, lon=lon, language=str(rng.choice(drawn.LANGUAGES)))
        for number, (lat, lon) in enumerate(drawn.places(audience, rng, 4))
    ]
    with db.engine.connect() as connection:  # never committed: each drawing has a crowd of its own
        region_store.upsert(connection, tree(TOWNSHIPS))
        store.upsert(connection, VAULT, people, 1)
        bits = select(SqlDirectory(connection), audience).bits
        found = {one.external_id for _, one in store.iterate_recipients(connection, None, bits)}
        connection.rollback()

    def meant(one: Recipient, place: tuple[float, float]) -> bool:
        spoken = not audience.languages or any(in_range(one.language, wanted) for wanted in audience.languages)
        return spoken and oracle.is_placed(audience, place)

    sure = [(one, (one.lat or 0.0, one.lon or 0.0)) for one in people]
    sure = [(one, place) for one, place in sure if not oracle.is_undecided(audience, place)]
    assert {one.external_id for one, place in sure if meant(one, place)} == found & {one.external_id for one, _ in sure}
