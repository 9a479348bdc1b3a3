"""Coordinates of a batch of rows that cannot be their region's: dropped and reported, while the person is kept.

A register with latitude and longitude exchanged, or with 0,0 for "unknown", would warn people of a flood a thousand
kilometres away and leave out those who stand in one. Their region still finds them (decision 41).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hub.registry.grounds import EXCHANGED, NULL, Grounds
from hub.store.register.batch import RegisterRow
from hub.store.register.imports import RowUnplaced


def unplace(
    entries: list[RegisterRow], numbers: Sequence[int], regions: Mapping[str, int], grounds: Grounds
) -> list[RowUnplaced]:
    """Takes the coordinates out of the entries that they cannot belong to; says which rows those were, and why."""
    if not entries:
        return []
    kinds, away = grounds.judge(
        np.array([regions[entry.region] for entry in entries], dtype=np.int64),
        np.array([entry.lat for entry in entries], dtype=np.float64),
        np.array([entry.lon for entry in entries], dtype=np.float64),
    )
    wrong = np.flatnonzero(kinds).tolist()
    for at in wrong:
        entries[at] = entries[at]._replace(lat=None, lon=None)
    return [RowUnplaced(numbers[at], _describe_distance(int(kinds[at]), float(away[at]))) for at in wrong]


def _describe_distance(kind: int, away_km: float) -> str:
    """Never the coordinates themselves: where somebody lives stands in no report."""
    if kind == NULL:
        return "are 0,0, which programs write for unknown; the person is kept by region, without coordinates"
    what = "are exchanged: the region lies where lat and lon are the other way round" if kind == EXCHANGED else ""
    if not what and math.isinf(away_km):
        what = "are on no map: lat is from -90 to 90, lon from -180 to 180"
    return f"{what or f'lie about {away_km:,.0f} km from the region'}; the person is kept by region, without them"
