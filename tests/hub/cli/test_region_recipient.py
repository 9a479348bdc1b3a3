"""`hub region` and `hub recipient`."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli import root

REGISTER = """external_id,region,language,lat,lon,groups,sms,email
a1,110101001000,zh,39.9,116.4,elderly,19910000001,
a2,110101002000,en,,,,,citizen@example.org
a3,440106001000,zh,,,elderly;children,19910000003,
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(root, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def filled(hub: Any, tmp_path: Path) -> Any:
    """A hub that has imported a register of three."""
    result = hub("recipient", "import", written(tmp_path, REGISTER), "--json")
    assert result.exit_code == 0, result.output
    return hub


def written(tmp_path: Path, text: str, name: str = "people.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return file


def test_a_register_is_imported_with_the_built_in_regions(hub: Any, tmp_path: Path) -> None:
    result = hub("recipient", "import", written(tmp_path, REGISTER), "--json")
    assert json.loads(result.stdout) == {
        "read": 3, "new": 3, "changed": 0, "refused_count": 0, "refused": [], "unplaced_count": 0, "unplaced": [],
    }  # fmt: skip
    again = hub("recipient", "import", written(tmp_path, REGISTER))
    assert "3 replaced" in again.stdout
    assert json.loads(hub("recipient", "count", "--json").stdout)["persons"] == 3


def test_bad_rows_are_listed_and_make_the_exit_code_1_and_no_address_is_shown(hub: Any, tmp_path: Path) -> None:
    text = REGISTER + "a4,999,,,,,19910000004,\na5,110101001000,,,,,,nobody@@example\na6,\udcff,,,,,,\n"
    result = hub("recipient", "import", written(tmp_path, text))
    assert result.exit_code == 1
    for words in ("3 new", "row 5: region", "row 6: email", "row 7: row: is not UTF-8"):
        assert words in result.stdout
    assert "1991" not in result.output
    assert "nobody" not in result.output


def test_rows_whose_coordinates_cannot_be_theirs_are_listed_and_their_people_kept(hub: Any, tmp_path: Path) -> None:
    header, beijing = REGISTER.splitlines()[0], "a7,110101001000"
    rows = [f"{beijing},,0,0,,,", f"{beijing[:-15]}8,110101001000,,116.4,39.9,,,".replace("8,", "a8,", 1)]
    result = hub("recipient", "import", written(tmp_path, "\n".join([header, *rows]) + "\n"))
    assert result.exit_code == 0, result.output
    for words in ("2 new", "2 of those kept", "row 2: lat, lon are 0,0", "row 3: lat, lon are exchanged"):
        assert words in result.stdout


def test_a_wrong_header_is_one_line_and_exit_code_1(hub: Any, tmp_path: Path) -> None:
    result = hub("recipient", "import", written(tmp_path, "id,region\n"))
    assert result.exit_code == 1
    assert "header: 'id' is not a column" in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_a_usage_error(hub: Any, tmp_path: Path) -> None:
    assert hub("recipient", "import", tmp_path / "none.csv").exit_code == 2
    assert hub("region", "import", tmp_path / "none.csv").exit_code == 2


def test_people_are_counted_by_region_and_group(filled: Any) -> None:
    def counted(*options: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(filled("recipient", "count", *options, "--json").stdout)
        return told

    assert counted() == {"persons": 3, "languages": {"zh": 2, "en": 1}, "channels": {"email": 1, "sms": 2}}
    assert counted("--region", "110000000000")["persons"] == 2
    assert counted("--region", "11")["persons"] == 2
    assert counted("--group", "elderly")["persons"] == 2
    assert counted("--region", "11", "--group", "elderly")["persons"] == 1
    unknown = filled("recipient", "count", "--region", "UGC:X")
    assert unknown.exit_code == 1
    assert "unknown region: UGC:X" in unknown.output


def test_a_person_is_explained_without_their_addresses(filled: Any) -> None:
    result = filled("recipient", "explain", "a1", "--json")
    told = json.loads(result.stdout)
    assert told["regions"][0] == "110101001000"
    assert told["regions"][-1] == "000000000000"
    assert (told["groups"], told["channels"], told["located"]) == (["elderly"], ["sms"], True)
    assert "1991" not in result.output
    unknown = filled("recipient", "explain", "nobody", "--json")
    assert unknown.exit_code == 1


def test_an_export_has_everyone_and_nobodys_address_or_groups(filled: Any, tmp_path: Path) -> None:
    result = filled("recipient", "export")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["external_id"], row["region"]) for row in rows] == [
        ("a1", "110101001000"),
        ("a2", "110101002000"),
        ("a3", "440106001000"),
    ]
    assert "1991" not in result.output
    assert "elderly" not in result.output
    target = tmp_path / "out.jsonl"
    filled("recipient", "export", "--json", "--region", "44", "--output", target)
    [line] = target.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["external_id"] == "a3"


AWKWARD = """external_id,region,language,lat,lon,groups,sms,voice,email,wecom
"a,""1",110101001000,en-us,-0.1,179.99999999999997,elderly;children,19910000001,+862912345678,,
ä 2,440106001000,zh,90,-180,,,,citizen@example.org,li.si
a3,110101001000,,,,,,,,
a4,110101000000,zh,1e-7,0.30000000000000004,fishermen,,19910000001,,
"""


def test_an_export_with_addresses_imports_to_the_same_register_and_is_noted(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub("recipient", "import", written(tmp_path, AWKWARD), "--json").exit_code == 0
    first = tmp_path / "first.csv"
    assert hub("recipient", "export", "--reveal", "moving house", "--output", first).exit_code == 0
    with sqlite3.connect(tmp_path / "data" / "hub.db") as database:
        assert database.execute("SELECT action FROM audit").fetchall() == [("addresses-exported",)]
    database.close()
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "other"))
    report = json.loads(hub("recipient", "import", first, "--json").stdout)
    assert (report["new"], report["refused_count"]) == (4, 0)
    second = tmp_path / "second.csv"
    hub("recipient", "export", "--reveal", "moving house", "--output", second)
    assert second.read_text() == first.read_text()
    assert first.read_text().count("19910000001") == 2


