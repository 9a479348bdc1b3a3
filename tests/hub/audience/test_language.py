"""In which language of a message a person is told it: sending, estimates and the repeated call ask one function."""

from __future__ import annotations

import pytest

from hub.audience.language import language_index


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("zh-tw", "zh-TW"), ("zh-HK", "zh-CN"), ("ZH", "zh-CN"), ("en", "en-US"), ("bo", "bo"), ("fr", "zh-CN")],
)
def test_the_exact_tag_then_the_first_of_its_primary_subtag_then_the_first(wanted: str, told: str) -> None:
    tags = ["zh-CN", "en-US", "zh-TW", "bo"]
    assert tags[language_index(tags, wanted)] == told
