"""A senderName is taken apart only where it can be the names of issuers: the work grows with the cube of its length."""

from __future__ import annotations

import pytest

from approvals import claimed_issuer
from approvals.claimed_issuer import unknown_parts
from approvals.public_name import spelling


@pytest.mark.parametrize("claim", ["城、" * 200 + "重庆市气象台", "重庆市气象台" * 1000, "、" * 20_000])
def test_what_is_too_long_for_names_is_one_unknown_part(claim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    monkeypatch.setattr(claimed_issuer, "spelling", compared.append)
    (part,) = unknown_parts(claim, {spelling("重庆市气象台")})
    assert claim.startswith(part)
    assert not compared


def test_twenty_issuers_are_read_each_by_its_name() -> None:
    names = [f"{place}市规划、自然资源局" for place in "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"]
    known = set(map(spelling, names))
    assert not list(unknown_parts("、".join(names), known))
    assert list(unknown_parts("、".join([*names, "戌市气象台"]), known)) == ["戌市气象台"]
