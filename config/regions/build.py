# ruff: noqa: INP001 - a script that is run by hand
"""Rebuilds china.tsv.xz from the four CSV files of modood/Administrative-divisions-of-China (see README.md).

python config/regions/build.py DIRECTORY-WITH-THE-CSV-FILES
"""

from __future__ import annotations

import csv
import lzma
import sys
from pathlib import Path

SOURCES = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv")
TARGET = Path(__file__).parent / "china.tsv.xz"


def rows(folder: Path) -> dict[str, str]:
    """Code, padded to 12 digits, to name.

    Four codes are listed at two levels because nothing lies between them (Dongguan, Zhongshan, Danzhou, Kinmen):
    padded they are the same place, and the upper level keeps it.
    """
    names: dict[str, str] = {}
    for source in SOURCES:
        with (folder / source).open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                names.setdefault(row["code"].ljust(12, "0"), row["name"])
    return names


def main() -> None:
    """The same input gives the same bytes."""
    text = "".join(f"{code}\t{name}\n" for code, name in sorted(rows(Path(sys.argv[1])).items()))
    TARGET.write_bytes(lzma.compress(text.encode(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
