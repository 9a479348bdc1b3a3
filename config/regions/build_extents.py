# ruff: noqa: INP001 - a script that is run by hand
"""Rebuilds extents.tsv.xz from the index of CPEAS_Geographic_Code (see README.md).

python config/regions/build_extents.py INDEX.CSV
"""

from __future__ import annotations

import csv
import lzma
import math
import sys
from pathlib import Path

TARGET = Path(__file__).parent / "extents.tsv.xz"
NATION = {"100000000000": "000000000000"}  #: the source's own code of the whole country
STEP = 100  #: parts of a degree: about a kilometre


def lines(file: Path) -> list[str]:
    """Code, south, west, north and east, rounded outwards."""
    with file.open(encoding="utf-8", newline="") as source:
        found = [
            (
                NATION.get(row["code"], row["code"]),
                math.floor(float(row["minlat"]) * STEP) / STEP,
                math.floor(float(row["minlon"]) * STEP) / STEP,
                math.ceil(float(row["maxlat"]) * STEP) / STEP,
                math.ceil(float(row["maxlon"]) * STEP) / STEP,
            )
            for row in csv.DictReader(source)
        ]
    return ["\t".join((code, *(f"{each:.2f}" for each in box))) + "\n" for code, *box in sorted(found)]


def main() -> None:
    """The same input gives the same bytes."""
    text = "".join(lines(Path(sys.argv[1])))
    TARGET.write_bytes(lzma.compress(text.encode(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
