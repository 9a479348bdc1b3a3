"""Region keys: one place, one key, whoever names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targeting.region import (
    KEY_LIMIT,
    NATION,
    covers,
    is_chinese,
    level_of,
    normalise,
    parent_of,
)

CPEAS = "CPEAS Geographic Code"
codes = st.builds(
    lambda province, rest, digits: (province + rest)[:digits].ljust(12, "0"),
    st.sampled_from(["11", "44", "65", "82"]),
    st.text("0123456789", min_size=10, max_size=10),
    st.sampled_from([2, 4, 6, 9, 12]),
)
keys = st.one_of(codes, st.just(NATION), st.sampled_from(["UGC:NMZ528", "UGC:NMZ528/03", "UGC:CAC037", "area:x/01/02"]))


@pytest.mark.parametrize(
    ("scheme", "value", "key"),
    [
        (CPEAS, "130602000000", "130602000000"),
        (CPEAS, "130602", "130602000000"),
        (CPEAS, "130602001", "130602001000"),
        (CPEAS, " 13 ", "130000000000"),
        ("cpeas geographic code", "1306", "130600000000"),
        ("", "130602001000", "130602001000"),
        (CPEAS, "100000000000", NATION),
        (CPEAS, "000000000000", NATION),
        ("UGC", "NMZ528", "UGC:NMZ528"),
        ("layer:EC-MSC-SMC:1.0:CLC", "065514", "layer:EC-MSC-SMC:1.0:CLC:065514"),
        ("WARNCELLID", "816062026", "WARNCELLID:816062026"),
        ("SAME", "006037", "UGC:CAC037"),
        ("FIPS6", "006037", "UGC:CAC037"),
        ("FIPS6", "06037", "UGC:CAC037"),
        ("SAME", "077750", "UGC:GMZ750"),
        ("SAME", "106037", "UGC:CAC037"),
        ("", "SAME:006037", "UGC:CAC037"),
        ("SAME", "026000", "UGC:MIC000"),
        ("SAME", "003001", "SAME:003001"),
        ("SAME", "020900000", "SAME:020900000"),
    ],
)
def test_a_geocode_becomes_its_key(scheme: str, value: str, key: str) -> None:
    assert normalise(scheme, value) == key


@pytest.mark.parametrize("value", ["120000000000", "110101001000"])
def test_twelve_digits_of_another_scheme_are_not_taken_for_a_chinese_code(value: str) -> None:
    assert normalise("Regionalschluessel", value) == f"Regionalschluessel:{value}"


@pytest.mark.parametrize("value", ["990000000000", "13060", "１３０６０２", "1306 02", "", "13060200000x"])
def test_a_value_that_is_no_chinese_code_keeps_its_scheme(value: str) -> None:
    assert normalise(CPEAS, value) == f"{CPEAS}:{value}"


def test_two_overlong_geocodes_stay_two_keys_that_fit_the_store() -> None:
    one, other = (normalise("x" * 90, "y" * 90 + end) for end in "ab")
    assert one != other
    assert len(one) == len(other) == KEY_LIMIT


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_geocode_is_too_strange_for_a_key(scheme: str, value: str) -> None:
    assert len(normalise(scheme, value)) <= KEY_LIMIT


@pytest.mark.parametrize(
    ("key", "level"),
    [
        (NATION, 0),
        ("440000000000", 1),
        ("441900000000", 2),
        ("440106000000", 3),
        ("441900003000", 4),
        ("440106001001", 5),
        ("UGC:NMZ528", 3),
        ("UGC:NMZ528/03", 4),
    ],
)
def test_trailing_zeros_mark_the_level(key: str, level: int) -> None:
    assert level_of(key) == level


def test_a_township_without_a_county_lies_in_its_prefecture() -> None:
    assert parent_of("441900003000") == "441900000000"
    assert parent_of("441900000000") == "440000000000"
    assert parent_of("440000000000") == NATION
    assert parent_of(NATION) is None


def test_a_prefix_that_is_no_level_covers_nothing() -> None:
    assert not covers("441900000000", "442000000000")
    assert not covers("UGC:NMZ52", "UGC:NMZ528")
    assert not covers(NATION, "UGC:NMZ528")
    assert not covers("UGC:NMZ528", NATION)


@given(keys)
def test_every_ancestor_covers_and_is_one_of_the_levels_above(key: str) -> None:
    above, level = parent_of(key), level_of(key)
    while above is not None:
        assert covers(above, key)
        assert not covers(key, above)
        assert level_of(above) < level
        above, level = parent_of(above), level_of(above)


@given(keys, keys)
def test_one_key_covers_another_exactly_when_it_is_among_its_ancestors(ancestor: str, key: str) -> None:
    chain = [key]
    while (above := parent_of(chain[-1])) is not None:
        chain.append(above)
    assert covers(ancestor, key) == (ancestor in chain)


@given(codes)
def test_a_chinese_key_normalises_to_itself(key: str) -> None:
    assert is_chinese(key)
    assert normalise("", key) == normalise(CPEAS, key) == key
