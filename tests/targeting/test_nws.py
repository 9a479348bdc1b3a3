"""County numbers of American warnings."""

from __future__ import annotations

import pytest

from targeting.nws import is_part, ugc_of


@pytest.mark.parametrize(
    ("scheme", "value", "part"),
    [("SAME", "106037", True), ("SAME", "006037", False), ("FIPS6", "06037", False), ("UGC", "106037", False)],
)
def test_a_part_of_a_county_is_told_from_the_whole(scheme: str, value: str, part: bool) -> None:
    assert is_part(scheme, value) is part


@pytest.mark.parametrize("value", ["", "6037", "0060370", "00603x", "００６０３７", "000000", "048000"])
def test_what_names_no_county_becomes_no_code(value: str) -> None:
    assert ugc_of("SAME", value) is None
