"""Cross-field rules, one broken at a time; and the same breach weighs more on the way out than on the way in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alert.alert import Area, MsgType, NamedValue, Reference, Scope, Status
from hub.formats.cap.check import check, check_timely
from hub.formats.cap.rules import RULES
from hub.formats.cap.write import strict_findings
from targeting.audience import Polygon

EARLIER = Reference("warn.example.org", "flood-0", "2026-07-12T07:30:00+08:00")
HOUR = timedelta(hours=1)


def info_of(alert, **changes):
    return replace(alert, infos=(replace(alert.infos[0], **changes),))


def area_of(alert, **changes):
    return info_of(alert, areas=(replace(alert.infos[0].areas[0], **changes),))


def two_infos(alert, **changes):
    return replace(alert, infos=(alert.infos[0], replace(alert.infos[0], **changes)))


CASES = {
    "X1 restriction without Restricted": lambda a: replace(a, restriction="staff"),
    "X1 Restricted without restriction": lambda a: replace(a, scope=Scope.RESTRICTED),
    "X2 Private without addresses": lambda a: replace(a, scope=Scope.PRIVATE),
    "X3 exercise without note": lambda a: replace(a, status=Status.EXERCISE),
    "X4 Update without references": lambda a: replace(a, msg_type=MsgType.UPDATE),
    "X4 Cancel without references": lambda a: replace(a, msg_type=MsgType.CANCEL),
    "X5 refers to itself": lambda a: replace(a, references=(a.reference,)),
    "X5 refers twice": lambda a: replace(a, references=(EARLIER, EARLIER)),
    "X5 refers to a later one": lambda a: replace(a, references=(replace(EARLIER, sent="2026-07-12T09:30:00+08:00"),)),
    "X7 refers to another sender": lambda a: replace(a, references=(replace(EARLIER, sender="other"),)),
    "X8 ceiling without altitude": lambda a: area_of(a, ceiling=100.0),
    "X8 ceiling below altitude": lambda a: area_of(a, altitude=200.0, ceiling=100.0),
    "X9 crossing polygon": lambda a: area_of(
        a, polygons=(Polygon(((0.0, 0.0), (2.0, 2.0), (0.0, 2.0), (2.0, 0.0), (0.0, 0.0))),)
    ),
    "X9 overlapping areas": lambda a: info_of(a, areas=a.infos[0].areas * 2),
    "X11 expires at sent": lambda a: info_of(a, expires=a.sent),
    "X11 expires before onset": lambda a: info_of(a, onset=a.infos[0].expires + HOUR),
    "X11 expires before effective": lambda a: info_of(a, effective=a.infos[0].expires + HOUR),
    "X11 effective before sent": lambda a: info_of(a, effective=a.sent - HOUR),
    "X12 public without expires": lambda a: info_of(a, expires=None),
    "X13 other categories": lambda a: two_infos(a, language="en", categories=("Geo",)),
    "X13 other event codes": lambda a: two_infos(a, language="en", event_codes=(NamedValue("a", "b"),)),
    "X14 other event in one language": lambda a: two_infos(a, event="大风"),
    "X15 contradicting severity": lambda a: two_infos(a, severity="Minor"),
    "X16 same headline in two languages": lambda a: two_infos(a, language="en", event="rain"),
    "X17 headline repeated": lambda a: info_of(a, description=a.infos[0].headline),
    "X18 unknown severity": lambda a: info_of(a, severity="Unknown"),
    "X19 area without shape": lambda a: info_of(a, areas=(Area("somewhere"),)),
    "X20 draft": lambda a: replace(a, status=Status.DRAFT),
}


@pytest.mark.parametrize("case", CASES)
def test_a_rule_is_silent_until_it_is_broken_and_then_names_itself(flood, case):
    rule = case.split()[0]
    assert rule not in {finding.rule for finding in check(flood)}
    findings = [finding for finding in check(CASES[case](flood)) if finding.rule == rule]
    assert findings
    assert all(finding.element.startswith("alert") for finding in findings)


def test_every_rule_weighs_on_emission_at_least_what_it_weighs_on_ingest():
    lighter = [case for case, rule in RULES.items() if rule.ingest == "error" and rule.emission == "advice"]
    assert lighter == []


def test_a_missing_expires_is_advice_coming_in_and_an_error_going_out(flood):
    alert = info_of(flood, expires=None)
    assert {f.level for f in check(alert) if f.rule == "X12"} == {"advice"}
    assert {f.level for f in strict_findings(alert) if f.rule == "X12"} == {"error"}


def test_the_clock_is_asked_only_by_the_timely_check(flood):
    assert check_timely(flood, flood.sent) == ()
    assert [f.rule for f in check_timely(flood, flood.sent - HOUR)] == ["X21"]
    late = check_timely(flood, flood.expires)
    assert [(f.rule, f.level) for f in late] == [("X21", "error")]


def pair(alert, **changes):
    """The first block, and another of its language that differs from it."""
    return replace(alert, infos=(alert.infos[0], replace(alert.infos[0], **changes)))


def said(alert):
    return {finding.rule: finding.text for finding in check(alert) if finding.rule in ("X14", "X15")}


HERE = Area("here", geocodes=(NamedValue("CPEAS Geographic Code", "500112000000"),))
INSIDE = Area("inside", geocodes=(NamedValue("行政区划代码", "500112"),))
TOWN = Area("town", geocodes=(NamedValue("CPEAS Geographic Code", "500112001000"),))
ELSEWHERE = Area("elsewhere", geocodes=(NamedValue("CPEAS Geographic Code", "500229000000"),))


@pytest.mark.parametrize("areas", [(HERE,), (INSIDE,), (TOWN,), (ELSEWHERE, TOWN), ()])
def test_two_blocks_of_one_language_contradict_each_other_about_one_place(flood, areas):
    here = info_of(flood, areas=(HERE,))
    found = said(pair(here, severity="Minor", urgency="Future", areas=areas))
    text = "states another severity and urgency than info[1] for the same place, in the same language"
    assert found == {"X15": text}


def test_two_places_may_have_two_levels_and_never_two_events(flood):
    here = info_of(flood, areas=(HERE,))
    assert said(pair(here, severity="Minor", areas=(ELSEWHERE,))) == {}
    found = said(pair(here, event="大风", severity="Minor", areas=(ELSEWHERE,)))
    assert found == {"X14": "is another event than that of info[1], in the same language"}


def test_an_update_that_ends_the_warning_for_one_place_contradicts_nothing(flood):
    here = info_of(flood, areas=(HERE,))
    over = {"response_types": ("AllClear",), "urgency": "Past", "severity": "Minor"}
    assert said(pair(here, areas=(ELSEWHERE,), **over)) == {}
    assert said(pair(here, **over)) == {}


def test_where_one_place_is_drawn_and_the_other_named_nobody_can_tell(flood):
    square = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0), (0.0, 0.0))
    drawn = info_of(flood, areas=(Area("drawn", polygons=(Polygon(square),)),))
    inner = Polygon(tuple((lat / 2, lon / 2) for lat, lon in square))
    assert said(pair(drawn, severity="Minor", areas=(HERE,))) == {}
    assert set(said(pair(drawn, severity="Minor", areas=(Area("inner", polygons=(inner,)),)))) == {"X15"}
