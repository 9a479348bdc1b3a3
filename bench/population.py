"""A seeded population over every township of the country, written as a register file, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hub.regions import builtin_rows

BLOCK = 50_000
GROUPS = ("elderly", "children", "outdoor_workers", "farmers", "tourists", "fishermen", "hearing_impaired", "miners")
SHARES = (0.18, 0.14, 0.08, 0.06, 0.03, 0.02, 0.02, 0.01)
LANGUAGES = ("zh", "en", "ug", "bo", "mn")
SPOKEN = (0.93, 0.02, 0.02, 0.02, 0.01)
SPREAD_DEG = 0.05  #: of people about the middle of their township, about 5 km
#: where the provinces lie, by the first two digits of their codes: south, north, west, east; roughly
PROVINCES = {
    "11": (39.5, 41.0, 115.5, 117.4),
    "12": (38.6, 40.2, 116.8, 118.0),
    "13": (36.1, 42.5, 113.5, 119.8),
    "14": (34.6, 40.7, 110.3, 114.5),
    "15": (38.0, 50.0, 98.0, 124.0),
    "21": (38.9, 43.4, 119.0, 125.7),
    "22": (41.0, 46.2, 121.8, 131.0),
    "23": (43.5, 53.0, 121.5, 134.5),
    "31": (30.8, 31.8, 120.9, 122.0),
    "32": (30.8, 35.1, 116.5, 121.8),
    "33": (27.1, 31.2, 118.1, 122.5),
    "34": (29.5, 34.6, 115.0, 119.6),
    "35": (23.6, 28.3, 115.9, 120.5),
    "36": (24.6, 30.0, 113.6, 118.4),
    "37": (34.4, 38.3, 114.9, 122.5),
    "41": (31.5, 36.3, 110.4, 116.6),
    "42": (29.1, 33.2, 108.5, 116.0),
    "43": (24.7, 30.1, 108.9, 114.2),
    "44": (20.4, 25.4, 109.8, 117.1),
    "45": (21.0, 26.3, 104.6, 112.0),
    "46": (18.3, 20.1, 108.8, 111.0),
    "50": (28.3, 32.1, 105.4, 110.1),
    "51": (26.2, 34.2, 97.6, 108.4),
    "52": (24.8, 29.1, 103.8, 109.4),
    "53": (21.3, 29.1, 97.7, 106.1),
    "54": (27.6, 36.3, 78.6, 99.0),
    "61": (31.9, 39.5, 105.6, 111.1),
    "62": (32.7, 42.6, 92.5, 108.6),
    "63": (31.8, 39.1, 89.6, 103.0),
    "64": (35.4, 39.3, 104.4, 107.6),
    "65": (34.5, 49.0, 73.8, 96.3),
}


def townships() -> list[str]:
    """The keys of every township of the built-in tree, by code."""
    return sorted(row.key for row in builtin_rows() if row.level == 4 and row.key[:2] in PROVINCES)


def write(file: Path, people: int, *, seed: int) -> None:
    """`people` rows by township, as registers come: an external id, coordinates for 95 %, sms for 95 %, and so on."""
    rng = np.random.default_rng(seed)
    places = townships()
    boxes = np.array([PROVINCES[key[:2]] for key in places])
    weights = rng.dirichlet(np.full(len(places), 2.0))
    heads = rng.multinomial(people, weights)
    middles = np.column_stack((rng.uniform(boxes[:, 0], boxes[:, 1]), rng.uniform(boxes[:, 2], boxes[:, 3])))
    homes = np.repeat(np.arange(len(places), dtype=np.uint16), heads)
    with file.open("w", encoding="utf-8") as out:
        out.write("external_id,region,language,lat,lon,groups,sms,voice,email\n")
        for start in range(0, people, BLOCK):
            home = homes[start : start + BLOCK]
            out.writelines(_block(rng, start, [places[at] for at in home], middles[home]))


def _block(rng: np.random.Generator, start: int, keys: list[str], middles: Any) -> list[str]:
    count = len(keys)
    points = middles + rng.normal(0, SPREAD_DEG, (count, 2))
    luck = rng.random((count, 4))
    spoken = rng.choice(len(LANGUAGES), count, p=SPOKEN).tolist()
    member = (rng.random((count, len(GROUPS))) < np.array(SHARES)).tolist()
    rows = []
    for at, (lat, lon) in enumerate(points.tolist()):
        number = start + at
        located = f"{lat:.6f},{lon:.6f}" if luck[at, 0] < 0.95 else ","
        groups = ";".join([key for key, is_in in zip(GROUPS, member[at], strict=True) if is_in])
        phone = f"+8619{910000000 + number:09d}"[:14] if luck[at, 1] < 0.95 else ""
        voice = phone if luck[at, 2] < 0.5 else ""
        mail = f"citizen{number}@example.org" if luck[at, 3] < 0.1 else ""
        rows.append(f"r{number:08d},{keys[at]},{LANGUAGES[spoken[at]]},{located},{groups},{phone},{voice},{mail}\n")
    return rows
