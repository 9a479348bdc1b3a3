"""County numbers of American warnings."""

from __future__ import annotations

import pytest

from targeting.nws import holds, is_part, parts_of, spans_of, ugc_of
from targeting.region import covers, normalise


@pytest.mark.parametrize(
    ("scheme", "value", "part"),
    [("SAME", "106037", True), ("SAME", "006037", False), ("FIPS6", "06037", False), ("UGC", "106037", False)],
)
def test_a_part_of_a_county_is_told_from_the_whole(scheme: str, value: str, part: bool) -> None:
    assert is_part(scheme, value) is part


@pytest.mark.parametrize("value", ["", "6037", "0060370", "00603x", "００６０３７", "000000", "099000"])
def test_what_names_no_county_becomes_no_code(value: str) -> None:
    assert ugc_of("SAME", value) is None


@pytest.mark.parametrize(
    ("scheme", "value", "spans"),
    [
        ("SAME", "026000", [("UGC:MIC001", "UGC:MIC999")]),
        ("FIPS6", "26000", [("UGC:MIC001", "UGC:MIC999")]),
        ("SAME", "077000", [("UGC:GMZ001", "UGC:GMZ999")]),
        ("UGC", "TXZALL", [("UGC:TXZ001", "UGC:TXZ999")]),
        ("UGC", "TXC000", [("UGC:TXC001", "UGC:TXC999")]),
        ("UGC", "TXZ001>005", [("UGC:TXZ001", "UGC:TXZ005")]),
        ("UGC", "TXZ005>001", []),
        ("UGC", "TXZALL>005", []),
        ("UGC", "TXZ001", []),
        ("SAME", "026163", []),
        ("EMMA_ID", "TXZ001>005", []),
    ],
)
def test_a_code_of_many_places_spans_them(scheme: str, value: str, spans: list[tuple[str, str]]) -> None:
    assert list(spans_of(normalise(scheme, value))) == spans


def test_the_country_spans_the_counties_of_every_state_and_no_waters() -> None:
    spans = spans_of(normalise("SAME", "000000"))
    assert len(spans) == 59
    assert all(first[6] == "C" for first, _ in spans)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("TXZ001", ("TXZ001",)),
        ("TXZ001-003>005-OKC009-", ("TXZ001", "TXZ003>005", "OKC009")),
        ("001-TXZ003", ("001-TXZ003",)),
        ("TXZ001-x", ("TXZ001-x",)),
    ],
)
def test_a_group_of_codes_is_taken_apart_each_with_its_letters(value: str, parts: tuple[str, ...]) -> None:
    assert parts_of("UGC", value) == parts
    assert parts_of("SAME", value) == (value,)


def test_a_unit_of_a_state_covers_its_counties_and_the_places_in_them_and_no_others() -> None:
    assert covers("UGC:MIC000", "UGC:MIC163")
    assert covers("UGC:MIC000", "UGC:MIC163/02")
    for key in ("UGC:MIZ163", "UGC:OHC163", "UGC:MIC1630", "260000000000"):
        assert not covers("UGC:MIC000", key)
    assert not holds("UGC:MIC163", "UGC:MIC163")
