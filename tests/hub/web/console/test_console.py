"""The console: signed in by cookie, safe against other sites, everything escaped, in two languages."""

from __future__ import annotations

import re
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from approvals.official import Right
from channels.message import Form
from hub.alert.lifecycle import Stage
from hub.alert.views import (
    ChannelProgress,
    ChoiceView,
    CountersignatureView,
    DecisionView,
    PersonProgress,
    QuestionView,
    StepView,
)
from hub.feedback.labels import AnswerIntent, Sentiment
from hub.web.console import bars
from hub.web.console.words import LANGUAGES, load

OWN = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7777*7777}}"


@pytest.fixture
def cookie(hub, everyone) -> dict[str, str]:
    token = hub.tokens.issue(everyone.id, everyone.name, everyone.rights)
    return {"Cookie": f"fenghuo_session={token}"}


def tree(text: str):
    return html.document_fromstring(text)


async def sign_in(client, token: str, headers=OWN):
    return await client.post("/console/session", data={"token": token}, headers=headers, allow_redirects=False)


async def test_a_token_opens_a_session_no_script_and_no_other_site_can_use(client, hub, everyone):
    token = hub.tokens.issue(everyone.id, everyone.name, everyone.rights)
    response = await sign_in(client, token)
    assert (response.status, response.headers["Location"]) == (303, "/console")
    morsel = SimpleCookie(response.headers["Set-Cookie"])["fenghuo_session"]
    assert (morsel["httponly"], morsel["samesite"], morsel["secure"]) == (True, "Strict", True)
    assert (morsel["path"], int(morsel["max-age"])) == ("/console", 8 * 3600)
    page = await client.get("/console", headers={"Cookie": f"fenghuo_session={token}"})
    assert page.status == 200
    assert everyone.name in await page.text()


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
async def test_a_bad_token_opens_nothing(client, token):
    response = await sign_in(client, token)
    assert response.status == 401
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", ["/console/session", "/console/session/end"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://hub.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://hub.example.evil.example"},
        {},
    ],
)
async def test_a_form_from_another_site_is_refused(client, hub, everyone, path, headers):
    token = hub.tokens.issue(everyone.id, everyone.name, everyone.rights)
    response = await client.post(path, data={"token": token}, headers=headers, allow_redirects=False)
    assert response.status == 403
    assert "Set-Cookie" not in response.headers


async def test_a_browser_without_fetch_metadata_is_known_by_its_origin(client, hub, everyone):
    token = hub.tokens.issue(everyone.id, everyone.name, everyone.rights)
    assert (await sign_in(client, token, {"Origin": "https://hub.example"})).status == 303


async def test_signing_out_takes_the_cookie_away(client, cookie):
    response = await client.post("/console/session/end", headers=cookie | OWN, allow_redirects=False)
    morsel = SimpleCookie(response.headers["Set-Cookie"])["fenghuo_session"]
    assert (response.status, morsel.value, morsel["max-age"]) == (303, "", "0")


@pytest.mark.parametrize("path", ["/console", "/console/alerts/1", "/console/alerts/1/events"])
async def test_nothing_is_shown_to_a_stranger(client, hub, make_view, path):
    hub.alerts.views[1] = make_view(1)
    for headers in ({}, {"Cookie": "fenghuo_session=x.y.z"}):
        response = await client.get(path, headers=headers, allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, "/console/session")
        assert "暴雨" not in await response.text()


async def test_a_bearer_token_is_no_session_and_a_session_no_bearer_token(client, hub, everyone, cookie):
    assert (await client.get("/console", headers=hub.bearer(everyone), allow_redirects=False)).status == 303
    assert (await client.post("/api/v1/alerts", data=b"<a/>", headers=cookie | OWN)).status == 401


async def test_an_administrator_is_shown_no_alert(client, hub, make_view):
    hub.alerts.views[1] = make_view(1)
    root = hub.add_official("Root", Right.ADMINISTER)
    token = hub.tokens.issue(root.id, root.name, root.rights)
    response = await client.get("/console/alerts/1", headers={"Cookie": f"fenghuo_session={token}"})
    assert response.status == 403
    assert "暴雨红色预警" not in await response.text()


