"""What is said to an official who is called: enough to act, nothing of a warning, and a document the driver takes."""

from __future__ import annotations

import pytest
from lxml import etree

from channels.twiml import LONGEST_TWIML
from hub.callout.text import CallSubject, form_of, reference
from tests.media import CHANNEL_MEDIA

HOOK = {"url": "https://hub.example/hooks/voice", "delivery": "a&b", "gather": "1", "language": "zh"}
NOTICE = CallSubject(12, "延安市<气象台>", "https://hub.example/console/alerts/7", "live")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_names_unit_reference_and_link_under_a_registered_signature(language: str) -> None:
    text = form_of(
        CallSubject(12, "甲【乙】台", NOTICE.link, "live", "中心"), ("sms", CHANNEL_MEDIA["sms"]), language, {}
    ).body
    assert "R12" in text
    assert NOTICE.link in text
    assert text.startswith("【中心】" if language == "zh" else "[中心]")
    assert text.count("【") == (1 if language == "zh" else 0), "the name of a unit brings no signature of its own"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_spoken_is_one_document_whose_key_is_reported_with_its_call(language: str) -> None:
    form = form_of(NOTICE, ("voice", CHANNEL_MEDIA["voice"]), language, HOOK)
    assert len(form.body) < LONGEST_TWIML
    (gather,) = etree.fromstring(form.body.encode())
    assert gather.get("action") == "https://hub.example/hooks/voice?delivery=a%26b&gather=1&language=zh"
    (say,) = gather
    assert "延安市<气象台>" in say.text
    assert NOTICE.link not in say.text


@pytest.mark.parametrize("channel", ["sms", "voice", "wecom"])
def test_an_exercise_is_marked_and_the_real_thing_is_not(channel: str) -> None:
    drill = CallSubject(12, NOTICE.unit, NOTICE.link, "exercise")
    assert "【演练】" in form_of(drill, (channel, CHANNEL_MEDIA[channel]), "zh", HOOK).body
    assert "演练" not in form_of(NOTICE, (channel, CHANNEL_MEDIA[channel]), "zh", HOOK).body
    assert "[EXERCISE]" in form_of(drill, (channel, CHANNEL_MEDIA[channel]), "en", HOOK).body


def test_a_reference_is_more_than_a_number() -> None:
    assert reference(12) == "R12"
