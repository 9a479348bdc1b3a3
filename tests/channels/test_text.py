"""Segments are what is billed, so they are counted as the gateways count them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.text import Encoding, Segmentation, SegmentRule, segments, speech_seconds


@pytest.mark.parametrize(
    ("text", "rule", "wanted"),
    [
        ("水" * 70, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 70, 1)),
        ("水" * 71, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 71, 2)),
        ("水" * 150, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 150, 3)),
        ("a" * 71, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 71, 2)),
        ("a" * 160, SegmentRule.FOREIGN, Segmentation(Encoding.GSM7, 160, 1)),
        ("a" * 161, SegmentRule.FOREIGN, Segmentation(Encoding.GSM7, 161, 2)),
        ("€" * 80, SegmentRule.FOREIGN, Segmentation(Encoding.GSM7, 160, 1)),
        ("a" * 152 + "€" + "a" * 152, SegmentRule.FOREIGN, Segmentation(Encoding.GSM7, 306, 3)),
        ("a" * 69 + "水", SegmentRule.FOREIGN, Segmentation(Encoding.UCS2, 70, 1)),
        ("😜" * 35, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 70, 1)),
        ("a" * 66 + "😜" + "a" * 66, SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 134, 3)),
        ("", SegmentRule.CHINESE, Segmentation(Encoding.UCS2, 0, 1)),
    ],
)
def test_a_text_is_as_many_segments_as_its_gateway_makes_of_it(
    text: str, rule: SegmentRule, wanted: Segmentation
) -> None:
    assert segments(text, rule) == wanted


@given(st.text(alphabet="水a€😜é", max_size=400), st.sampled_from(SegmentRule))
def test_no_text_takes_fewer_segments_than_its_units_or_many_more(text: str, rule: SegmentRule) -> None:
    found = segments(text, rule)
    single, part = (160, 153) if found.encoding is Encoding.GSM7 else (70, 67)
    least = 1 if found.units <= single else math.ceil(found.units / part)
    assert least <= found.segments <= max(least, math.ceil(found.units / (part - 1)))


@given(st.text(max_size=200), st.text(max_size=50))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert segments(text + more, SegmentRule.CHINESE).segments >= segments(text, SegmentRule.CHINESE).segments


def test_chinese_is_spoken_by_the_character_and_english_by_the_word() -> None:
    assert speech_seconds("请立即转移。", "zh-CN") == 2
    assert speech_seconds("Leave the river now please", "en") == 2
    assert speech_seconds("", "en") == 0
