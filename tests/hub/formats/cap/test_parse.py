"""What is unsafe is refused before it costs anything."""

from __future__ import annotations

import pytest

from hub.formats.cap.parse import MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_PAIRS, MAX_TEXT
from hub.formats.cap.read import read


def refusal(data: bytes) -> str:
    reading = read(data)
    assert reading.alert is None
    assert reading.verdict == "refused"
    return reading.findings[0].rule


def test_a_message_with_any_doctype_is_refused_even_when_it_declares_nothing(message):
    data = message().replace(b"<alert", b"<!DOCTYPE alert><alert", 1)
    assert refusal(data) == "P2"


def test_an_entity_is_never_expanded_or_looked_up(message):
    data = message(event="<event>&secret;</event>").replace(
        b"<alert", b'<!DOCTYPE alert [<!ENTITY secret SYSTEM "file:///etc/hostname">]><alert', 1
    )
    assert refusal(data) == "P2"


def test_a_doctype_hidden_in_utf_16_is_refused():
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert refusal(text.encode("utf-16")) == "P2"


def test_a_file_over_the_size_bound_is_refused_before_it_is_parsed():
    assert refusal(b"<" * (MAX_BYTES + 1)) == "P1"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "P3"),
        (b" \n", "P3"),
        (b"\x00\x01\x02", "P3"),
        (b"<alert>", "P3"),
        (b"<a>&undefined;</a>", "P3"),
        (b"<a>\xff\xfe</a>", "P4"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "P4"),
        (b"<a>" * (MAX_DEPTH + 1), "P5"),
        (b"<a>" + b"<b/>" * MAX_NODES + b"</a>", "P6"),
        (b"<a " + b" ".join(b'x%d="1"' % n for n in range(MAX_NODES)) + b"/>", "P6"),
        (b"<a>" + b"x" * (MAX_TEXT + 1) + b"</a>", "P7"),
        (b"<polygon>" + b"1,1 " * (MAX_PAIRS + 1) + b"</polygon>", "P8"),
        (b"<alert/>", "S1"),
        (b'<alert xmlns="urn:oasis:names:tc:emergency:cap:9.9"/>', "S1"),
        (b'<feed xmlns="urn:oasis:names:tc:emergency:cap:1.2"/>', "S1"),
    ],
)
def test_bytes_that_are_no_bounded_cap_are_refused_by_the_rule_that_says_why(data, rule):
    assert refusal(data) == rule


def test_a_megabyte_of_embedded_audio_is_accepted(message):
    audio = "QUJD" * 300_000
    resource = (
        "<resource><resourceDesc>siren</resourceDesc><mimeType>audio/mpeg</mimeType>"
        f"<uri>siren.mp3</uri><derefUri>{audio}</derefUri></resource>"
    )
    reading = read(message(headline=resource))
    assert reading.verdict == "clean"
    assert reading.alert.infos[0].resources[0].deref_uri == audio


def test_findings_are_bounded_and_errors_are_the_ones_kept(message):
    geocodes = "<geocode><valueName/><value/></geocode>" * 3000
    area = f"<area><areaDesc>a</areaDesc>{geocodes}<altitude>high</altitude></area>"
    reading = read(message(area=area))
    assert len(reading.findings) == 1000
    assert any(finding.rule == "L11" and finding.level == "error" for finding in reading.findings)
    assert "not listed" in reading.findings[-1].text