async def test_the_level_is_said_in_words_and_not_by_colour_alone(client, hub, cookie, make_view):
    hub.alerts.views = {n: make_view(n, level=level) for n, level in enumerate(("red", "orange", "yellow", "blue"), 1)}
    text = await (await client.get("/console?lang=en", headers=cookie)).text()
    badges = re.findall(r'badge \w+">([^<]+)', text)
    assert badges == ["Blue, level IV", "Yellow, level III", "Orange, level II", "Red, level I"]


async def test_an_order_to_leave_has_a_word_and_no_colour_in_the_listing(client, hub, cookie, make_view):
    hub.alerts.views = {1: make_view(1, level="", notice="evacuation")}
    text = await (await client.get("/console?lang=zh", headers=cookie)).text()
    assert re.findall(r'badge (\w+)">([^<]+)', text) == [("notice", "紧急转移通知")]
    assert "level-" not in text


async def test_an_alert_page_shows_progress_forms_decisions_and_feedback(client, hub, cookie, make_view, clock):
    decision = DecisionView("Zhao", "sign", "approve", "ab" * 32, "agreed", clock.now(), void=False)
    hub.alerts.views[1] = make_view(
        1, decisions=(decision,), findings=({"rule": "S3", "element": "alert/info", "text": "?"},)
    )
    hub.alerts.answers[1] = {"items": 12, "sentiment": {"negative": 3}, "intents": {"help": 2}}
    page = tree(await (await client.get("/console/alerts/1?lang=en", headers=cookie)).text())
    assert page.findtext(".//p[@id='summary']") == "Reached 60 of 100 persons, failed 5, unknown 35"
    numbers = {cell.get("data-number"): cell.text for cell in page.iterfind(".//td[@data-number]")}
    assert (numbers["sms.delivered"], numbers["sms.unknown"]) == ("60", "35")
    text = page.text_content()
    for word in ("暴雨红色预警", "Rain", "Zhao", "Approved", "agreed", "needs help 2", "negative 3", "alert/info"):
        assert word in text


async def test_a_draft_is_shown_with_what_its_release_would_do_and_a_released_alert_is_not(
    client, hub, cookie, make_view
):
    hub.alerts.views = {1: make_view(1, stage=Stage.SUBMITTED), 2: make_view(2, stage=Stage.RELEASED)}
    before, after = [await (await client.get(f"/console/alerts/{n}?lang=en", headers=cookie)).text() for n in (1, 2)]
    told = tree(before).text_content()
    for word in ("Would go to 7 persons", "桥镇 7", "SMS 7", "fatigue", "They are <tired>."):
        assert word in told
    for shared in ("2 numbers of 6 persons", "3 numbers of 13 persons · 1 of them of more than five each, 9 persons"):
        assert shared in told
    assert "Would go to" not in after


async def test_an_alert_page_shows_how_far_the_steps_are_and_what_is_owed(client, hub, cookie, make_view, clock):
    owed = CountersignatureView(clock.now(), None, None, "", "", "")
    steps = (StepView("review", 1, 1), StepView("sign", 2, 1))
    hub.alerts.views = {
        1: make_view(1, steps=steps, stage=Stage.SUBMITTED),
        2: make_view(2, countersignature=owed),
        3: make_view(3, countersignature=replace(owed, overdue=clock.now())),
        4: make_view(4, countersignature=replace(owed, met=clock.now(), by="Wu", verdict="approve")),
    }
    pages = [tree(await (await client.get(f"/console/alerts/{n}?lang=en", headers=cookie)).text()) for n in range(1, 5)]
    assert pages[0].findtext(".//dd[@id='steps']") == "Review 1/1 · Sign 1/2"
    told = [page.find(".//dd[@id='countersignature']").text_content() for page in pages[1:]]
    assert ["overdue" in text for text in told] == [False, True, False]
    assert told[2].startswith("Approved · Wu")


