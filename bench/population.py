"""A seeded population over every township of the country, written as a register file, row by row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hub.registry.grounds import load_extents
from hub.registry.regions import builtin_rows

BLOCK = 50_000
GROUPS = ("elderly", "children", "outdoor_workers", "farmers", "tourists", "fishermen", "hearing_impaired", "miners")
SHARES = (0.18, 0.14, 0.08, 0.06, 0.03, 0.02, 0.02, 0.01)
LANGUAGES = ("zh", "en", "ug", "bo", "mn")
SPOKEN = (0.93, 0.02, 0.02, 0.02, 0.01)
SPREAD_DEG = 0.05  #: of people about the middle of their township, about 5 km
#: by the first two digits of their codes
PROVINCES = tuple(sorted({row.key[:2] for row in builtin_rows() if row.level == 1}))


def townships() -> list[str]:
    """The keys of every township of the built-in tree, by code."""
    return sorted(row.key for row in builtin_rows() if row.level == 4)


def lies_in(key: str) -> tuple[float, float, float, float]:
    """South, north, west and east of the lowest place above a township of which it is known where it lies."""
    known = (load_extents().get(key[:digits].ljust(12, "0")) for digits in (6, 4, 2, 0))
    box = next(extent for extent in known if extent is not None)
    return box.south, box.north, box.west, box.east


def write(file: Path, people: int, *, seed: int) -> None:
    """`people` rows by township, as registers come: an external id, coordinates for 95 %, sms for 95 %, and so on."""
    rng = np.random.default_rng(seed)
    places = townships()
    boxes = np.array([lies_in(key) for key in places])
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
