"""County numbers against the outlines of the counties themselves, which carry both names."""

from __future__ import annotations

import tarfile
from pathlib import Path

import orjson
import pytest

from targeting.region import normalise

OUTLINES = Path("areas", "UGC", "UGC.tar.gz")


def counties(file: Path) -> list[tuple[str, str]]:
    """UGC code and FIPS number of every county of the set."""
    found = []
    with tarfile.open(file) as archive:
        for member in archive:
            code = Path(member.name).stem
            stream = archive.extractfile(member) if code[2:3] == "C" and member.isfile() else None
            if stream is not None:
                found.append((code, str(orjson.loads(stream.read())["properties"].get("FIPS") or "")))
    return found


def test_the_number_of_every_county_is_the_key_of_its_outline(shared_data: Path) -> None:
    file = shared_data / OUTLINES
    if not file.exists():
        pytest.skip(f"no {file}")
    numbered = [(code, fips) for code, fips in counties(file) if fips]
    assert len(numbered) > 3_000
    wrong = [(code, fips) for code, fips in numbered if normalise("SAME", f"0{fips}") != normalise("UGC", code)]
    assert wrong == []
