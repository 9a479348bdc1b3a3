"""What came in is changed as little as emission demands, and every change is said."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.alert.alert import Area, MsgType, Reference, Resource, Scope, Status
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read
from hub.formats.cap.repair import emittable
from hub.formats.cap.write import CapRefused, write
from targeting.audience import Polygon

NOW = datetime(2026, 7, 12, 1, 0, tzinfo=UTC)
SIX_HOURS = timedelta(hours=6)


def repaired(alert):
    return emittable(alert, now=NOW)


def info_of(alert, **changes):
    return replace(alert, infos=(replace(alert.infos[0], **changes),))


def test_an_alert_that_may_leave_is_left_alone_and_nothing_is_said(flood):
    assert repaired(flood) == (flood, ())


def test_every_change_is_said_as_advice(flood):
    alert, findings = repaired(info_of(replace(flood, sender="OB Self Test"), web="www.example.org"))
    assert alert.sender == "OB_Self_Test"
    assert alert.infos[0].web == ""
    assert {(f.rule, f.level) for f in findings} == {("L3", "advice"), ("L15", "advice")}


def test_an_update_of_nothing_known_becomes_an_alert(flood):
    alert, findings = repaired(replace(flood, msg_type=MsgType.UPDATE, references=(flood.reference,)))
    assert (alert.msg_type, alert.references) == (MsgType.ALERT, ())
    assert [finding.rule for finding in findings] == ["X5", "X4"]


def test_a_cancel_of_nothing_known_says_all_clear_and_never_warns(flood):
    alert, _ = repaired(replace(flood, msg_type=MsgType.CANCEL))
    assert alert.msg_type is MsgType.ALERT
    assert {(info.urgency, info.response_types) for info in alert.infos} == {("Past", ("AllClear",))}


def test_an_ack_of_nothing_known_is_network_talk_and_no_live_warning(flood):
    assert repaired(replace(flood, msg_type=MsgType.ACK))[0].status is Status.SYSTEM


def test_good_references_are_kept_once_and_in_order(flood):
    first = Reference("warn.example.org", "a", "2026-07-12T07:30:00+08:00")
    second = Reference("warn.example.org", "b", "2026-07-12T00:00:00Z")
    later = Reference("warn.example.org", "c", "2026-07-13T00:00:00-00:00")
    alert, _ = repaired(replace(flood, msg_type=MsgType.UPDATE, references=(first, second, first, later)))
    assert alert.references == (first, replace(second, sent="2026-07-12T00:00:00-00:00"))


def test_markup_is_taken_out_to_the_last_layer_and_its_text_stays(flood):
    text = "<p>Stay &amp;lt;b&amp;gt;inside&lt;/b&gt;</p><br/>Close windows<!-- x -->"
    alert, _ = repaired(info_of(flood, description=text))
    assert alert.infos[0].description == "Stay inside\n\nClose windows"


def test_a_crossing_polygon_is_written_as_simple_ones(flood):
    ring = ((0.0, 0.0), (2.0, 2.0), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0))
    alert, findings = repaired(info_of(flood, areas=(Area("a", (Polygon(ring),)),)))
    assert len(alert.infos[0].areas[0].polygons) == 2
    assert [finding.rule for finding in findings] == ["X9"]


def test_an_open_ring_is_closed_and_its_people_are_still_warned(flood):
    ring = ((30.0, 120.0), (30.0, 121.0), (31.0, 121.0))
    alert, findings = repaired(info_of(flood, areas=(Area("a", (Polygon(ring),)),)))
    assert alert.infos[0].areas[0].polygons == (Polygon((*ring, ring[0])),)
    assert [finding.rule for finding in findings] == ["L8"]
    assert read(write(alert)).verdict == "clean"


def test_an_area_that_is_no_ring_is_dropped_and_said(flood):
    line = ((30.0, 120.0), (30.0, 121.0))
    alert, findings = repaired(info_of(flood, areas=(Area("a", (Polygon(line),)),)))
    assert alert.infos[0].areas == (Area("a"),)
    assert [finding.rule for finding in findings] == ["L8"]


@pytest.mark.parametrize(
    "unfit",
    [{"deref_uri": "*"}, {"digest": "abc"}, {"size": -1}, {"uri": "a b"}],
    ids=lambda unfit: next(iter(unfit)),
)
def test_what_is_taken_out_of_a_resource_is_said_whatever_it_was(flood, unfit):
    fit = {"size": 3, "uri": "https://example.org/a.png", "deref_uri": "AAAA", "digest": "0" * 40}
    photo = Resource("photo", "image/png", **(fit | unfit))
    alert, findings = repaired(info_of(flood, resources=(photo,)))
    [left] = alert.infos[0].resources
    [(name, value)] = unfit.items()
    assert getattr(left, name) != value
    assert [getattr(left, other) for other in fit if other != name] == [fit[other] for other in fit if other != name]
    assert [finding.rule for finding in findings] == ["L14"]


def test_a_resource_that_leads_nowhere_is_dropped_and_an_area_without_shape_is_not(flood):
    empty = Resource("photo", "image/png")
    alert, _ = repaired(info_of(flood, resources=(empty,), areas=(Area("the coast"),)))
    assert alert.infos[0].resources == ()
    assert alert.infos[0].areas == (Area("the coast"),)


def test_when_a_message_ends_is_never_repaired_whatever_its_times_say(flood):
    ends = (None, flood.sent, flood.sent - SIX_HOURS, flood.sent + SIX_HOURS)
    onsets = (None, NOW + timedelta(days=1))
    for expires, onset in itertools.product(ends, onsets):
        alert, findings = repaired(info_of(flood, expires=expires, onset=onset))
        assert (alert.infos[0].expires, alert.infos[0].onset) == (expires, onset)
        assert [finding.rule for finding in findings if finding.rule in PERIOD_RULES] == []


def test_what_was_in_force_before_it_was_sent_is_so_from_then_on(flood):
    alert, findings = repaired(info_of(flood, effective=flood.sent - SIX_HOURS))
    assert alert.infos[0].effective is None
    assert [finding.rule for finding in findings] == ["X11"]


def test_a_period_that_is_not_settled_is_written_only_where_it_may_stay_open(flood):
    alert = info_of(flood, expires=None)
    with pytest.raises(CapRefused):
        write(alert)
    assert read(write(alert, unsettled=PERIOD_RULES)).alert == alert


def test_a_draft_leaves_only_as_a_test_and_a_private_message_only_to_its_sender(flood):
    alert, _ = repaired(replace(flood, status=Status.DRAFT, scope=Scope.PRIVATE))
    assert (alert.status, alert.addresses) == (Status.TEST, (flood.sender,))
    assert read(write(alert)).alert == alert


def test_an_expired_alert_is_said_to_be_expired_and_is_not_revived(flood):
    alert, findings = emittable(flood, now=flood.expires)
    assert alert == flood
    assert [(finding.rule, finding.level) for finding in findings] == [("X21", "error")]


def test_a_headline_of_others_that_is_too_long_is_cut_and_that_is_said(flood):
    alert, findings = repaired(info_of(flood, headline="雨" * 501))
    assert alert.infos[0].headline == "雨" * 500
    assert ("P7", "alert/info[1]/headline") in {(finding.rule, finding.element) for finding in findings}
