"""Every form is composed once: per channel and language, within its medium's bounds, with the text as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from approvals.level import Level
from channels.media.registry import MEDIA
from channels.media.sms import SMS
from channels.medium import Medium
from channels.message import Form
from channels.text import SegmentRule, segments
from hub.alert.alert import Alert, Area, Info, MsgType, Scope, Status
from hub.compose.compose import Composition, compose, form_for
from hub.errors import Invalid
from hub.formats.cap.repair_info import STAND_IN_AREA
from templates.catalog import Catalog, Copy
from templates.check import check
from tests.media import CHANNEL_MEDIA

CATALOG = Catalog()
EVERY = ("sms", "voice", "email", "wecom", "broadcast", "partners")
SENT = datetime(2026, 7, 1, 18, 30, tzinfo=timezone(timedelta(hours=8)))
GATHER = "https://hub.example/hooks/voice?gather=1"
CAP = '<?xml version="1.0" encoding="UTF-8"?><alert>雨 🌧️</alert>'.encode()
ZH = Info(
    "暴雨",
    "Immediate",
    "Severe",
    "Observed",
    ("Met",),
    "zh-CN",
    headline="渝北区气象台发布暴雨橙色预警",
    description="预计未来3小时降雨量将达５０毫米以上🌧️。",
    instruction="请远离河道。请勿外出。",
    sender_name="渝北区应急管理局",
    expires=SENT + timedelta(hours=6),
    areas=(Area("渝北区"), Area("江北区")),
)
EN = replace(
    ZH,
    language="en-US",
    event="Rainstorm",
    headline="Orange rainstorm warning",
    description="Heavy rain.",
    instruction="Stay away from rivers.",
    sender_name="Yubei Bureau",
)
HE = replace(
    ZH,
    language="he",
    event="גשם",
    headline="אזהרת גשם",
    description="צפוי גשם כבד.",
    instruction="הישארו בבית.",
    sender_name="הלשכה",
)
TIMES = "7月1日18时30分发布，有效期至7月2日0时30分"
AFFECTED = "影响范围：渝北区、江北区"
ALERT = Alert("urn:oid:1", "cq.example", SENT, Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC, infos=(ZH, EN, HE))


def composed(alert: Alert = ALERT, *channels: str, level: Level = Level.ORANGE) -> tuple[Form, ...]:
    return compose(Composition(alert, level, CAP, CATALOG, CHANNEL_MEDIA, {"voice": GATHER}), channels or EVERY)


def refusal(alert: Alert, *channels: str, gather_url: str = GATHER) -> Invalid:
    with pytest.raises(Invalid) as caught:
        compose(Composition(alert, Level.RED, CAP, CATALOG, CHANNEL_MEDIA, {"voice": gather_url}), channels)
    return caught.value


def test_there_is_one_form_per_channel_and_language_and_one_for_channels_that_carry_all() -> None:
    pairs = [(form.channel, form.language) for form in composed()]
    addressed = [(channel, tag) for channel in ("sms", "voice", "email", "wecom") for tag in ("zh-CN", "en-US", "he")]
    assert pairs == [*addressed, ("broadcast", "zh-CN"), ("partners", "zh-CN")]


def test_a_channel_named_twice_is_composed_once() -> None:
    assert len(composed(ALERT, "sms", "sms")) == 3


def test_broadcast_carries_the_cap_byte_for_byte_and_partners_carry_it_whole() -> None:
    broadcast, partners = composed(ALERT, "broadcast", "partners")
    assert broadcast.body.encode() == CAP
    assert json.loads(partners.body)["data"]["cap"].encode() == CAP


@pytest.mark.parametrize("info", [ZH, EN, HE])
def test_case_34_every_text_arrives_unchanged_in_every_medium(info: Info) -> None:
    for form in composed(replace(ALERT, infos=(info,)), "sms", "voice", "email", "wecom"):
        body = "".join(etree.fromstring(form.body.encode()).itertext()) if form.channel == "voice" else form.body
        for text in (info.headline, info.description.rstrip("。."), info.instruction.rstrip("。.")):
            assert text in body, (form.channel, text)


def test_segments_and_seconds_are_those_of_the_text_that_is_sent() -> None:
    sms, voice = composed(replace(ALERT, infos=(replace(ZH, description=ZH.description * 2),)), "sms", "voice")
    assert sms.segments == segments(sms.body, SegmentRule.CHINESE).segments == 2
    assert voice.seconds > 0
    assert (sms.seconds, voice.segments) == (0, 0)


def test_the_key_pressed_is_reported_to_the_address_given_with_the_language_of_the_thanks() -> None:
    (form,) = composed(replace(ALERT, infos=(HE,)), "voice")
    gather = etree.fromstring(form.body.encode()).find("Gather")
    assert gather.get("action") == f"{GATHER}&language=he"
    assert (gather.find("Say").get("language"), gather.get("numDigits")) == ("he-IL", "1")


@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
def test_an_exercise_is_marked_at_the_head_of_what_people_get(status: Status) -> None:
    marks = {Status.EXERCISE: ("【演练】", "[EXERCISE] ", "[תרגיל] "), Status.TEST: ("【测试】", "[TEST] ", "[בדיקה] ")}
    forms = composed(replace(ALERT, status=status), "sms", "wecom")
    for form, mark in zip(forms, marks[status] * 2, strict=True):
        assert form.body.startswith(mark)


def test_the_mark_of_an_exercise_survives_any_shortening() -> None:
    long = replace(ZH, description="很长。" * 2000, instruction="也很长，没有句号" * 500)
    for form in composed(replace(ALERT, status=Status.EXERCISE, infos=(long,)), "sms", "voice", "wecom"):
        assert "【演练】" in form.body


def test_a_long_text_becomes_headline_and_whole_sentences_of_the_instruction() -> None:
    long = replace(ZH, description="雨很大。" * 200, instruction="请远离河道。" * 5 + "不要外出。" * 100)
    (form,) = composed(replace(ALERT, infos=(long,)), "sms")
    assert form.body.startswith(f"【渝北区应急管理局】{ZH.headline}。{AFFECTED}。{TIMES}。请远离河道。请远离河道。")
    assert form.body.endswith("。")
    assert "雨很大" not in form.body
    assert 2 <= form.segments <= SMS.most


def test_without_an_instruction_the_first_sentences_of_the_description_are_kept() -> None:
    long = replace(ZH, description="雨很大。" * 200, instruction="")
    (form,) = composed(replace(ALERT, infos=(long,)), "sms")
    assert "雨很大。雨很大。" in form.body
    assert form.segments <= SMS.most


def test_several_blocks_of_one_language_are_one_message_with_all_their_areas() -> None:
    second = replace(ZH, language="ZH-cn", areas=(Area("南岸区"), Area("渝北区")), description="另有大风。")
    email, partners = composed(replace(ALERT, infos=(ZH, second)), "email", "partners")
    assert "渝北区、江北区、南岸区" in email.text
    assert "大风" in email.body
    assert json.loads(partners.body)["data"]["area"] == "渝北区、江北区、南岸区"


def test_however_short_an_update_gets_the_place_where_it_ended_is_told_so_and_never_a_level_instead() -> None:
    """The shortest text names place, event and level: of a warning that is over it said "Blue warning" once."""
    over = replace(
        ZH,
        severity="Minor",
        urgency="Past",
        response_types=("AllClear",),
        headline="渝北区气象台7月1日18时30分解除暴雨红色预警信号。",
        areas=(Area("江北区"),),
    )
    where = replace(ZH, areas=(Area("渝北区"),), instruction="请远离河道和低洼地带。" * 9)
    long = replace(ZH, severity="Moderate", areas=(Area("南岸区"),), headline="南岸区暴雨预警，" * 20, description="")
    alert, lengths = replace(ALERT, msg_type=MsgType.UPDATE, infos=(where, over, long)), set()
    for segments_allowed in range(2, 12):
        media = {"sms": replace(SMS, most=segments_allowed)}
        work = Composition(alert, Level.ORANGE, CAP, CATALOG, media)
        [text] = [form.body for form in compose(work, ["sms"])]
        assert f"江北区：{over.headline}" in text
        assert "蓝色" not in text
        lengths.add(len(text))
    assert len(lengths) > 2, "it was shortened in several ways"


def spoken(*infos: Info) -> dict[tuple[str, str], str]:
    """What is read in a text message and heard in a call, by channel and language."""
    forms = composed(replace(ALERT, infos=infos), "sms", "voice")
    return {(form.channel, form.language): form.text or form.body for form in forms}


def test_text_message_and_call_state_the_area_that_the_texts_do_not_name() -> None:
    told = spoken(ZH, replace(EN, areas=(Area("Yubei"), Area("Jiangbei"))), HE)
    for channel in ("sms", "voice"):
        assert told[channel, "zh-CN"].count(f"{AFFECTED}。") == 1
        assert told[channel, "en-US"].count("Area: Yubei, Jiangbei. ") == 1
        assert told[channel, "he"].count("渝北区, 江北区") == 1


def test_without_the_sentence_no_text_message_or_call_names_the_area(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr("templates.catalog.area_text", lambda *_: "")
    assert not any("江北区" in text for text in spoken(ZH, EN, HE).values())


@pytest.mark.parametrize("part", ["headline", "description", "instruction"])
def test_an_area_that_the_texts_name_is_not_stated_again(part: str) -> None:
    named = replace(ZH, **{part: "渝北区、江北区有暴雨，请当心。"})
    assert not any("影响范围" in text for text in spoken(named).values())


def test_the_word_that_stands_in_for_a_missing_name_is_no_area() -> None:
    nameless = replace(ZH, areas=(Area(STAND_IN_AREA),))
    assert not any("影响范围" in text for text in spoken(nameless).values())


def test_the_name_of_an_issuer_names_no_area() -> None:
    """Its warning may be for one township of its county."""
    county = replace(ZH, headline="渝北区气象台发布暴雨橙色预警", sender_name="渝北区气象台", areas=(Area("渝北区"),))
    assert all("影响范围：渝北区。" in text for text in spoken(county).values())


def test_many_areas_are_counted_before_anything_of_the_warning_is_left_out() -> None:
    many = replace(ZH, headline="暴雨橙色预警", areas=tuple(Area(f"第{n}街道办事处辖区") for n in range(1, 61)))
    [text] = [text for (channel, _), text in spoken(many).items() if channel == "sms"]
    assert "影响范围：第1街道办事处辖区、" in text
    assert "及另外" in text
    assert many.description.rstrip("。") in text
    assert segments(text, SegmentRule.CHINESE).segments <= SMS.most


def test_what_is_passed_on_uncut_counts_its_areas_rather_than_be_refused() -> None:
    full = replace(ZH, description="雨很大。" * 45, areas=tuple(Area(f"第{n}街道办事处辖区") for n in range(1, 61)))
    work = Composition(replace(ALERT, infos=(full,)), Level.ORANGE, CAP, CATALOG, CHANNEL_MEDIA, uncut=True)
    [form] = compose(work, ("sms",))
    assert full.description.rstrip("。") in form.body
    assert form.segments <= SMS.most


def test_one_long_name_of_an_area_is_cut_and_never_left_out() -> None:
    long = replace(ZH, headline="暴雨橙色预警", areas=(Area("渝北区沿江各村" * 60),))
    assert all("影响范围：渝北区沿江各村" in text and ZH.instruction[:5] in text for text in spoken(long).values())


def test_under_any_bounds_the_area_is_there_as_long_as_anything_beside_the_headline_is() -> None:
    long = replace(ZH, headline="暴雨橙色预警" * 40, description="雨很大。" * 200, areas=(Area("江北区"),))
    [text] = [text for (channel, _), text in spoken(long).items() if channel == "sms"]
    assert "影响范围：江北区。" in text


def test_each_of_several_areas_stands_with_its_own_passage_and_not_twice() -> None:
    other = replace(ZH, areas=(Area("江北区"),), headline="暴雨黄色预警", severity="Moderate")
    first = replace(ZH, areas=(Area("渝北区"),), headline="暴雨橙色预警")
    [text] = [text for (channel, _), text in spoken(first, other).items() if channel == "sms"]
    assert (text.count("渝北区："), text.count("江北区："), "影响范围" in text) == (1, 1, False)


def test_typographic_quotes_do_not_double_the_price_of_a_message() -> None:
    quoted = replace(EN, headline="Storm – “don’t wait”", instruction="Stay in.", areas=(Area("Yubei"),))
    (form,) = composed(replace(ALERT, infos=(quoted,)), "sms")
    assert 'Storm - "don\'t wait"' in form.body
    assert form.segments == 1


def test_a_text_that_needs_unicode_anyway_keeps_its_quotes() -> None:
    (form,) = composed(replace(ALERT, infos=(replace(EN, headline="“雨”"),)), "sms")
    assert "“雨”" in form.body


def test_a_cancel_is_told_by_its_blocks_and_not_by_its_note_which_is_in_one_language_only() -> None:
    lifted = "渝北区应急管理局7月1日18时30分解除暴雨橙色预警。"
    block = replace(ZH, headline=lifted, description="降雨已停止。", instruction="", severity="Minor")
    cancel = replace(ALERT, msg_type=MsgType.CANCEL, note="the rain has stopped", infos=(block,))
    (form,) = composed(cancel, "sms")
    assert form.body == f"【渝北区应急管理局】{lifted}涉及区域：渝北区、江北区。降雨已停止。"


LIFTED = (
    replace(ZH, headline="渝北区应急管理局7月1日18时30分解除暴雨橙色预警。", description="", severity="Minor"),
    replace(
        EN, headline="Bureau lifted the orange warning.", areas=(Area("Yubei"), Area("Jiangbei")), severity="Minor"
    ),
    replace(HE, headline="האזהרה הסתיימה", severity="Minor"),
)


def ended(*infos: Info) -> dict[tuple[str, str], str]:
    """What is read in a text message and heard in a call that ends it, by channel and language."""
    forms = composed(replace(ALERT, msg_type=MsgType.CANCEL, infos=infos), "sms", "voice")
    return {(form.channel, form.language): form.text or form.body for form in forms}


def test_an_end_states_the_area_that_the_texts_do_not_name() -> None:
    told = ended(*LIFTED)
    for channel in ("sms", "voice"):
        assert told[channel, "zh-CN"].count("涉及区域：渝北区、江北区。") == 1
        assert told[channel, "en-US"].count("Area: Yubei, Jiangbei.") == 1
        assert told[channel, "he"].count("渝北区, 江北区") == 1
    traditional = ended(replace(LIFTED[0], language="zh-HK"))
    assert all("涉及區域：渝北区、江北区。" in text for text in traditional.values())
    named = replace(LIFTED[0], description="渝北区、江北区的降雨已停止。")
    assert not any("涉及区域" in text for text in ended(named).values())


def test_without_the_sentence_no_end_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out."""
    monkeypatch.setattr("templates.catalog.area_text", lambda *_: "")
    assert not any("江北区" in text for text in ended(*LIFTED).values())