async def test_nothing_an_alert_says_becomes_markup(client, hub, cookie, make_view, clock):
    decision = DecisionView(HOSTILE, HOSTILE, HOSTILE, "x", HOSTILE, clock.now(), void=False)
    texts = dict.fromkeys(("identifier", "sender", "event", "headline", "level", "status", "msg_type"), HOSTILE)
    lists = dict.fromkeys(("languages", "areas", "channels", "authors", "missing"), (HOSTILE,))
    finding = {"rule": HOSTILE, "element": HOSTILE, "text": HOSTILE}
    hub.alerts.views[1] = make_view(1, **texts, **lists, decisions=(decision,), findings=(finding,))
    hub.alerts.shown_forms = (Form(HOSTILE, HOSTILE, HOSTILE, HOSTILE), Form("email", "en", HOSTILE))
    hub.alerts.answers[1] = {"items": 1, "sentiment": {HOSTILE: 1}, "intents": {HOSTILE: 1}}
    for path in ("/console", "/console/alerts/1"):
        text = await (await client.get(path, headers=cookie)).text()
        page = tree(text)
        assert [script.get("src") for script in page.iter("script")] in ([], ["/console/static/console.js"])
        assert list(page.iter("img")) == []
        assert str(7777 * 7777) not in text
        assert not [name for node in page.iter() for name in node.attrib if name.startswith("on") or name == "style"]


async def test_nothing_is_loaded_from_anywhere_else(client, hub, cookie, make_view):
    hub.alerts.views[1] = make_view(1)
    for path in ("/console", "/console/alerts/1", "/console/session"):
        page = tree(await (await client.get(path, headers=cookie)).text())
        links = [node.get(name) for node in page.iter() for name in ("src", "href", "action") if node.get(name)]
        assert links
        assert all(link.startswith(("/console", "#")) for link in links), links
        for link in links:
            if link.startswith("/console/static/"):
                assert (await client.get(link)).status == 200


@pytest.mark.parametrize(
    "path", ["/console/static/../words.toml", "/console/static/%2e%2e/words.toml", "/console/static/"]
)
async def test_static_files_end_at_their_folder(client, path):
    assert (await client.get(path)).status in {403, 404}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("de, en;q=0.3, zh;q=0.8", "zh"),
        ("zh-CN", "zh"),
        ("fr", "zh"),
        ("en;q=0", "zh"),
        ("en;q=nan, zh;q=0.1", "zh"),
        (";;;,,,q=", "zh"),
    ],
)
async def test_the_page_speaks_what_the_browser_asks_for(client, accepted, language):
    response = await client.get("/console/session", headers={"Accept-Language": accepted})
    assert tree(await response.text()).get("lang") == language


async def test_a_chosen_language_is_kept(client):
    response = await client.get("/console/session?lang=en", headers={"Accept-Language": "zh"})
    assert tree(await response.text()).get("lang") == "en"
    kept = SimpleCookie(response.headers["Set-Cookie"])["fenghuo_lang"].value
    again = await client.get("/console/session", headers={"Cookie": f"fenghuo_lang={kept}", "Accept-Language": "zh"})
    assert tree(await again.text()).get("lang") == "en"


def test_both_languages_have_the_same_words():
    def keys(table, prefix=""):
        for name, value in table.items():
            yield from keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]

    tables = {language: set(keys(words.table)) for language, words in load().items()}
    assert tables["zh"] == tables["en"]
    assert set(tables) == set(LANGUAGES)


def test_every_stage_has_its_word():
    for words in load().values():
        assert set(words.table["stages"]) == {str(stage) for stage in Stage}


def test_every_mood_and_intent_has_its_word():
    for words in load().values():
        assert set(words.table["moods"]) == {str(mood) for mood in Sentiment}
        assert set(words.table["wants"]) == {str(intent) for intent in AnswerIntent}


