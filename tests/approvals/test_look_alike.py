"""Names that people take for each other are of one look, those they tell apart are not; generic names are nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.look_alike import is_generic, look

NAMES = ("城口县气象台", "巫溪县气象台", "重庆市气象局", "重庆市应急管理局", "Chengkou Observatory", "安富街道办事处")
#: what an impostor may write for a character, chosen here without the table
DISGUISES = {"台": "臺檯", "气": "氣", "县": "縣", "庆": "慶", "应": "應", "市": "巿", "办": "辦", "处": "處"} | {
    "o": "\u043e\u03bfОｏ0",
    "e": "\u0435Еé",
    "C": "\u0421c",
    "r": "R",
    "y": "\u0443",
}


@given(st.sampled_from(NAMES), st.data())
def test_a_disguised_name_looks_like_the_name_and_like_no_other(name: str, data: st.DataObject) -> None:
    blanks = st.sampled_from(["", " ", "\u3000", "\u200b", "·", "-"])
    shown = "".join(data.draw(st.sampled_from(char + DISGUISES.get(char, ""))) + data.draw(blanks) for char in name)
    assert [each for each in NAMES if look(each) == look(shown)] == [name]


@pytest.mark.parametrize(
    "name", ["政府", "人民政府办公室", "预警发布", "氣象臺", "Weather warning service", "气 象 台"]
)
def test_words_that_many_bodies_bear_are_generic(name: str) -> None:
    assert is_generic(name)


@pytest.mark.parametrize("name", [*NAMES, "城口县人民政府办公室", "市气象台", "CQ Station", "City weather office"])
def test_a_name_with_a_place_is_not(name: str) -> None:
    assert not is_generic(name)
