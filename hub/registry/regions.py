"""Regions as the hub uses them: the built-in Chinese tree, files of regions, and outlines from GeoJSON."""

from __future__ import annotations

import csv
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import Connection

from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR
from hub.store.register import regions as store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from hub.store.sql.storable import demand_storable
from targeting import region

BUILTIN = CONFIG_DIR / "regions" / "china.tsv.xz"
NATION_NAME = "全国"


def builtin_rows(file: Path = BUILTIN) -> Iterator[NewRegion]:
    """The Chinese tree, nation first, parents before children."""
    yield NewRegion(region.NATION, NATION_NAME, None, 0)
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            code, _, name = line.rstrip("\n").partition("\t")
            yield NewRegion(code, name, region.parent_of(code), region.level_of(code))


@cache
def builtin() -> MappingProxyType[str, NewRegion]:
    """The Chinese tree by key, kept in memory once asked for (about 15 MB)."""
    return MappingProxyType({row.key: row for row in builtin_rows()})


def ensure_builtin(connection: Connection) -> int:
    """Loads the Chinese tree where it is not yet; returns how many regions were new. To be run inside a write."""
    if store.by_key(connection, region.NATION):
        return 0
    return store.upsert(connection, builtin_rows())


@dataclass(frozen=True, slots=True)
class Regions:
    """Imports of regions and outlines."""

    db: Database

    async def import_builtin(self) -> int:
        """Loads or refreshes the Chinese tree; returns how many regions were new."""
        return await self.db.write(lambda connection: store.upsert(connection, builtin_rows()))

    async def import_rows(self, rows: Iterable[NewRegion]) -> int:
        """Stores regions in one transaction; returns how many were new. Raises Invalid."""
        listed = list(rows)
        try:
            return await self.db.write(lambda connection: store.upsert(connection, listed))
        except ValueError as error:
            raise Invalid(str(error), rule=Rule.PARENT_UNKNOWN, place="parent") from None


def read_table(lines: Iterable[str], name: str) -> list[NewRegion]:
    """Reads ``key,name,parent`` with a header; parent may be empty. Raises Invalid naming the row."""
    reader = csv.reader(lines)
    header = [column.strip() for column in next(reader, [])]
    if header != ["key", "name", "parent"]:
        raise Invalid(f"{name}: the header must be key,name,parent", rule=Rule.HEADER, place="row 1")
    found = []
    for row in reader:
        if not row:
            continue
        place = f"row {reader.line_num}"
        if len(row) != len(header) or not row[0].strip() or not row[1].strip():
            raise Invalid(f"{name}: {place}: key and name are needed, and three columns", rule=Rule.ROW, place=place)
        for column, text in zip(header, row, strict=True):
            demand_storable(text, f"{name}: {place}: {column}")
        key = region.normalise("", row[0])
        parent = region.normalise("", row[2]) if row[2].strip() else region.parent_of(key)
        found.append(NewRegion(key, row[1].strip(), parent, region.level_of(key)))
    return found
