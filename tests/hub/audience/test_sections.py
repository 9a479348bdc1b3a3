"""Sections of a warning: blocks of one area together, in every language; what a language lacks is told in another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from approvals.level import Level
from channels.message import Form
from hub.alert.alert import Alert, Area, Info
from hub.audience.partition import Division, must_have_forms
from hub.audience.sections import WHOLE, must_agree_in_level, part_key, sections_in, sections_of
from hub.compose.compose import form_for
from hub.errors import Conflict, Invalid
from tests.stories.warnings_of_parts import alert_of_blocks, block

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
A, B = "610602001000", "610602002000"


def alert(*infos: Info) -> Alert:
    return alert_of_blocks(NOW, "parts", *infos)


def test_languages_of_one_area_are_one_section_in_whatever_order_its_places_are_named() -> None:
    infos = (block(NOW, "red", A, B), block(NOW, "red", B, A, language="en-US"))
    (section,) = sections_of(alert(*infos))
    assert section.languages == ("zh-CN", "en-US")


def test_blocks_of_different_areas_are_sections_in_the_order_of_the_message() -> None:
    found = sections_of(alert(block(NOW, "yellow", B), block(NOW, "red", A)))
    assert [(section.number, section.level) for section in found] == [(1, Level.YELLOW), (2, Level.RED)]


def test_a_block_without_a_place_speaks_for_every_place_of_the_message() -> None:
    bare = replace(block(NOW, "red", A, language="en-US"), areas=())
    (section,) = sections_of(alert(block(NOW, "red", A), bare))
    assert section.languages == ("zh-CN", "en-US")


def test_places_that_are_only_described_make_one_section() -> None:
    infos = [replace(block(NOW, "red", A), areas=(Area(name),)) for name in ("甲县", "乙县")]
    assert len(sections_of(alert(*infos))) == 1


def test_the_sections_of_a_part_stand_with_the_gravest_first() -> None:
    found = sections_of(alert(block(NOW, "yellow", B), block(NOW, "red", A), block(NOW, "blue", A, B)))
    assert [section.number for section in sections_in(found, part_key([3, 1]))] == [1, 3]
    assert [section.number for section in sections_in(found, WHOLE)] == [2, 1, 3]


@pytest.mark.parametrize("levels", [("red", "yellow"), ("blue", "orange")])
def test_one_area_of_two_levels_in_two_languages_is_refused(levels: tuple[str, str]) -> None:
    infos = (block(NOW, levels[0], A), block(NOW, levels[1], A, language="en-US"))
    with pytest.raises(Invalid) as refused:
        must_agree_in_level(sections_of(alert(*infos)))
    assert refused.value.rule == "level-languages"


def test_a_lesser_block_that_one_language_lacks_is_no_disagreement() -> None:
    infos = (block(NOW, "red", A), block(NOW, "yellow", A), block(NOW, "red", A, language="en-US"))
    found = sections_of(alert(*infos))
    must_agree_in_level(found)
    assert [section.level for section in found] == [Level.RED]


@given(
    st.lists(st.tuples(st.sampled_from(["red", "yellow"]), st.sampled_from(["zh-CN", "en-US"])), min_size=1, max_size=6)
)
def test_no_reader_is_told_of_fewer_dangers_of_a_level_than_any_language_knows(said: list[tuple[str, str]]) -> None:
    infos = [block(NOW, level, A, language=tag, text=str(at)) for at, (level, tag) in enumerate(said)]
    (section,) = sections_of(alert(*infos))
    for reader in ("zh-CN", "en-US", "fr"):
        told = section.blocks_for(reader)
        own = [info for info in infos if info.language == reader]
        assert all(info in told for info in own)
        assert [info.severity for info in told] == sorted((i.severity for i in told), key=["Extreme", "Moderate"].index)
        for level in ("red", "yellow"):
            most = max(sum(each == (level, tag) for each in said) for tag in ("zh-CN", "en-US"))
            event(f"a level told in {most}")
            assert sum(info.headline in (f"Rainstorm {level} warning", colour(level)) for info in told) >= most


def colour(level: str) -> str:
    return {"red": "暴雨红色预警", "yellow": "暴雨黄色预警"}[level]


def test_a_part_without_a_form_is_told_the_whole_and_never_another_part() -> None:
    forms = [Form("sms", "zh", "one", part="1"), Form("sms", "zh", "all"), Form("sms", "en", "everything")]
    assert form_for(forms, "sms", "zh", "1").body == "one"
    assert form_for(forms, "sms", "en", "1").body == "one"  # in another language rather than not at all
    assert form_for(forms, "sms", "en", "1+2").body == "everything"
    with pytest.raises(LookupError):
        form_for(forms[:1], "sms", "zh", "2")


def test_a_release_is_refused_where_people_are_in_a_part_that_nothing_was_approved_for() -> None:
    division = Division((), {"1": frozenset({1}), "2": frozenset({2})})  # type: ignore[dict-item]
    forms = [Form("sms", "zh", "one", part="1")]
    with pytest.raises(Conflict) as refused:
        must_have_forms(forms, division, ["sms"])
    assert refused.value.rule == "part-formless"
    must_have_forms([*forms, Form("sms", "zh", "all")], division, ["sms"])
