"""The built-in tree against its source at full size."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import Connection, func, select

from hub.registry.regions import Regions, builtin
from hub.store.schema import regions
from hub.store.sql.database import Database
from targeting.region import NATION, normalise, parent_of

FILES = {"provinces.csv": 31, "cities.csv": 342, "areas.csv": 2978, "streets.csv": 41352}
PARENTS = {"cities.csv": "provinceCode", "areas.csv": "cityCode", "streets.csv": "areaCode"}


def source(shared_data: Path, name: str) -> list[dict[str, str]]:
    with (shared_data / "regions" / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_place_of_the_source_is_in_the_tree_under_its_parent(shared_data: Path) -> None:
    tree = builtin()
    seen = {NATION}
    for name, count in FILES.items():
        rows = source(shared_data, name)
        assert len(rows) == count
        for row in rows:
            key = normalise("", row["code"])
            assert tree[key].name == row["name"]
            if name in PARENTS:
                above = normalise("", row[PARENTS[name]])
                # Four places are their own parent in the source: nothing lies between the two levels.
                assert above in {key, parent_of(key)}
            seen.add(key)
    assert seen == tree.keys()


async def test_the_whole_tree_is_stored_and_every_parent_is_there(sqlite_db: Database) -> None:
    assert await Regions(sqlite_db).import_builtin() == len(builtin()) == 44_700

    def orphans(connection: Connection) -> int:
        ids = select(regions.c.id)
        lost = select(func.count()).where(regions.c.key != NATION, regions.c.parent.not_in(ids))
        top = select(func.count()).where(regions.c.parent.is_(None))
        return connection.execute(lost).scalar_one() + connection.execute(top).scalar_one() - 1

    assert await sqlite_db.read(orphans) == 0