async def test_what_does_not_exist_is_a_page_that_says_so(client, cookie):
    response = await client.get("/console/alerts/99", headers=cookie)
    assert (response.status, response.content_type) == (404, "text/html")
    assert "alert-unknown" in await response.text()


async def test_the_console_streams_the_same_progress_as_the_api(client, hub, cookie, make_view, make_progress):
    hub.alerts.views[1] = make_view(1)
    hub.alerts.steps[1] = [make_progress(1, settled=True)]
    response = await client.get("/console/alerts/1/events", headers=cookie)
    assert (response.content_type, (await response.text()).count("event: ")) == ("text/event-stream", 2)


counts = st.integers(0, 10**7)


@given(confirmed=counts, delivered=counts, failed=counts, rest=counts)
def test_a_bar_never_leaves_its_frame(confirmed, delivered, failed, rest):
    whole = confirmed + delivered + failed + rest
    channel = ChannelProgress(whole, whole, confirmed + delivered, confirmed, failed, rest)
    persons = PersonProgress(whole, confirmed + delivered, confirmed, failed, rest)
    for parts in (bars.of_channel(channel), bars.of_persons(persons)):
        ends = [part.start + part.width for part in parts]
        assert all(part.width >= 0 for part in parts)
        assert max(ends) <= bars.WIDTH + 0.02
        assert [part.start for part in parts[1:]] == pytest.approx(ends[:-1], abs=0.02)


async def test_the_page_of_a_draft_shows_what_it_leaves_open_with_the_choices_in_the_readers_language(
    client, hub, cookie, make_view
):
    text = {"zh": "预警没有写明有效期", "en": "The warning does not say when it ends"}
    choice = ChoiceView("until", "time", {}, {"zh": "至另行写明的时间", "en": "Until a time you name"})
    question = QuestionView(
        "end-missing", "end-missing", "X12", "alert/info[1]/expires", "CAP 1.2 §3.2.2", {}, text, (choice,)
    )
    hub.alerts.views[1] = make_view(1, stage=Stage.DRAFT, expires_at=None, questions=(question,))
    for language, other in (("zh", "en"), ("en", "zh")):
        page = await (await client.get(f"/console/alerts/1?lang={language}", headers=cookie)).text()
        assert text[language] in page
        assert choice.text[language] in page
        assert text[other] not in page
    hub.alerts.views[1] = make_view(1, stage=Stage.DRAFT)
    assert 'aria-labelledby="questions"' not in await (await client.get("/console/alerts/1", headers=cookie)).text()


@pytest.mark.parametrize("path", ["/console", "/console/alerts/1"])
@pytest.mark.parametrize("stage", [Stage.CANCELLED, Stage.SUPERSEDED, Stage.EXPIRED, Stage.LAPSED])
async def test_a_warning_that_has_ended_shows_its_end_and_neither_colour_nor_period(
    client, hub, cookie, make_view, path, stage
):
    ended = make_view(1).released_at
    hub.alerts.views = {1: make_view(1, stage=stage, ended_at=ended, headline="rain")}
    text = await (await client.get(f"{path}?lang=en", headers=cookie)).text()
    assert re.findall(r'badge (\w+)">([^<]+)', text) == [("over", stage.value.capitalize())]
    assert "level-red" not in text
    assert "Expires" not in text
    assert "Ended" in text


@pytest.mark.parametrize("path", ["/console", "/console/alerts/1"])
@pytest.mark.parametrize("ending", ["lifted", "issued_in_error"])
async def test_an_all_clear_shows_that_it_is_one_and_has_no_colour_and_no_period(
    client, hub, cookie, make_view, path, ending
):
    hub.alerts.views = {1: make_view(1, msg_type="Cancel", ending=ending, headline="雨停了")}
    text = await (await client.get(f"{path}?lang=zh", headers=cookie)).text()
    assert re.findall(r'badge (\w+)">([^<]+)', text) == [
        ("over", {"lifted": "解除", "issued_in_error": "撤销"}[ending])
    ]
    assert "level-red" not in text
    assert "有效期至" not in text
