"""An all-clear reads as one, wherever it is read: what ended and why is said, and nothing of the danger as if it held."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.alert.alert import Alert, Info, MsgType, cap_time
from hub.alert.views import AlertView
from hub.configuration import TEMPLATES_DIR
from hub.dossier.ending import Ending
from hub.drafting import cancellation
from hub.errors import Invalid
from hub.formats.cap.check import check
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, BRIDGE, Cast, Town
from tests.stories.warnings import alert_of, because, cancel_of

LIFTED_ZH = "城口县气象台7月12日14时30分解除暴雨红色预警信号。"
LIFTED_EN = "Chengkou Observatory lifted the red rainstorm warning at 14:30 UTC+08:00 on 12 July."
WITHDRAWN_ZH = "城口县气象台7月12日14时30分撤销暴雨红色预警信号。"
WARNED = datetime(2027, 7, 12, 6, 0, tzinfo=UTC)
ENDED = datetime(2027, 7, 12, 6, 30, tzinfo=UTC)
ALL = ("sms", "voice", "email", "wecom", "partners")
#: a colour or a grade where it would be read as a level
LEVEL = re.compile(r"红色|橙色|黄色|蓝色|I级|\b(?:red|orange|yellow|blue)\b|Extreme|Severe|Moderate", re.IGNORECASE)


def rain(now: datetime, identifier: str = "rain", **changes: object) -> Alert:
    """A red warning of the county's observatory, in two languages, each with a danger and an advice of its own."""
    alert = alert_of(now, identifier, BAOTA, severity="Extreme", **changes)
    chinese, english = alert.infos
    chinese = replace(chinese, headline="城口县气象台发布暴雨红色预警信号", sender_name="城口县气象台")
    english = replace(english, headline="Red rainstorm warning", sender_name="Chengkou Observatory")
    return replace(alert, infos=(chinese, english))


async def warned(town: Town, alert: Alert | None = None, **plan: object) -> AlertView:
    town.clock.advance((WARNED - town.clock.now()).total_seconds())
    view = await town.warns(write(alert or rain(town.clock.now())), **(plan or {"channels": ("sms",)}))
    await town.rests()
    town.clock.advance((ENDED - town.clock.now()).total_seconds())
    return view


async def ends(town: Town, view: AlertView, *asked: object, **notes: str) -> AlertView:
    request = because(*(asked or ("降雨已经减弱。",)), **notes)
    draft = await town.hub.drafting.cancel(town.officials["author"], view.id, request)
    return await town.releases(await town.approves(await town.submits(draft)))


async def cap_of(town: Town, view: AlertView) -> Alert:
    """What the hub emits of it, in which our own rules find nothing wrong."""
    alert = read(await town.hub.alerts.cap(view.id)).alert
    assert alert is not None
    assert [finding for finding in check(alert) if finding.level == "error"] == []
    return alert


async def forms_of(town: Town, view: AlertView) -> dict[tuple[str, str], str]:
    """What is read or heard, by channel and language."""
    found = {}
    for form in await town.hub.alerts.forms(view.id):
        said = json.loads(form.body)["data"]["title"] if form.channel == "partners" else form.text or form.body
        found[form.channel, form.language] = f"{form.subject}\n{said}"
    return found


@pytest.fixture
async def wide(settle) -> Town:
    return await settle(Cast(channels=ALL))


async def test_the_sentence_stands_in_every_form_and_the_level_nowhere_else(wide: Town) -> None:
    lifted = await ends(wide, await warned(wide, channels=ALL))
    forms = await forms_of(wide, lifted)
    assert {channel for channel, _ in forms} == set(ALL)
    for (channel, language), said in forms.items():
        sentence = LIFTED_EN if language == "en-US" else LIFTED_ZH
        assert sentence in said, (channel, language)
        assert not LEVEL.search(said.replace(sentence, "")), (channel, language, said)
        assert not re.search("有效期|in force until", said, re.IGNORECASE), (channel, language)


async def test_no_form_and_no_element_repeats_the_danger_or_the_advice(wide: Town) -> None:
    lifted = await ends(wide, await warned(wide, channels=ALL))
    document = (await wide.hub.alerts.cap(lifted.id)).decode()
    said = [*(await forms_of(wide, lifted)).values(), *[each.body for each in await wide.hub.alerts.forms(lifted.id)]]
    for danger in ("50毫米", "50 mm", "低洼", "low ground"):
        assert danger not in document
        assert not any(danger in each for each in said)