def test_a_region_is_shown_by_key_and_by_name(filled: Any) -> None:
    told = json.loads(filled("region", "show", "110101000000", "--json").stdout)
    assert (told["name"], told["level"], told["persons"], told["outlined"]) == ("东城区", 3, 2, False)
    assert told["above"] == ["110100000000", "110000000000", "000000000000"]
    assert json.loads(filled("region", "show", "东华门街道", "--json").stdout)["key"] == "110101001000"


def test_an_ambiguous_or_unknown_name_is_refused_with_candidates(filled: Any) -> None:
    result = filled("region", "show", "市辖区")
    assert result.exit_code == 1
    assert "110100000000" in result.output
    assert filled("region", "show", "nowhere at all").exit_code == 1


def test_regions_and_outlines_are_imported_from_files(hub: Any, tmp_path: Path) -> None:
    table = written(tmp_path, "key,name,parent\nUGC:X,Gila,\nUGC:X/1,Upper,UGC:X\n", "regions.csv")
    assert json.loads(hub("region", "import", table, "--json").stdout) == {"new": 2, "regions": 2}
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": "X"}, "geometry": square},
            {"type": "Feature", "properties": {}, "geometry": square},
        ],
    }
    file = written(tmp_path, json.dumps(shapes), "outlines.geojson")
    result = hub("region", "import", "--outlines", file, "--scheme", "UGC", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1  # one feature carries no code
    assert (told["stored"], told["new"], len(told["refused"])) == (1, 0, 1)
    assert json.loads(hub("region", "show", "UGC:X", "--json").stdout)["outlined"]


def test_the_built_in_tree_is_what_import_without_a_file_loads(hub: Any) -> None:
    assert json.loads(hub("region", "import", "--json").stdout) == {"new": 44_700, "regions": 44_700}


def test_people_without_coordinates_are_counted_where_they_are_asked_for(filled: Any) -> None:
    def counted(*options: str) -> int:
        return json.loads(filled("recipient", "count", *options, "--json").stdout)["persons"]

    assert counted("--unlocated", "110101000000") == 1  # a2; a1 is located
    assert counted("--unlocated", "110101000000", "--unlocated", "440106000000") == 2
    assert "unlocated" in filled("recipient", "count", "--unlocated", "999999999999").output
