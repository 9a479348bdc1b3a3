"""The tree of regions: stored once, found by key and name, and whole."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.registry.regions import Regions, builtin, ensure_builtin, read_table
from hub.store.register import regions as store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting.region import NATION, level_of, parent_of

ROWS = [
    NewRegion("110101001000", "东华门街道", "110101000000", 4),
    NewRegion("110101000000", "东城区", "110000000000", 3),
    NewRegion("110000000000", "北京市", None, 1),
    NewRegion("UGC:X", "Gila", None, 3),
]


async def keys_above(db: Database, key: str) -> list[str]:
    def work(connection: Connection) -> list[str]:
        number = store.ids_by_key(connection, [key])[key]
        return [above for _, above in store.ancestors(connection, [number])[number]]

    return await db.read(work)


async def test_children_may_come_before_their_parents(db: Database) -> None:
    assert await Regions(db).import_rows(ROWS) == 4
    assert await keys_above(db, "110101001000") == ["110101001000", "110101000000", "110000000000"]
    assert await keys_above(db, "UGC:X") == ["UGC:X"]


async def test_a_second_import_renames_and_keeps_the_ids(db: Database) -> None:
    await Regions(db).import_rows(ROWS)
    before = await db.read(lambda connection: store.by_key(connection, "UGC:X"))
    assert await Regions(db).import_rows([NewRegion("UGC:X", "Gila River Valley", None, 3)]) == 0
    after = await db.read(lambda connection: store.by_key(connection, "UGC:X"))
    assert before is not None
    assert after is not None
    assert (after.id, after.name) == (before.id, "Gila River Valley")


async def test_a_region_whose_parent_nobody_knows_is_refused_and_nothing_is_kept(db: Database) -> None:
    with pytest.raises(Invalid, match="UGC:Z is not known"):
        await Regions(db).import_rows([*ROWS, NewRegion("UGC:Y", "y", "UGC:Z", 4)])
    assert await db.read(store.count) == 0


async def test_descendants_are_the_region_and_all_below_it(db: Database) -> None:
    await Regions(db).import_rows(ROWS)

    def work(connection: Connection) -> list[str]:
        root = store.ids_by_key(connection, ["110000000000"])["110000000000"]
        return [region.key for region in store.descendants(connection, root)]

    assert await db.read(work) == ["110000000000", "110101000000", "110101001000"]


async def test_a_search_finds_parts_of_names_and_puts_the_exact_one_first(db: Database) -> None:
    await Regions(db).import_rows([NewRegion("UGC:A", "Gila Bend", None, 1), *ROWS])
    found = await db.read(lambda connection: store.search(connection, "Gila"))
    assert [region.key for region in found] == ["UGC:X", "UGC:A"]
    assert await db.read(lambda connection: store.search(connection, "%")) == []
    assert await db.read(lambda connection: store.search(connection, "_")) == []


async def test_the_built_in_tree_is_loaded_once_on_first_need(db: Database) -> None:
    assert await db.write(ensure_builtin) == len(builtin())
    assert await db.write(ensure_builtin) == 0
    assert await keys_above(db, "441900003000") == ["441900003000", "441900000000", "440000000000", NATION]
    assert await Regions(db).import_builtin() == 0


def test_every_place_of_the_built_in_tree_lies_where_its_code_says() -> None:
    tree = builtin()
    for key, row in tree.items():
        assert row.parent == parent_of(key)
        assert row.level == level_of(key)
        assert row.name
        assert row.parent is None or tree[row.parent].level < row.level


def test_a_table_of_regions_is_read_and_codes_are_padded() -> None:
    rows = read_table(["key,name,parent\n", "110101,东城区,\n", "\n", "UGC:X/1,Upper,UGC:X\n"], "r.csv")
    assert rows == [
        NewRegion("110101000000", "东城区", "110100000000", 3),
        NewRegion("UGC:X/1", "Upper", "UGC:X", 4),
    ]


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([], "row 1"),
        (["code,name\n", "1,2\n"], "row 1"),
        (["key,name,parent\n", "a:b,name\n"], "row 2"),
        (["key,name,parent\n", "a:b,name,\n", ",name,\n"], "row 3"),
        (["key,name,parent\n", "a:b,na\0me,\n"], "r.csv: row 2: name"),
    ],
)
def test_a_wrong_table_is_refused_naming_the_row(lines: list[str], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_table(lines, "r.csv")
    assert refused.value.place == place
