"""Who stands above whom: prefectures that are a code alone have no unit, so their province or municipality answers."""

from __future__ import annotations

import pytest

from approvals.territory import ancestor_at, common_superior, is_nominal, upward

NATION = "000000000000"


@pytest.mark.parametrize(
    "code", ["500100", "500200", "110100", "310100", "120100", "429000", "469000", "659000", "419000"]
)
def test_a_prefecture_that_is_a_code_alone_is_nominal(code: str) -> None:
    assert is_nominal(f"{code}000000")


@pytest.mark.parametrize("code", ["610600", "500000", "500112", "429004", "441900", "460100", "000000", "510100"])
def test_what_somebody_governs_is_not_nominal(code: str) -> None:
    assert not is_nominal(f"{code}000000")


@pytest.mark.parametrize(
    ("county", "above"),
    [("500112", "500000"), ("500229", "500000"), ("429004", "420000"), ("469025", "460000"), ("610602", "610600")],
)
def test_the_tier_above_a_county_is_its_prefecture_or_who_governs_it_itself(county: str, above: str) -> None:
    area, wanted = f"{county}000000", f"{above}000000"
    assert list(upward(area))[1] == wanted
    assert ancestor_at(area, {"prefecture"}) == wanted
    assert ancestor_at(area, {"province", "prefecture"}) == wanted
    assert ancestor_at(area, {"county"}) == area


def test_two_counties_of_one_nominal_prefecture_are_together_under_their_municipality() -> None:
    assert common_superior(["500112000000", "500113000000"]) == "500000000000"
    assert common_superior(["429004000000", "429005000000"]) == "420000000000"
    assert common_superior(["610602000000", "610625000000"]) == "610600000000"


def test_who_is_a_province_already_is_raised_to_no_prefecture() -> None:
    assert ancestor_at("500000000000", {"prefecture"}) == ""
    assert ancestor_at("500112000000", {"country"}) == NATION


def test_without_the_rule_a_draft_would_be_handed_to_a_unit_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("approvals.territory.is_nominal", lambda _area: False)
    assert ancestor_at("500112000000", {"prefecture"}) == "500100000000"
