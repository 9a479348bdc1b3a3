"""`hub area`, and counting people by what is drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.hub.cli.conftest import Commands


@pytest.fixture
def square(tmp_path: Path) -> Path:
    ring = [[107.0, 29.0], [108.0, 29.0], [108.0, 30.0], [107.0, 29.0]]
    file = tmp_path / "square.geojson"
    file.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return file


def test_an_area_is_kept_shown_listed_and_forgotten(commands: Commands, square: Path) -> None:
    assert commands.done("area", "add", "valley", "--geojson", square)["version"] == 1
    assert commands.done("area", "add", "valley", "--region", "500229001000")["version"] == 2
    assert commands.done("area", "list") == [{"name": "valley", "version": 2}]
    assert commands.done("area", "show", "valley")["regions"] == ["500229001000"]
    assert commands.done("recipient", "count", "--area", "valley")["persons"] == 1
    assert commands.done("area", "remove", "valley") == {"removed": "valley"}
    assert commands.refused("area", "show", "valley")["rule"] == "area-unknown"


def test_people_are_counted_by_groups_and_languages_in_every_form(commands: Commands, square: Path) -> None:
    assert commands.done("recipient", "count", "--none", "elderly")["persons"] == 2
    assert commands.done("recipient", "count", "--all", "elderly", "--language", "zh")["persons"] == 1
    assert commands.done("recipient", "count", "--language", "en")["persons"] == 1
    assert commands.done("recipient", "count", "--geojson", square)["persons"] == 0
    assert commands.refused("recipient", "count", "--corridor", "20:1")["rule"] == "corridor"
    assert commands.refused("recipient", "count", "--any", "dragons")["rule"] == "group-unknown"


def test_the_count_says_what_every_place_and_group_brings_and_who_is_found_twice(commands: Commands) -> None:
    options = ("--region", "500229001000", "--region", "500229000000", "--all", "elderly")
    why = commands.done("recipient", "count", *options, "--why")["why"]
    assert (why["persons"], why["placed"], why["several"], why["entries"]) == (1, 2, 1, 2)
    assert [(each["key"], each["alone"], each["only"], each["left_out"]) for each in why["clauses"]] == [
        ("500229000000", 2, 0, 0),
        ("500229001000", 1, 0, 0),
        ("elderly", 1, 0, 1),
    ]
    text = commands("recipient", "count", *options, "--why").stdout
    assert "1 of them are found by more than one place" in text
    assert "group-all elderly: 1 alone, 1 selected, 1 left out by this only" in text
    assert commands.refused("recipient", "count", "--why")["rule"] == "audience-placeless"


def test_a_draft_takes_the_shapes_groups_and_languages_that_a_count_takes(
    commands: Commands, warning: Path, square: Path
) -> None:
    commands.done("area", "add", "valley", "--region", "500229002000")
    options = ("--geojson", square, "--buffer", "2", "--corridor", "29,107 30,108:5", "--area", "valley")
    made = commands.done("alert", "draft", warning, "--as", "chen", *options, "--none", "elderly", "--language", "en")
    told = commands.done("recipient", "explain", "2", "--alert", made["id"])
    assert told["selected"]
    reasons = {(each["kind"], each["key"]): each["holds"] for each in told["reasons"]}
    assert reasons["region", "500229002000"]
    assert not reasons["polygon", "1"]
    assert not reasons["corridor", "1"]
    assert reasons["group-none", "elderly"]
    assert reasons["language", "en"]