async def test_neither_text_promises_that_it_is_safe_or_calls_anybody_home(wide: Town) -> None:
    flood = await warned(wide, channels=ALL)
    for ending in Ending:
        request = because("", ending, zh="见通报", en="See the bulletin.")
        draft = await wide.submits(await wide.hub.drafting.cancel(wide.officials["author"], flood.id, request))
        for said in (await forms_of(wide, draft)).values():
            assert not re.search(r"安全|回家|返回家|\bsafe|go home|return home", said, re.IGNORECASE)


async def test_a_language_without_a_note_is_told_the_templates_words_and_never_those_of_another(town: Town) -> None:
    lifted = await ends(town, await warned(town), "降雨已经减弱。")
    forms = await forms_of(town, lifted)
    assert "降雨已经减弱。" in forms["sms", "zh-CN"]
    assert "It no longer applies." in forms["sms", "en-US"]
    assert "danger" not in forms["sms", "en-US"]  # nobody said in English that it is over
    assert not re.search("[\u4e00-\u9fff]", forms["sms", "en-US"])


def test_what_the_templates_say_of_an_end_claims_no_more_than_that_the_warning_holds_no_longer() -> None:
    for language, words in tomllib.loads((TEMPLATES_DIR / "words.toml").read_text(encoding="utf-8")).items():
        for key in (key for key in words if key.startswith("lifted_reason")):
            assert not re.search(r"[险險]|结束|結束|danger|over\b|passed|safe", words[key]), (language, key)


async def test_a_note_by_language_is_told_in_its_own(town: Town) -> None:
    lifted = await ends(town, await warned(town), "", zh="雨停了。", en="The rain has stopped.")
    forms = await forms_of(town, lifted)
    assert ("雨停了。" in forms["sms", "zh-CN"], "The rain has stopped." in forms["sms", "en-US"]) == (True, True)
    assert "rain has" not in forms["sms", "zh-CN"]


async def test_a_note_in_a_language_the_warning_has_not_is_refused_by_name(town: Town) -> None:
    flood = await warned(town)
    with pytest.raises(Invalid) as refused:
        await town.hub.drafting.cancel(town.officials["author"], flood.id, because("", fr="La pluie a cessé."))
    assert (refused.value.rule, refused.value.place) == ("note-language", "notes")


async def test_a_note_that_names_a_level_however_it_is_written_is_refused(town: Town) -> None:
    flood = await warned(town)
    for note in (
        "红色预警不再有效",
        "赤色預警已过",
        "暴雨一级预警结束",
        "🔴预警结束",
        "白色预警结束",
        "预警由红降为黄色",
        "r\u0435d warning",
    ):
        with pytest.raises(Invalid) as refused:
            await town.hub.drafting.cancel(town.officials["author"], flood.id, because(note))
        assert (refused.value.rule, refused.value.place) == ("all-clear-level", "note"), note


async def test_a_note_may_say_how_the_water_stands_and_which_response_ends(town: Town) -> None:
    note = "雨停了，水位退至二级警戒以下，防汛Ⅳ级应急响应终止。"
    lifted = await ends(town, await warned(town), note)
    assert note in (await forms_of(town, lifted))["sms", "zh-CN"]


async def test_a_note_that_calls_people_home_is_shown_to_the_signers(town: Town) -> None:
    flood = await warned(town)
    request = because("大家可以回家了。")
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, request)
    [finding] = [each for each in draft.findings if each["rule"] == "all-clear-promise"]
    assert finding["values"] == {"language": "zh-CN", "said": "回家"}


async def test_a_note_that_says_the_danger_goes_on_is_shown_to_the_signers(town: Town) -> None:
    flood = await warned(town)
    request = because("降雨仍在持续，请继续转移。")
    draft = await town.submits(await town.hub.drafting.cancel(town.officials["author"], flood.id, request))
    found = [each for each in draft.findings if each["rule"] == "all-clear-contradicted"]
    assert [each["values"]["said"] for each in found] == ["仍在持续", "请继续转移"]
    assert {(each["element"], each["level"]) for each in found} == {("alert/note", "advice")}


async def test_a_file_that_says_the_danger_goes_on_is_shown_too(town: Town) -> None:
    first = rain(WARNED)
    await warned(town, first)
    file = replace(cancel_of(first, town.clock.now(), "rain.end"), note="水位仍在上涨。")
    draft = await town.drafts(write(file), channels=("sms",))
    assert [each["values"] for each in draft.findings if each["rule"] == "all-clear-contradicted"] == [
        {"said": "仍在上涨"}
    ]


