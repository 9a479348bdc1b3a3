"""Texts of strangers, made safe."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from hub.feedback.text import TEXT_LIMIT, clean_text, fold_text

ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates and controls included


@given(ANY_TEXT)
@example("0\r\x1b\r0")  # two gaps that an escape held apart
def test_a_cleaned_text_can_be_stored_and_shown_anywhere(text: str) -> None:
    kept = clean_text(text)
    kept.encode("utf-8")
    assert not {unicodedata.category(char) for char in kept} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean_text(kept) == kept


@given(ANY_TEXT)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


def test_a_cleaned_text_keeps_its_words_apart_and_drops_escapes() -> None:
    assert clean_text("  水\r\n来了\x00\x1b[31m\u202e！ ") == "水 来了[31m！"


def test_a_cleaned_text_is_bounded_however_it_expands() -> None:
    assert len(clean_text("水" * 10_000)) == TEXT_LIMIT
    assert len(fold_text("\ufdfa" * 10_000)) <= TEXT_LIMIT  # one ligature that unfolds into 18 characters