def test_the_note_of_a_first_alert_is_not_told_to_the_public() -> None:
    assert "internal" not in "".join(form.body for form in composed(replace(ALERT, note="internal")))


def test_the_same_alert_composes_to_the_same_digests() -> None:
    assert [form.digest for form in composed()] == [form.digest for form in composed()]


def test_what_cannot_be_composed_is_refused_by_name() -> None:
    assert refusal(replace(ALERT, msg_type=MsgType.ACK), "sms").rule == "msg-type"
    assert refusal(ALERT).rule == "no-channel"
    assert refusal(ALERT, "sms", "fax").place == "channels: fax"
    assert refusal(replace(ALERT, infos=()), "sms").rule == "no-info"
    assert refusal(replace(ALERT, infos=(), msg_type=MsgType.CANCEL, note="All clear."), "sms").rule == "no-info"
    for address in ("", "/hooks/voice"):
        assert refusal(ALERT, "voice", gather_url=address).rule == "gather-url"


def test_case_5_an_update_is_held_to_the_same_bounds_as_an_alert() -> None:
    long = replace(ZH, headline="长" * 600, description="雨" * 5000, instruction="水" * 5000, sender_name="局" * 150)
    for kind in (MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL):
        for form in composed(replace(ALERT, msg_type=kind, infos=(long,)), "sms", "voice", "wecom"):
            assert not CHANNEL_MEDIA[form.channel].excess(form)


