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
