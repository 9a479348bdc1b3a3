"""Languages of an audience: which tags a range holds, as RFC 4647 has it."""

from __future__ import annotations

import pytest

from targeting.audience import in_range


@pytest.mark.parametrize(
    ("tag", "wanted", "held"),
    [
        ("en", "en", True),
        ("en-US", "en", True),
        ("en", "en-US", False),
        ("eng", "en", False),  # a prefix of the letters is no prefix of the tag (RFC 4647 §3.3.1)
        ("zh-Hans-CN", "zh-Hans", True),
        ("zh-CN", "en", False),
    ],
)
def test_a_range_holds_a_tag_that_it_is_or_begins(tag: str, wanted: str, held: bool) -> None:
    assert in_range(tag, wanted) is held


@pytest.mark.parametrize(("tag", "wanted"), [("ZH-cn", "zh-CN"), ("zh-CN", "ZH-CN"), ("EN-us", "en"), ("en-US", "EN")])
def test_capitals_in_a_tag_or_a_range_mean_nothing(tag: str, wanted: str) -> None:
    """RFC 5646 §2.1.1: tags are to be treated as case insensitive."""
    assert in_range(tag, wanted)