def test_the_templates_own_words_fit_every_medium() -> None:
    files = {name: medium.templates for name, medium in MEDIA.items() if medium.templates.body}
    assert list(check(CATALOG, files, lambda name, copy: _excess(MEDIA[name], copy))) == []


def _excess(medium: Medium, copy: Copy) -> str:
    return medium.excess(Form(medium.name, "zh", copy.body, copy.subject, copy.text))


TEXTS = st.text(st.characters(), max_size=400)
INFOS = st.builds(
    lambda tag, event, headline, description, instruction, sender: replace(
        ZH,
        language=tag,
        event=event,
        headline=headline,
        description=description * 3,
        instruction=instruction * 3,
        sender_name=sender,
    ),
    st.sampled_from(["zh", "zh-TW", "en-US", "he", "fr-CA", "mn", "x-klingon"]),
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
    TEXTS,
)


@given(st.lists(INFOS, min_size=1, max_size=3), st.sampled_from([MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL]))
def test_any_alert_at_all_composes_to_forms_every_provider_can_take(infos: list[Info], kind: MsgType) -> None:
    alert = replace(ALERT, msg_type=kind, infos=tuple(infos))
    forms = composed(alert)
    assert {form.language for form in forms if form.channel == "sms"} == set(alert.languages)
    for form in forms:
        form.body.encode()  # no lone surrogate
        assert not CHANNEL_MEDIA[form.channel].excess(form)
        if form.channel == "voice":
            etree.fromstring(form.body.encode())
        if form.channel == "partners":
            json.loads(form.body)
        assert "\n" not in form.subject


