"""Writing is strict: what leaves keeps every rule, and says the same in the same bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from lxml import etree

from hub.alert.alert import MsgType, NamedValue, Reference, Resource, Scope, Status
from hub.formats.cap.read import read
from hub.formats.cap.write import CapRefused, strict_findings, write
from targeting.audience import Circle, Polygon


def info_of(alert, **changes):
    return replace(alert, infos=(replace(alert.infos[0], **changes),))


def area_of(alert, **changes):
    return info_of(alert, areas=(replace(alert.infos[0].areas[0], **changes),))


def test_what_is_written_reads_back_equal_and_writes_the_same_bytes(flood):
    data = write(flood)
    reading = read(data)
    assert (reading.verdict, reading.alert) == ("clean", flood)
    assert write(reading.alert) == data


def test_every_time_of_an_info_is_written_under_its_own_name(flood):
    times = {"effective": flood.sent, "onset": flood.sent + timedelta(hours=1), "expires": flood.expires}
    alert = info_of(flood, **times)
    assert read(write(alert)).alert == alert


def test_utc_is_written_as_minus_zero_and_never_z(flood):
    data = write(flood)
    assert b"<sent>2026-07-12T00:30:00-00:00</sent>" in data
    assert b"Z</" not in data


def test_absent_fields_leave_no_empty_elements(flood):
    root = etree.fromstring(write(flood))
    assert [element.tag for element in root.iter() if len(element) == 0 and not element.text] == []


def test_numbers_are_written_without_exponents_and_read_back_the_same(flood):
    ring = ((1e-07, 0.0), (0.0, 1.0), (1.0, 1.0), (1e-07, 0.0))
    alert = area_of(flood, polygons=(Polygon(ring),), circles=(Circle(-1e-9, 0.1, 1e-5),))
    data = write(alert)
    assert b"e-" not in data.split(b"<polygon>")[1].split(b"</circle>")[0]
    assert read(data).alert == alert


def test_lists_with_blanks_and_all_kinds_of_text_survive(flood):
    alert = replace(
        info_of(flood, description="a <b & c\r\n\td “引号” 𝄞", parameters=(NamedValue("n", ""),)),
        addresses=("one", "two three"),
        incidents=("a  b",),
        codes=("x y", "z"),
        note="<!-- not a comment",
    )
    with pytest.raises(CapRefused):
        write(alert)
    alert = replace(alert, note="-- ]]> --")
    assert read(write(alert)).alert == alert


BROKEN = {
    "L1": lambda a: replace(a, sent=a.sent.replace(microsecond=5)),
    "L1 naive": lambda a: replace(a, sent=datetime(2026, 7, 12)),  # noqa: DTZ001
    "L2": lambda a: replace(a, sent=a.sent.astimezone(timezone(timedelta(hours=15)))),
    "L3": lambda a: replace(a, identifier="a b"),
    "L3 empty": lambda a: replace(a, sender=""),
    "L5": lambda a: replace(a, msg_type=MsgType.UPDATE, references=(Reference("a", "b", "today"),)),
    "L6": lambda a: replace(a, addresses=('say "no"',)),
    "L7": lambda a: info_of(a, language="中文"),
    "L8": lambda a: area_of(a, polygons=(Polygon(((0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.0))),)),
    "L9": lambda a: area_of(a, circles=(Circle(91.0, 0.0, 1.0),)),
    "L10": lambda a: area_of(a, circles=(Circle(1.0, 0.0, float("inf")),)),
    "L11": lambda a: area_of(a, altitude=float("nan")),
    "L12": lambda a: info_of(a, resources=(Resource("a", "image/png", -1, "https://example.org/a"),)),
    "L13": lambda a: info_of(a, resources=(Resource("a", "picture", None, "https://example.org/a"),)),
    "L14": lambda a: info_of(a, resources=(Resource("a", "image/png", None, "a.png"),)),
    "L14 base64": lambda a: info_of(a, resources=(Resource("a", "image/png", None, "a.png", "*"),)),
    "L14 digest": lambda a: info_of(a, resources=(Resource("a", "image/png", digest="abc"),)),
    "L15": lambda a: info_of(a, web="www.example.org"),
    "L16": lambda a: info_of(a, headline="<b>rain</b>"),
    "L16 entity": lambda a: info_of(a, headline="rain &amp; wind"),
    "L17": lambda a: info_of(a, headline="rain "),
    "S2": lambda a: info_of(a, event=""),
    "S2 category": lambda a: info_of(a, categories=()),
    "S2 area": lambda a: area_of(a, description=""),
    "S8": lambda a: info_of(a, severity="severe"),
    "S9": lambda a: info_of(a, headline="rain\x00"),
    "S9 surrogate": lambda a: info_of(a, headline="rain\ud800"),
    "X4": lambda a: replace(a, msg_type=MsgType.CANCEL),
    "X12": lambda a: info_of(a, expires=None),
    "X20": lambda a: replace(a, status=Status.DRAFT),
    "X2": lambda a: replace(a, scope=Scope.PRIVATE),
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_alert_that_breaks_a_rule_is_refused_by_that_rule(flood, case):
    assert not [finding for finding in strict_findings(flood) if finding.level == "error"]
    with pytest.raises(CapRefused) as refused:
        write(BROKEN[case](flood))
    rule = case.split()[0]
    assert rule in {finding.rule for finding in refused.value.cap_findings if finding.level == "error"}
    assert refused.value.findings[0]["rule"]
    assert refused.value.place


@pytest.mark.parametrize(("bound", "rule"), [("MAX_PAIRS", "P8"), ("MAX_NODES", "P6"), ("MAX_BYTES", "P1")])
def test_more_than_a_reader_of_ours_would_take_is_not_written(flood, monkeypatch, bound, rule):
    monkeypatch.setattr(f"hub.formats.cap.write.{bound}", 3)
    with pytest.raises(CapRefused) as refused:
        write(flood)
    assert refused.value.rule == rule


@pytest.mark.parametrize("name", ["headline", "event"])
def test_a_headline_and_an_event_have_five_hundred_characters_at_most(flood, name):
    assert write(info_of(flood, **{name: "雨" * 500}))
    with pytest.raises(CapRefused) as refused:
        write(info_of(flood, **{name: "雨" * 501}))
    (finding,) = [each for each in refused.value.cap_findings if each.level == "error"]
    assert (finding.rule, finding.element) == ("P7", f"alert/info[1]/{name}")
    assert "shorten" in finding.text


def test_a_cancel_repeats_a_headline_that_was_let_in_before_it_had_a_bound(flood):
    cancel = replace(
        info_of(flood, headline="雨" * 501),
        note="over",
        msg_type=MsgType.CANCEL,
        references=(replace(flood.reference, identifier="former"),),
    )
    assert write(cancel)