async def test_it_is_the_reading_of_the_reason_that_shows_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: the signers are shown nothing."""
    monkeypatch.setattr(cancellation, "dangers_that_go_on", lambda reason: ())
    flood = await warned(town)
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("降雨仍在持续。"))
    assert "all-clear-contradicted" not in {each["rule"] for each in draft.findings}


async def test_what_was_issued_in_error_is_withdrawn_and_no_danger_is_said_to_be_over(wide: Town) -> None:
    back = await ends(wide, await warned(wide, channels=ALL), "", Ending.ISSUED_IN_ERROR, en="A test was sent as real.")
    forms = await forms_of(wide, back)
    assert all(WITHDRAWN_ZH in said for (_, language), said in forms.items() if language == "zh-CN")
    assert not any("解除" in said or "不再有效" in said for said in forms.values())
    assert "该预警系误发" in forms["sms", "zh-CN"]
    assert "withdrew the red rainstorm warning" in forms["sms", "en-US"]


@pytest.mark.parametrize(
    ("ending", "responses", "certainty"),
    [(Ending.LIFTED, ("AllClear",), "Observed"), (Ending.ISSUED_IN_ERROR, ("None",), "Unlikely")],
)
async def test_its_cap_says_that_it_is_past_and_minor(
    town: Town, ending: Ending, responses: tuple[str, ...], certainty: str
) -> None:
    alert = await cap_of(town, await ends(town, await warned(town), "雨停了。", ending))
    assert alert.msg_type is MsgType.CANCEL
    for info in alert.infos:
        scales = (info.response_types, info.urgency, info.severity, info.certainty)
        assert scales == (responses, "Past", "Minor", certainty)
        assert (info.effective, info.onset) == (None, None)
        assert not LEVEL.search(f"{info.description}{info.instruction}")


async def test_its_severity_does_not_weaken_who_must_sign_for_it(town: Town) -> None:
    flood = await warned(town)
    wanted = {step.step: step.wanted for step in (await town.submits(await town.drafts(write(blue(town))))).steps}
    draft = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("雨停了。"))
    lifting = await town.submits(draft)
    assert (lifting.level, {step.step: step.wanted for step in lifting.steps}) == ("red", {"review": 1, "sign": 2})
    assert sum(wanted.values()) < 3  # what a message of its own severity would want


def blue(town: Town) -> Alert:
    return alert_of(town.clock.now(), "blue", BAOTA, severity="Minor", headline="暴雨蓝色预警")


async def test_a_cancel_file_with_references_only_is_told_whole(town: Town) -> None:
    first = rain(WARNED)
    await warned(town, first)
    file = replace(cancel_of(first, town.clock.now(), "rain.end"), infos=(), note="")
    lifted = await town.warns(write(file), channels=("sms",))
    assert LIFTED_ZH in (await forms_of(town, lifted))["sms", "zh-CN"]
    assert LIFTED_EN in (await forms_of(town, lifted))["sms", "en-US"]
    alert = await cap_of(town, lifted)
    assert ([info.language for info in alert.infos], lifted.level) == (["zh-CN", "en-US"], "red")
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_a_cancel_file_that_repeats_the_warning_is_told_as_an_all_clear(town: Town) -> None:
    first = rain(WARNED)
    await warned(town, first)
    file = replace(cancel_of(first, town.clock.now(), "rain.end"), note="雨停了。")
    draft = await town.drafts(write(file), channels=("sms",))
    assert [each["rule"] for each in draft.findings].count("all-clear-repeats") == 2
    alert = await cap_of(town, draft)
    assert [info.description for info in alert.infos] == ["雨停了。", "It no longer applies."]
    assert {info.severity for info in alert.infos} == {"Minor"}


async def test_a_cancel_file_says_why_in_a_description_of_its_own(town: Town) -> None:
    first = rain(WARNED)
    await warned(town, first)
    file = cancel_of(first, town.clock.now(), "rain.end")
    said = (
        replace(file.infos[0], description="雨带已经东移。"),
        replace(file.infos[1], description="The rain moved on."),
    )
    alert = await cap_of(town, await town.drafts(write(replace(file, infos=said, note="")), channels=("sms",)))
    assert [info.description for info in alert.infos] == ["雨带已经东移。", "The rain moved on."]


async def test_a_cancel_file_after_the_warning_expired_is_no_late_message(town: Town) -> None:
    first = rain(WARNED)
    await warned(town, first)
    town.clock.advance(7 * 3600)
    file = cancel_of(first, town.clock.now(), "rain.end")
    later = tuple(replace(info, expires=file.sent + timedelta(hours=1)) for info in file.infos)
    stale = write(replace(file, infos=later)).replace(
        cap_time(later[0].expires).encode(), cap_time(first.expires).encode()
    )
    draft = await town.drafts(stale, channels=("sms",))
    assert draft.expires_at == town.clock.now() + timedelta(hours=24)


async def test_a_cancel_file_that_states_no_end_asks_nothing_and_lifts(town: Town) -> None:
    first = rain(WARNED)
    flood = await warned(town, first)
    file = cancel_of(first, town.clock.now(), "rain.end")
    endless = tuple(replace(info, effective=None, onset=None, expires=None, severity="Unknown") for info in file.infos)
    lifted = await town.warns(write(replace(file, infos=endless), unsettled=PERIOD_RULES), channels=("sms",))
    assert lifted.questions == ()
    assert (await town.hub.alerts.get(flood.id)).stage == "cancelled"
    assert all(info.severity == "Minor" for info in (await cap_of(town, lifted)).infos)


async def test_a_draft_nobody_decided_on_stands_in_no_officials_way(town: Town) -> None:
    first = rain(WARNED)
    flood = await warned(town, first)
    await town.drafts(write(cancel_of(first, town.clock.now(), "rain.cancel.1")), channels=("sms",))
    lifted = await ends(town, flood, "雨停了。")
    assert (lifted.stage, (await town.hub.alerts.get(flood.id)).stage) == ("released", "cancelled")


async def test_it_leaves_the_feed_a_day_after_it_was_sent_and_has_no_level_there(town: Town) -> None:
    lifted = await ends(town, await warned(town))
    [entry] = await town.hub.alerts.public(10)
    assert (entry.id, entry.headline, entry.level) == (lifted.id, LIFTED_ZH, "")
    town.clock.advance(24 * 3600 - 1)
    assert [each.id for each in await town.hub.alerts.public(10)] == [lifted.id]
    town.clock.advance(1)
    assert not await town.hub.alerts.public(10)


async def test_who_was_told_to_leave_is_not_told_to_come_back_by_it(town: Town) -> None:
    alert = rain(WARNED)
    leave = replace(alert.infos[0], instruction="请立即转移到高处。")
    flood = await warned(town, replace(alert, infos=(leave, alert.infos[1])))
    forms = await forms_of(town, await ends(town, flood))
    assert forms["sms", "zh-CN"].endswith("已转移人员何时返回，以当地政府通知为准。")
    assert "wait for the local authorities to say when you may return" in forms["sms", "en-US"]


async def test_other_warnings_in_force_there_are_said_under_the_names_of_their_places(town: Town) -> None:
    flood = await warned(town)
    gale = alert_of(town.clock.now(), "gale", BRIDGE, severity="Severe")
    wind = replace(
        gale.infos[0],
        event="大风",
        sender_name="城口县气象台",
        areas=(replace(gale.infos[0].areas[0], description="桥镇"),),
    )
    await town.warns(write(replace(gale, infos=(wind,))), channels=("sms",))
    forms = await forms_of(town, await ends(town, flood))
    at = gale.sent
    issued = f"城口县气象台{at.month}月{at.day}日{at.hour}时{at.minute:02d}分发布的"
    assert forms["sms", "zh-CN"].endswith(f"以下预警仍然有效：{issued}桥镇大风橙色预警信号。")
    assert forms["sms", "en-US"].endswith("Other warnings still in force: 1.")


async def test_what_holds_elsewhere_or_no_more_is_not_said_beside_it(town: Town) -> None:
    flood = await warned(town)
    over = await town.warns(write(alert_of(town.clock.now(), "gale", BRIDGE)), channels=("sms",))
    await town.cancels(over)
    await town.warns(write(alert_of(town.clock.now(), "far", "610625000000")), channels=("sms",))
    tomorrow = alert_of(town.clock.now(), "later", BRIDGE, lasts=timedelta(hours=40))
    onset = tomorrow.sent + timedelta(hours=20)
    later = tuple(replace(info, effective=onset, onset=onset) for info in tomorrow.infos)
    await town.warns(write(replace(tomorrow, infos=later)), channels=("sms",))
    forms = await forms_of(town, await ends(town, flood))
    assert not any("仍然有效" in said or "in force" in said for said in forms.values())


def test_the_guards_are_needed() -> None:
    """The words that are searched for stand in the warning itself."""
    info: Info = rain(WARNED).infos[0]
    assert LEVEL.search(info.headline)