def form(channel: str, language: str) -> Form:
    return Form(channel, language, f"{channel} {language}")


def test_a_person_gets_the_exact_tag_then_the_language_then_the_first_of_the_alert() -> None:
    forms = [form("email", "fr"), form("sms", "zh-CN"), form("sms", "zh-TW"), form("sms", "en-US")]
    assert form_for(forms, "sms", "zh-tw").language == "zh-TW"
    assert form_for(forms, "sms", "zh").language == "zh-CN"
    assert form_for(forms, "sms", "en-GB").language == "en-US"
    assert form_for(forms, "sms", "fr").language == "zh-CN"
    assert form_for(forms, "email", "zh").language == "fr"


def test_a_channel_without_forms_has_none_to_give() -> None:
    with pytest.raises(LookupError, match="voice"):
        form_for([form("sms", "zh")], "voice", "zh")


def test_a_warning_that_begins_later_says_from_when_in_every_form_of_every_channel_and_language() -> None:
    later = SENT + timedelta(hours=5, minutes=13)
    for times in ({"effective": later}, {"onset": later}, {"effective": SENT + timedelta(hours=1), "onset": later}):
        alert = replace(ALERT, infos=tuple(replace(info, **times) for info in ALERT.infos))
        for form in composed(alert, *(channel for channel in EVERY if channel != "broadcast")):
            spelt = (f"{later.hour}时{later.minute}分", f"{later:%H:%M}", later.isoformat())
            for text in (form.body, form.text):
                assert not text or any(each in text for each in spelt), (form.channel, form.language, times)


