"""What is filled into a prepared notice is a name of a place, or a number to call, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.event import Events
from approvals.place_text import fold_place, is_contact, unfit_place
from approvals.public_name import NamedIssuer, PublicName

NONE = Events()


@pytest.mark.parametrize(
    "text",
    [
        "后山3组、4组", "黄浦区", "红桥镇", "赤水河边", "蓝田村（东）", "集合点A区", "1、2、3、4、5组", "镇中心小学",
        "Groups 3 and 4 of Houshan", "the primary school", "Xi’an Road", "Ürümqi Road", "Sacred Heart School", "３组",
        "警察局", "黄河路", "Building 2", "转移安置点", "滑坡危险区", "应急避难场所", "全胜村", "全州县城西", "安全区广场", "全镇",
        "不老屯", "别山村", "河镇各村", "the school over the river", "安全村", "勿忘岛", "区人民医院", "结义村", "本溪街",
    ],
)  # fmt: skip
def test_names_of_places_fit_also_those_that_hold_a_colour(text: str) -> None:
    assert unfit_place(fold_place(text), NONE) == ""


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\u3164", "\u115f\u1160", "123", "、、", "后\u200b山", "后\u3164山", "后山\n小学", "后\u202e山",
        "红色区", "红·色", "红-色", "(红)色", "紅色", "赤色", "橙 色", "黄色", "蓝级", "hongse", "Hong se", "hóng sè",
        "𝐡𝐨𝐧𝐠𝐬𝐞", "ｒｅｄ", "RED", "R-E-D", "r e d", "后山RED区", "al-arm", "ALARM", "warn ing", "ʀᴇᴅ", "rеd",
        "Ⅰ级", "I级", "1级", "一 级", "最高级别", "Level 1", "level-IV", "警 报", "预 警", "预·警", "警戒区", "警報",
        "www·baidu·com", "baidu点com", "百度点com", "a dot cn", "http", "a.cn", "13800138000", "138 0013 8000",
        "010-12345", "拨12345", "一三八零零一三八零零零", "后山<b>", "后山!", "火🔥", "ཁྲོམ",
    ],
)  # fmt: skip
def test_nothing_a_warning_a_link_a_number_or_an_unseen_text_is_made_of_fits(text: str) -> None:
    assert unfit_place(fold_place(text), NONE)


@pytest.mark.parametrize(
    "text",
    [
        "全县", "全市", "全 省", "本县", "我市", "各区县", "所有人", "宝塔区全境", "the whole county", "Everyone", "county-wide area everywhere",
        "不要转移，危险已解除", "后山，不用转移", "无需撤离", "后山（已解除）", "解除", "取消", "险情已过", "危险解除", "请勿离开", "后山，别走",
        "原地不动", "留在家中", "这是谣言", "后山，通知作废", "演习", "请向12层转移", "後山，無須轉移", "后山·不·要·走", "Do not leave",
        "D o n o t", "Houshan, all clear", "stay where you are", "ignore", "Houshan (cancelled)", "it is a hoax", "danger is over",
    ],
)  # fmt: skip
def test_no_order_no_end_and_no_whole_county_fits(text: str) -> None:
    assert unfit_place(fold_place(text), NONE)


def test_a_registered_name_may_hold_a_colour_and_what_stands_around_it_may_not() -> None:
    assert unfit_place("红色边疆农场三队", NONE)
    assert unfit_place("红色边疆农场三队", NONE, ("红色边疆农场",)) == ""
    assert unfit_place("红色边疆农场红色区", NONE, ("红色边疆农场",))
    assert unfit_place("红桥镇色", NONE, ("桥镇",)) == ""


PLAIN = st.sampled_from(
    ["后山", "3组", "、", "（东）", " ", "黄浦区", "红", "镇中心小学", "Ürümqi ", "Road", "the school", "1", "·"]
)
ODD = st.sampled_from(
    ["色", "预", "警", "４组", "ｒｅｄ", "level", "点", "\u3164", "\u200b", "\u202e", "\n", "ⅳ", "㎞", "e\u0301"]
)
FILLED = (
    st.text(max_size=30)
    | st.lists(PLAIN, max_size=6).map("".join)
    | st.lists(PLAIN | ODD | st.characters(), max_size=6).map("".join)
)


def test_a_text_that_fits_has_a_letter_holds_nothing_unseen_and_is_plain() -> None:
    fitted: list[bool] = []

    @given(FILLED)
    def reads(text: str) -> None:
        told = fold_place(text)
        fits = unfit_place(told, NONE) == ""
        fitted.append(fits)
        if fits:
            assert any(char.isalpha() for char in told)
            assert all(char.isprintable() for char in told)
            assert told == fold_place(told)

    reads()
    assert sum(fitted) >= len(fitted) / 10, "the examples hardly fit"


@given(st.sampled_from(["红色", "橙色", "预警", "警报", "red", "alarm"]), st.text(alphabet=" -·、，()（）", max_size=3))
def test_marks_between_the_letters_hide_no_word(word: str, between: str) -> None:
    assert unfit_place(fold_place("后山" + between.join(word)), NONE)


@pytest.mark.parametrize(
    "text", ["12379", "0911-1234567", "+86 911 1234567", "010-12345678转801", "110、119", "桥镇：119"]
)
def test_a_contact_is_numbers_and_a_registered_name(text: str) -> None:
    assert is_contact(text, NamedIssuer("桥镇人民政府", (PublicName("zh", "桥镇"),)))


@pytest.mark.parametrize(
    "text", ["", "call me", "红色12379", "河镇119", "12379 a.cn", "1" * 61, "119\n120", "119红色", "１１９"]
)
def test_anything_else_is_no_contact(text: str) -> None:
    assert not is_contact(text, NamedIssuer("桥镇人民政府", (PublicName("zh", "桥镇"),)))
