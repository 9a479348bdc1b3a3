"""The segment counts of Twilio's own calculator."""

from __future__ import annotations

import json
from pathlib import Path

from channels.text import Encoding, SegmentRule, segments


def test_segments_are_those_of_twilios_calculator(shared_data: Path) -> None:
    cases = json.loads((shared_data / "sms/twilio_segments.json").read_text())["cases"]
    assert cases
    for case in cases:
        found = segments(case["body"], SegmentRule.FOREIGN)
        bits = 7 if found.encoding is Encoding.GSM7 else 16
        assert found.encoding == case["encoding"]
        assert found.segments == case["segments"]
        assert found.units * bits == case["messageSize"]
