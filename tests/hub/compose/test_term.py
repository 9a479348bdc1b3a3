"""What a warning is called: the signal is the weather stations' word, and each event has its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from approvals.event_table import load_events
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.audience.sections import missing_languages, sections_of
from hub.compose.term import terms_of, wrong_terms
from hub.settings.settings import CONFIG_DIR

EVENTS = load_events(CONFIG_DIR / "events.toml")
NOW = datetime(2026, 7, 12, 6, tzinfo=UTC)


def area(name: str, code: str) -> Area:
    return Area(name, geocodes=(NamedValue("CPEAS Geographic Code", code),))


def alert(event: str, headline: str, **texts: str) -> Alert:
    block = Info(
        event, "Immediate", "Severe", "Observed", ("Met",), "zh", headline=headline,
        expires=NOW + timedelta(hours=3), areas=(area("渝北区", "500112000000"),), **texts,
    )  # fmt: skip
    return Alert("a", "b@example.cn", NOW, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(block,))


@pytest.mark.parametrize(
    ("event", "kind", "headline", "term"),
    [
        ("暴雨", "meteorological", "暴雨橙色预警信号", ""),
        ("暴雨", "meteorological", "暴雨橙色预警", ""),
        ("暴雨", "government", "暴雨橙色预警信号", "预警"),
        ("暴雨", "government", "暴雨橙色预警", ""),
        ("暴雨", "government", "暴雨桔色預警信號", "预警"),
        ("暴雨", "government", "橙·色暴雨预警信号", "预警"),
        ("暴雨", "government", "暴雨2级预警信号", "预警"),
        ("暴雨", "meteorological", "暴雨橙色警报", "预警信号"),
        ("重污染天气", "government", "重污染天气橙色预警信号", "预警"),
        ("重污染天气", "meteorological", "重污染天气橙色预警信号", "预警"),
        ("海啸", "marine", "海啸橙色警报", ""),
        ("海啸", "marine", "海啸橙色预警信号", "警报"),
        ("停电", "government", "停电橙色预警信号", "预警"),
        ("暴雨", "government", "暴雨预警信号由气象台发布", ""),
    ],
)
def test_the_word_of_another_event_or_of_the_stations_is_found_with_the_right_one(
    event: str, kind: str, headline: str, term: str
) -> None:
    found = list(wrong_terms(alert(event, headline), EVENTS, kind))
    assert [each["values"]["term"] for each in found] == ([term] if term else [])
    assert all(each["rule"] == "term-wrong" and each["level"] == "advice" for each in found)
    assert all(each["element"] == "alert/info[1]/headline" for each in found)


def test_every_part_of_a_text_is_read_and_a_block_that_ends_a_warning_is_not() -> None:
    told = alert(
        "暴雨", "暴雨橙色预警", description="现发布暴雨橙色预警信号。", instruction="暴雨橙色预警信号期间勿外出。"
    )
    assert [each["element"] for each in wrong_terms(told, EVENTS, "government")] == [
        "alert/info[1]/description",
        "alert/info[1]/instruction",
    ]
    over = replace(told.infos[0], response_types=("AllClear",), urgency="Past")
    assert list(wrong_terms(replace(told, infos=(over,)), EVENTS, "government")) == []


def test_whatever_the_table_holds_every_unit_has_a_word_for_it() -> None:
    for event in EVENTS:
        for kind in EVENTS.kinds:
            terms = terms_of(event, kind)
            assert terms
            assert "预警信号" not in terms or kind == "meteorological"
            assert set(terms) <= {*event.terms, "预警", "警报"}


def test_a_part_that_lacks_a_language_other_parts_have_is_told_and_a_whole_one_is_not() -> None:
    one = alert("暴雨", "暴雨橙色预警").infos[0]
    english = replace(one, language="en", event="Rainstorm", headline="Orange rainstorm warning")
    elsewhere = replace(one, areas=(area("城口县", "500229000000"),))
    whole = alert("暴雨", "")
    (found,) = missing_languages(sections_of(replace(whole, infos=(one, english, elsewhere))))
    assert found["rule"] == "missing-language-of-part"
    assert found["values"] == {"section": 2, "place": "城口县", "language": "en"}
    there = replace(english, areas=elsewhere.areas, headline="Orange rainstorm warning for Chengkou")
    assert missing_languages(sections_of(replace(whole, infos=(one, english, elsewhere, there)))) == []
    assert missing_languages(sections_of(replace(whole, infos=(one,)))) == []
