"""A text is covered where it is the wording, letter for letter, with fitting values; judged by a slow second reader."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.wording import WordingRefused, wording

QUAKE = "{place:text<=10}发生{size:number 3..9.5}级地震"


def reads(pattern: str, text: str) -> bool:
    return wording(pattern).read(text) is not None


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("宝塔区发生5.6级地震", True),
        ("宝塔区发生3级地震", True),
        ("宝塔区发生9.5级地震", True),
        ("宝塔区发生2.999级地震", False),
        ("宝塔区发生9.501级地震", False),
        ("宝塔区发生-5级地震", False),
        ("宝塔区发生５级地震", False),  # full-width digit
        ("宝塔区发生5,6级地震", False),
        ("宝塔区发生5.6级地震。", False),
        (" 宝塔区发生5.6级地震", False),
        ("发生5.6级地震", False),
        ("一二三四五六七八九十发生5级地震", True),
        ("一二三四五六七八九十一发生5级地震", False),
    ],
)
def test_the_bounds_of_every_slot_hold_just_inside_and_just_outside(text: str, covered: bool) -> None:
    assert reads(QUAKE, text) is covered


@pytest.mark.parametrize(
    "place",
    [
        "宝塔\n区",
        "宝塔\r区",
        "宝塔\u2028区",
        "宝塔 \u202e区",  # right-to-left override
        "宝塔\u200b区",  # zero width space
        "http://x",
        "x.cn",
        "拨打12345",
        "Baota",  # another script than the wording's own
        "Баота",
        "宝塔Ａ",
        "宝塔<b>",
        "宝塔{a}",
        "宝塔  区",
        "宝塔 ",
        "宝塔😀",
        "()",
        "宝塔\ud800",
    ],
)
def test_hostile_text_in_a_slot_is_not_covered(place: str) -> None:
    assert not reads(QUAKE, f"{place}发生5级地震")


@pytest.mark.parametrize("place", ["宝塔区", "桥·镇", "河镇（东）", "甲、乙"])
def test_names_as_they_are_written_are_covered(place: str) -> None:
    assert reads(QUAKE, f"{place}发生5级地震")


@pytest.mark.parametrize(
    ("value", "covered"),
    [
        ("08:00", True),
        ("23:59", True),
        ("24:00", False),
        ("08:60", False),
        ("8:00", False),
        ("2026-07-01 08:00:59", True),
        ("2026-13-01 08:00", False),
        ("2026-07-32 08:00", False),
        ("7月1日8时5分", True),
        ("8时05分", True),
        ("13月1日8时5分", False),
        ("24时0分", False),
    ],
)
def test_a_time_is_one_of_the_day(value: str, covered: bool) -> None:
    assert reads("在{at:time}发生", f"在{value}发生") is covered


def test_a_choice_is_one_of_its_words_and_a_slot_that_stands_twice_says_the_same() -> None:
    chosen = "{place:one of 桥镇|河镇|河镇东}告警：{place:one of 桥镇|河镇|河镇东}"
    assert reads(chosen, "河镇东告警：河镇东")
    assert not reads(chosen, "河镇告警：河镇东")
    assert not reads(chosen, "山镇告警：山镇")


@pytest.mark.parametrize(
    "pattern",
    [
        "{a:number 9..3}",
        "{a:text<=0}",
        "{a:text<=101}",
        "{a:anything}",
        "{a}",
        "{A:time}",
        "open { brace",
        "{a:time}{b:time}",
        "{a:one of x||y}",
        "{a:one of x|x}",
        "{a:time} and {a:number 1..2}",
        "hidden\u200bsign",
        "x" * 2001,
        "{a:text<=9} {b:text<=9} {c:text<=9} {d:text<=9}",
    ],
)
def test_a_wording_that_cannot_be_judged_is_refused(pattern: str) -> None:
    with pytest.raises(WordingRefused):
        wording(pattern)


# --- a second reader: tries every way to cut the text, one slot after the other

LETTERS = "桥河镇区"
FIXED = st.text(LETTERS + "，。", min_size=1, max_size=3)
SLOTS = st.sampled_from(["number 1..5", "one of 桥|河镇", "text<=3"])


@st.composite
def wordings(draw: st.DrawFn) -> list[str]:
    """Fixed words and slots in turn, beginning and ending with fixed words."""
    parts = [draw(FIXED)]
    for _ in range(draw(st.integers(0, 2))):
        parts += [draw(SLOTS), draw(FIXED)]
    return parts


def fits(kind: str, value: str, scripts: bool) -> bool:
    if kind.startswith("number"):
        return re.fullmatch("-?[0-9]{1,9}([.][0-9]{1,3})?", value) is not None and 1 <= Decimal(value) <= 5
    if kind.startswith("one of"):
        return value in {"桥", "河镇"}
    return 1 <= len(value) <= 3 and set(value) <= set(LETTERS) and scripts


def slowly(parts: list[str], text: str, scripts: bool) -> bool:
    """Whether the text is the wording, by trying everything."""
    if not text.startswith(parts[0]):
        return False
    rest = text[len(parts[0]) :]
    if len(parts) == 1:
        return not rest
    cuts = ((rest[:end], rest[end:]) for end in range(1, len(rest) + 1))
    return any(fits(parts[1], value, scripts) and slowly(parts[2:], after, scripts) for value, after in cuts)


@given(wordings(), st.data())
def test_the_wording_reads_what_the_slow_reader_reads(parts: list[str], data: st.DataObject) -> None:
    pattern = "".join(f"{{s{n}:{part}}}" if n % 2 else part for n, part in enumerate(parts))
    scripts = bool(set("".join(parts[::2])) & set(LETTERS))
    value = {"n": st.sampled_from(["1", "5", "6", "0.9", "4.25"]), "o": st.sampled_from(["桥", "河镇", "河"])}
    said = [data.draw(value.get(part[0], st.text(LETTERS + "3", max_size=4))) if n % 2 else part
            for n, part in enumerate(parts)]  # fmt: skip
    text = "".join(said)
    if data.draw(st.booleans()) and text:
        at = data.draw(st.integers(0, len(text) - 1))
        text = text[:at] + data.draw(st.sampled_from(["", "桥", "\n", "x"])) + text[at + 1 :]
    read = wording(pattern).read(text) is not None
    exact = slowly(parts, text, scripts)
    # Never more than the slow reader; less only where one text can be cut in two ways.
    assert exact or not read
    if not any(part.startswith("text") for part in parts[1::2]):
        assert read == exact