def test_a_beginning_that_is_not_ahead_of_its_issue_is_not_told() -> None:
    for times in ({"onset": SENT}, {"onset": SENT - timedelta(hours=3)}, {"effective": SENT}):
        alert = replace(ALERT, infos=tuple(replace(info, **times) for info in ALERT.infos))
        assert composed(alert) == composed()


def test_the_area_line_of_a_whole_form_of_two_levels_names_the_places_of_the_level_it_leads_with() -> None:
    yellow = replace(ZH, severity="Moderate", headline="渝北区气象台发布暴雨黄色预警", areas=(Area("巫山县"),))
    [form] = composed(replace(ALERT, infos=(ZH, yellow)), "email")
    [line] = [line for line in form.text.splitlines() if line.startswith("影响范围：")]
    assert "渝北区、江北区" in line
    assert "巫山县" not in line
    assert "巫山县" in form.text  # under its own place, with its own level


def test_a_headline_that_begins_with_its_issuer_is_put_after_its_place() -> None:
    by = replace(ZH, sender_name="巫山县气象台")
    here = replace(by, headline="巫山县气象台发布暴雨红色预警", severity="Extreme")
    there = replace(by, headline="巫山县气象台发布暴雨黄色预警", severity="Moderate", areas=(Area("巫山县"),))
    for form in composed(replace(ALERT, infos=(here, there)), "sms", "voice"):
        assert "巫山县：巫山县气象台发布暴雨黄色预警" in form.body


def test_a_headline_that_begins_with_its_place_is_not_put_after_that_place_again() -> None:
    there = replace(ZH, headline="巫山县暴雨黄色预警", severity="Moderate", areas=(Area("巫山县"),))
    for form in composed(replace(ALERT, infos=(ZH, there)), "sms", "email"):
        assert "巫山县：巫山县" not in form.body
        assert "巫山县暴雨黄色预警" in form.body
