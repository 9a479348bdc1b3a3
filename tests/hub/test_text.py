"""Texts are made fit for every medium without losing a letter of any script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from hub.text import clean_text, cut_text, line, sentences
from tests.for_all import for_all, mostly

ANY = st.text(st.characters(), max_size=200)


@given(ANY, st.integers(0, 220))
def test_a_clean_text_is_bounded_and_any_xml_can_hold_it(text: str, most: int) -> None:
    cleaned = clean_text(text, most)
    assert len(cleaned) <= most
    element = etree.Element("a")
    element.text = cleaned
    assert etree.fromstring(etree.tostring(element, encoding="utf-8")).text == (cleaned or None)


@given(ANY)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text, 1000)
    assert clean_text(once, 1000) == once or "<" in text  # a tag inside a tag may come to light


@given(ANY, st.integers(0, 220))
def test_a_line_has_no_break(text: str, most: int) -> None:
    assert len(line(text, most).splitlines()) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "预计未来3小时，降雨量将达５０毫米以上。请注意防范！",
        "צפוי גשם כבד. הישארו בבית.",
        "تحذير من أمطار غزيرة.",
        "🌧️ 👨‍👩‍👧‍👦 🇨🇳 雨",
        "ཆར་ཆེན་འབབ་རྒྱུ།",
        "Temp. < 5 °C, wind > 20 m/s",
        "e\u0301 ก็ 각",
    ],
)
def test_chinese_emoji_and_every_other_script_stay_as_they_are(text: str) -> None:
    assert clean_text(text, 1000) == text


def test_control_characters_lone_surrogates_and_noncharacters_go() -> None:
    assert clean_text("雨\x00\x07\x1b[31m\ud83d\ufffe\r\n风\u2028水\x85", 100) == "雨[31m\n风\n水"


def test_markup_goes_and_its_words_stay() -> None:
    text = 'Stay <b class="x">in</b>doors.<br/>Close <A HREF="http://e">doors</A>.<p>Now</p>'
    assert clean_text(text, 100) == "Stay indoors.\nClose doors.Now"


def test_a_text_too_long_is_cut_between_sentences() -> None:
    assert cut_text("第一句。第二句。第三句。", 9) == "第一句。第二句。"
    assert cut_text("One is here. Rain of 3.5 mm. Three.", 30) == "One is here. Rain of 3.5 mm."


def test_a_sentence_without_end_is_cut_between_visible_characters() -> None:
    family = "👨‍👩‍👧"
    assert cut_text(family * 3, 7) == family + "…"
    assert cut_text("cafe\u0301s", 5) == "caf…"
    assert cut_text("雨" * 10, 4) == "雨雨雨…"


@given(ANY)
def test_sentences_joined_are_the_text_again(text: str) -> None:
    assert "".join(sentences(text)) == text


#: without a blank to break at, with marks that belong to the letter before
MARKED = st.text("e\u0301\u0302中a\u200d", min_size=20, max_size=200)


@for_all(mostly(MARKED, ANY), st.integers(2, 18))
def test_what_is_kept_of_a_text_is_its_beginning_and_never_begins_a_torn_character(text: str, most: int) -> bool:
    kept = cut_text(text, most)
    assert len(kept) <= most
    body = kept.removesuffix("…") if kept != text else kept
    assert text.startswith(body)
    rest = text[len(body) :].lstrip()
    if not (kept.endswith("…") and kept != text and body and rest and text[len(body) : len(body) + 1] == rest[:1]):
        return False
    assert not unicodedata.category(rest[0]).startswith("M")
    return True
