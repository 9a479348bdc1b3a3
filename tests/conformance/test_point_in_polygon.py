"""Points in real outlines: what selection says against what GEOS said."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from hub.outlines import Outline, read
from targeting.geometry import outlined
from targeting.region import normalise

SETS = {"CPEAS Geographic Code": ("CPEAS_Geographic_Code", 190), "UGC": ("UGC", 202)}
NEAR_EDGE = "5 m from an edge"


def cases(shared_data: Path, scheme: str) -> dict[str, list[dict[str, str]]]:
    found = defaultdict(list)
    with (shared_data / "areas" / "pip_cases.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["set"] == scheme:
                found[normalise(scheme, row["code"])].append(row)
    return found


def outlines(shared_data: Path, scheme: str) -> Iterator[Outline]:
    folder = SETS[scheme][0]
    file = shared_data / "areas" / folder / f"{folder}.tar.gz"
    if not file.exists():
        pytest.skip(f"no {file}")
    for found in read(file, scheme):
        assert isinstance(found, Outline), found
        yield found


@pytest.mark.parametrize("scheme", SETS)
def test_every_case_whose_outline_is_there_agrees(
    shared_data: Path, scheme: str, record_property: Callable[[str, object], None]
) -> None:
    wanted = cases(shared_data, scheme)
    judged, near = 0, []
    for outline in outlines(shared_data, scheme):
        shape = outlined(outline.geometry)
        for row in wanted.pop(outline.key, ()):
            inside = bool(shape.holds(np.array([float(row["lon"])]), np.array([float(row["lat"])]))[0])
            judged += 1
            if inside != (row["expected"] == "inside"):
                near.append(row)
    assert judged == SETS[scheme][1]
    assert not wanted
    assert [row for row in near if row["how"] != NEAR_EDGE] == []
    # A simplified outline may move by metres: told, not failed.
    record_property("differ_5_m_from_an_edge", [row["code"] for row in near])
