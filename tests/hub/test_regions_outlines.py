"""Outlines from GeoJSON: stored under their codes, repaired where that is safe, refused by name otherwise."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Invalid
from hub.registry.outlines import FeatureRefused, import_outlines
from hub.registry.regions import Regions
from hub.store.register import regions as store
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database

CPEAS = "CPEAS Geographic Code"
SQUARE = [[[116.0, 39.0], [117.0, 39.0], [117.0, 40.0], [116.0, 40.0], [116.0, 39.0]]]


def feature(code: str, rings: Any = SQUARE, kind: str = "Polygon", **properties: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, **properties},
        "geometry": {"type": kind, "coordinates": rings},
    }


def collection(tmp_path: Path, *features: Any) -> Path:
    file = tmp_path / "outlines.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


async def test_an_outline_is_stored_with_the_region_it_belongs_to(db: Database, tmp_path: Path) -> None:
    await Regions(db).import_rows([NewRegion("110101000000", "东城区", None, 3)])
    report = await import_outlines(db, collection(tmp_path, feature("110101")), CPEAS)
    assert (report.stored, report.new, report.refused) == (1, 0, ())
    region = await db.read(lambda connection: store.by_key(connection, "110101000000"))
    assert region is not None
    assert region.outlined
    for lat, lon, found in ((39.5, 116.5, ["110101000000"]), (39.0, 116.0, ["110101000000"]), (38.9, 116.5, [])):
        here = await db.read(lambda connection, lat=lat, lon=lon: store.outlines_at(connection, lat, lon))
        assert [place.key for place in here] == found


async def test_a_region_nobody_knew_is_added_under_the_parent_its_code_names(db: Database, tmp_path: Path) -> None:
    await Regions(db).import_rows([NewRegion("110100000000", "市辖区", None, 2)])
    report = await import_outlines(db, collection(tmp_path, feature("110199", name="新区"), feature("429000")), CPEAS)
    assert report.new == 2
    parent = await db.read(lambda connection: store.by_key(connection, "110100000000"))
    added = await db.read(lambda connection: store.by_key(connection, "110199000000"))
    assert parent is not None
    assert added is not None
    assert (added.name, added.parent) == ("新区", parent.id)


async def test_the_same_outline_again_replaces_it_and_a_new_name_of_the_tree_stays(
    db: Database, tmp_path: Path
) -> None:
    await import_outlines(db, collection(tmp_path, feature("110101", name="old")), CPEAS)
    moved = [[[x + 10, y] for x, y in SQUARE[0]]]
    report = await import_outlines(db, collection(tmp_path, feature("110101", moved)), CPEAS)
    assert (report.stored, report.new) == (1, 0)
    assert await db.read(lambda connection: store.outlines_at(connection, 39.5, 116.5)) == []
    assert len(await db.read(lambda connection: store.outlines_at(connection, 39.5, 126.5))) == 1


async def test_an_archive_names_its_regions_by_file(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "set.tar.gz"
    file.parent.mkdir(parents=True)
    with tarfile.open(file, "w:gz") as archive:
        for name, text in (
            ("../../AKC013.geojson", json.dumps(feature("ignored"))),
            ("AKC016.geojson", "{"),
            ("README", "not an outline"),
        ):
            data = text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    report = await import_outlines(db, file, "UGC")
    assert report.stored == 1
    assert [refused.place for refused in report.refused] == ["AKC016.geojson"]
    assert await db.read(lambda connection: store.by_key(connection, "UGC:AKC013"))
    assert list(tmp_path.rglob("*.geojson")) == []


async def test_a_ring_past_the_antimeridian_is_laid_down_on_both_sides(sqlite_db: Database, tmp_path: Path) -> None:
    ring = [[[179.0, 0.0], [181.0, 0.0], [181.0, 1.0], [179.0, 1.0], [179.0, 0.0]]]
    await import_outlines(sqlite_db, collection(tmp_path, feature("Z1", ring)), "UGC")
    for lon, count in ((179.5, 1), (-179.5, 1), (178.9, 0), (-178.9, 0)):
        assert len(await sqlite_db.read(lambda c, lon=lon: store.outlines_at(c, 0.5, lon))) == count


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (feature("1", [[[0, 0], [1, 1]]]), "cannot be read"),
        (feature("1", [0.0, 1.0], "Point"), "no polygon"),
        (feature("1", [[[0, 0], [0, 95], [1, 95], [0, 0]]]), "not on the earth"),
        (feature("1", [[[0, 0], [1, 1], [2, 2], [0, 0]]]), "encloses nothing"),
        (feature(""), "carries no code"),
        ({"type": "Point", "coordinates": [0, 0]}, "no GeoJSON feature"),
        ({"type": "Feature", "id": "1", "properties": None, "geometry": None}, "cannot be read"),
        (7, "no GeoJSON feature"),
    ],
)
async def test_a_bad_feature_is_named_and_the_good_ones_are_kept(
    sqlite_db: Database, tmp_path: Path, bad: Any, rule: str
) -> None:
    report = await import_outlines(sqlite_db, collection(tmp_path, bad, feature("110101")), CPEAS)
    assert report.stored == 1
    [refused] = report.refused
    assert isinstance(refused, FeatureRefused)
    assert refused.place == "feature 1"
    assert rule in refused.rule


async def test_a_crossing_ring_is_repaired_and_counted(sqlite_db: Database, tmp_path: Path) -> None:
    bow = [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]
    report = await import_outlines(sqlite_db, collection(tmp_path, feature("B", bow)), "X")
    assert (report.stored, report.repaired) == (1, 1)


@pytest.mark.parametrize("text", ["", "[]", '{"type": "Topology"}', "<gml/>", "{" * 1000])
async def test_a_file_that_is_no_geojson_is_refused_by_name(sqlite_db: Database, tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=r"broken\.geojson"):
        await import_outlines(sqlite_db, file, CPEAS)
