"""Coordinates that cannot be their row's region are dropped and reported; nobody is lost by it, and nobody near moves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from hub.crypto.vault import Vault
from hub.registry.grounds import AWAY, EXCHANGED, FAR_KM, FINE, NULL, Grounds, grounds, load_extents
from hub.registry.importer import ImportReport, import_csv
from hub.store.register import recipients as store
from hub.store.register import regions as region_store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database

VAULT = Vault(b"s" * 32, b"h" * 32)
HEADER = "external_id,region,lat,lon"
NATION, CHENGKOU, TOWN, BARE = "000000000000", "500229000000", "500229001000", "X:1"
HERE = (31.95, 108.66)  #: in 城口县
PLACES = (
    NewRegion(NATION, "全国", None, 0),
    NewRegion(CHENGKOU, "城口县", NATION, 3),
    NewRegion(TOWN, "葛城街道", CHENGKOU, 4),
    NewRegion(BARE, "elsewhere", None, 3),
)


@pytest.fixture
async def take(db: Database, clock: Any) -> Any:
    await db.write(lambda connection: region_store.upsert(connection, PLACES))

    async def run(rows: Iterable[str]) -> ImportReport:
        return await import_csv(db, VAULT, clock, [HEADER, *rows])

    return run


async def located(db: Database) -> dict[str, bool]:
    """Who has coordinates, by external id."""
    people = await db.read(lambda connection: [one for _, one in store.iterate_recipients(connection, VAULT)])
    return {one.external_id: one.lat is not None for one in people}


async def test_each_row_that_cannot_be_right_is_told_by_its_kind_and_its_person_is_kept(
    db: Database, take: Any
) -> None:
    lat, lon = HERE
    report = await take(
        [
            f"fine,{TOWN},{lat},{lon}",
            f"null,{TOWN},0,0",
            f"turned,{TOWN},{lon},{lat}",
            f"beijing,{TOWN},39.9,116.4",
            f"nowhere,{TOWN},95,200",
            f"none,{TOWN},,",
            f"county,{CHENGKOU},{lat},{lon}",
        ]
    )
    assert (report.new, report.refused_count, report.unplaced_count) == (7, 0, 4)
    told = {one.row: one.rule for one in report.unplaced}
    assert list(told) == [3, 4, 5, 6]
    for row, words in ((3, "0,0"), (4, "exchanged"), (5, "km from the region"), (6, "on no map")):
        assert words in told[row]
        assert "kept by region" in told[row]
        assert not any(str(number) in told[row] for number in (lat, lon, 39.9, 116.4))
    assert await located(db) == {
        "fine": True, "null": False, "turned": False, "beijing": False, "nowhere": False, "none": False, "county": True,
    }  # fmt: skip


async def test_a_few_kilometres_beyond_the_outline_are_fine(db: Database, take: Any) -> None:
    outline = box(108.6, 31.9, 108.7, 32.0)

    def draw(connection: Any) -> None:
        number = region_store.ids_by_key(connection, [TOWN])[TOWN]
        region_store.set_outline(connection, number, outline)

    await take([])
    await db.write(draw)
    km = 1 / 111.2
    report = await take([f"near,{TOWN},{32.0 + 5 * km},108.65", f"far,{TOWN},{32.0 + 30 * km},108.65"])
    assert [one.row for one in report.unplaced] == [3]
    assert await located(db) == {"near": True, "far": False}  # 30 km away is within the county, and not this township


async def test_where_only_residents_are_known_they_say_where_the_place_is(db: Database, take: Any) -> None:
    first = await take([f"a{number},{BARE},{50 + number / 1000},{10 + number / 1000}" for number in range(40)])
    assert first.unplaced_count == 0  # nothing is known of it yet
    second = await take([f"b1,{BARE},50.02,10.02", f"b2,{BARE},10.02,50.02", f"b3,{BARE},48.0,2.0", f"b4,{BARE},0,0"])
    assert [(one.row, one.rule.split(";")[0][:13]) for one in second.unplaced] == [
        (3, "are exchanged"), (4, "lie about 612"), (5, "are 0,0, whic"),
    ]  # fmt: skip


async def test_a_person_who_had_coordinates_loses_them_to_a_row_that_cannot_be_right(db: Database, take: Any) -> None:
    await take([f"one,{TOWN},{HERE[0]},{HERE[1]}"])
    assert (await take([f"one,{TOWN},0,0"])).changed == 1
    assert await located(db) == {"one": False}


async def test_an_import_that_goes_on_reports_what_it_had_found_before(db: Database, clock: Any, take: Any) -> None:
    rows = [f"p{number},{TOWN},{'0,0' if number % 2 else '31.95,108.66'}" for number in range(40_010)]
    report = await take(rows)
    assert (report.unplaced_count, len(report.unplaced)) == (20_005, 10_000)
    assert [one.row for one in report.unplaced[:3]] == [3, 5, 7]


def test_without_any_ground_only_what_is_on_no_map_is_told() -> None:
    kinds, _ = Grounds.nothing().judge(
        np.array([7, 7, 7, 7]), np.array([10.0, 0.0, 108.0, 95.0]), np.array([20.0, 0.0, 31.0, 200.0])
    )
    assert kinds.tolist() == [FINE, NULL, EXCHANGED, AWAY]


def test_the_extents_that_ship_lie_in_the_country() -> None:
    known = load_extents()
    assert len(known) > 3000
    assert all(extent.beyond_km(known[NATION]) < 5 for extent in known.values())
    assert known[CHENGKOU].apart_km(known["110000000000"]) > 800


DEGREES = st.floats(-179.5, 179.5)


@given(
    st.floats(-80, 80), st.floats(-170, 170), st.floats(0.01, 5), st.floats(0.01, 5),
    st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=20),
)  # fmt: skip
def test_every_person_is_judged_as_one_by_one(south, west, high, wide, places) -> None:
    north, east = south + high, west + wide
    judged, away = Grounds(np.array([[south, west, north, east]])).judge(
        np.zeros(len(places), dtype=np.int64), *(np.array(column) for column in zip(*places, strict=True))
    )
    for (lat, lon), kind, km in zip(places, judged.tolist(), away.tolist(), strict=True):
        assert kind == naive((south, west, north, east), lat, lon)
        assert km == pytest.approx(naive_km((south, west, north, east), lat, lon), abs=1e-6)


def naive_km(sides: tuple[float, float, float, float], lat: float, lon: float) -> float:
    south, west, north, east = sides
    if abs(lat) > 90 or abs(lon) > 180:
        return math.inf
    up = max(south - lat, lat - north, 0)
    across = (
        0
        if west <= lon <= east
        else min(abs(lon - west), abs(lon - east), *(360 - abs(lon - each) for each in (west, east)))
    )
    return math.hypot(up, across * math.cos(math.radians(min(max(lat, south), north)))) * 111.2


def naive(sides: tuple[float, float, float, float], lat: float, lon: float) -> int:
    if naive_km(sides, lat, lon) <= FAR_KM:
        return FINE
    if abs(lat) < 0.01 and abs(lon) < 0.01:
        return NULL
    south, west, north, east = sides
    up = max(south - lon, lon - north, 0)
    across = (
        0
        if west <= lat <= east
        else min(abs(lat - west), abs(lat - east), *(360 - abs(lat - each) for each in (west, east)))
    )
    turned = math.hypot(up, across * math.cos(math.radians(min(max(lon, south), north)))) * 111.2
    return EXCHANGED if turned <= FAR_KM else AWAY


async def test_grounds_follow_the_tree_where_a_place_itself_is_unknown(db: Database, take: Any) -> None:
    await take([])
    known = await db.read(grounds)
    ids = await db.read(region_store.ids)
    assert known.boxes[ids[TOWN]].tolist() == known.boxes[ids[CHENGKOU]].tolist()
    assert np.isnan(known.boxes[ids[BARE]]).all()
