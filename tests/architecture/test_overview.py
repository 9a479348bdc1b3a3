"""The page that explains the tables explains every one of them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from hub.store.schema import metadata

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "overview.md"


def test_the_overview_names_every_table_and_no_other() -> None:
    section = PAGE.read_text("utf-8").partition("## Tables")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(metadata.tables)


def test_the_overview_names_every_room_of_the_hub_in_the_order_in_which_rooms_may_know_each_other() -> None:
    section = PAGE.read_text("utf-8").partition("## The rooms of the hub")[2].partition("\n## ")[0]
    named = [
        room
        for line in section.splitlines()
        for room in re.findall(r"`hub/(\w+)/`", line.split("|")[1] if line.startswith("|") else "")
    ]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = [each["layers"] for each in contracts if each.get("containers") == ["hub"]]
    rooms = [name for name in reversed(layers) if (ROOT / "hub" / name).is_dir()]
    assert named == rooms
    assert not [name for name in layers if {":", "|"} & set(name)], "rooms on one line may know each other"


#: what every room of the way uses, and the doors: they are on no way of their own
BESIDE = {"rules", "settings", "crypto", "alert", "store", "formats", "access", "registry", "web", "local", "cli"}


def test_the_picture_of_the_way_shows_every_room_a_warning_comes_through_and_no_other() -> None:
    picture = PAGE.read_text("utf-8").partition("## The way of a warning")[2].partition("\n## ")[0]
    boxes = set(re.findall(r"\b([a-z_]+)\[", picture)) | set(re.findall(r"--> ([a-z_]+)$", picture, re.MULTILINE))
    outside = set(re.findall(r"\b([a-z_]+)\(\[", picture))
    rooms = {path.parent.name for path in (ROOT / "hub").glob("*/__init__.py")}
    assert boxes - outside == rooms - BESIDE


def test_at_the_top_of_the_hub_stands_only_what_everything_uses_and_what_wires_it() -> None:
    assert len(list((ROOT / "hub").glob("*.py"))) <= 12
