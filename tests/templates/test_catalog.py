"""Every text renders, is marked when it is not real, and is safe in its medium."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from channels.media.registry import MEDIA
from templates.all_clear import NamedWarning, all_clear_sentence
from templates.catalog import FOLDER, LANGUAGES, MESSAGES, Catalog, TemplateRefused
from templates.check import KINDS, check
from templates.facts import Facts

CATALOG = Catalog()
#: by medium, of those that are rendered
FILES = {name: medium.templates for name, medium in MEDIA.items() if medium.templates.body}
FACTS = Facts(
    kind="Alert",
    status="Actual",
    language="zh-CN",
    level="orange",
    event="暴雨",
    headline="渝北区气象台发布暴雨橙色预警",
    description="预计未来3小时降雨量将达50毫米以上。",
    instruction="请远离河道。",
    area="渝北区",
    sender="渝北区应急管理局",
    reference="urn:oid:1",
    issued=datetime(2026, 7, 1, 18, 30, tzinfo=timezone(timedelta(hours=8))),
    web="https://example.org/?a=1&b=2",
    gather_url="https://hub.example/hooks/voice?gather=1&language=zh-CN",
    cap='<?xml version="1.0"?><alert>雨 & </alert>',
    sender_id="cq.example",
    severity="Severe",
)
EVERY = list(product(MESSAGES, LANGUAGES, FILES))
#: What XML can hold; the catalogue is handed clean texts only.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=40
)


def test_every_message_renders_in_every_language_and_medium() -> None:
    assert list(check(CATALOG, FILES)) == []


def test_the_check_names_a_template_that_uses_an_unknown_variable(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(FOLDER, folder)
    (folder / "update" / "en" / "sms.txt").write_text("{{ headlin }}", encoding="utf-8")
    (problem, *_) = check(Catalog(folder), FILES)
    assert problem.place == "update/en/sms"
    assert "headlin" in problem.text


def test_the_check_names_a_template_that_hides_the_exercise(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(FOLDER, folder)
    (folder / "alert" / "und" / "partners.json").write_text('{"a": {{ headline | tojson }} }', encoding="utf-8")
    assert {problem.place for problem in check(Catalog(folder), FILES)} == {
        f"alert/{tag}/partner_feed" for tag in LANGUAGES
    }


def test_the_check_passes_on_what_a_medium_says_is_too_long() -> None:
    problems = check(CATALOG, FILES, lambda medium, copy: f"{len(copy.body)}" if medium == "sms" else "")
    assert {problem.place.rpartition("/")[2] for problem in problems} == {"sms"}


@pytest.mark.parametrize(("message", "language", "medium"), EVERY)
@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_what_is_not_actual_says_so_first_in_every_medium(
    message: str, language: str, medium: str, status: str
) -> None:
    facts = replace(FACTS, status=status, kind=KINDS[message])
    copy = CATALOG.render(message, language, FILES[medium], facts)
    words = CATALOG.words(language)
    mark = words["exercise" if status == "Exercise" else "test"]
    assert _first_seen(medium, copy.body).startswith(mark)
    assert all(part.startswith(mark) for part in (copy.subject, copy.text) if part)


@pytest.mark.parametrize(("message", "language", "medium"), EVERY)
def test_what_is_actual_is_never_marked(message: str, language: str, medium: str) -> None:
    copy = CATALOG.render(message, language, FILES[medium], replace(FACTS, kind=KINDS[message]))
    for word in ("演练", "测试", "EXERCISE", "TEST"):
        assert word not in f"{copy.subject}{copy.body}{copy.text}"


def _first_seen(medium: str, body: str) -> str:
    if medium == "email":
        return "".join(html.fromstring(body).find("body").itertext()).strip()
    if medium == "voice":
        return "".join(etree.fromstring(body.encode()).itertext()).strip()
    return str(json.loads(body)["data"]["title"]) if medium == "partner_feed" else body


def test_a_chinese_message_begins_with_its_signature_and_only_one() -> None:
    body = CATALOG.render("alert", "zh", FILES["sms"], replace(FACTS, sender="渝北【区】局")).body
    assert body.startswith("【渝北区局】渝北区气象台发布")
    assert body.count("【") == 1


def test_what_is_said_once_is_not_said_again() -> None:
    facts = replace(FACTS, description=f"{FACTS.headline}：大雨。")
    assert CATALOG.render("alert", "zh", FILES["sms"], facts).body.count(FACTS.headline) == 1


def test_an_update_and_a_cancel_are_told_from_an_alert_in_every_language_and_medium() -> None:
    for language, medium in product((*LANGUAGES, "fr"), FILES):
        lifted = all_clear_sentence(
            CATALOG.words(language), "lifted", NamedWarning("暴雨", "orange"), "台", FACTS.issued
        )
        said = {"cancel": {"headline": lifted, "description": "", "instruction": ""}}
        facts = {m: replace(FACTS, kind=KINDS[m], **said.get(m, {})) for m in ("alert", "update", "cancel")}
        bodies = {CATALOG.render(m, language, FILES[medium], facts[m]).body for m in facts}
        assert len(bodies) == 3, (language, medium)


def test_a_language_without_templates_gets_the_words_of_the_alert_alone() -> None:
    facts = replace(
        FACTS, language="he", headline="אזהרת גשם", description="צפוי גשם כבד.", instruction="", sender="הלשכה"
    )
    assert CATALOG.render("alert", "he", FILES["sms"], facts).body == (
        "הלשכה: אזהרת גשם\n2026-07-01 18:30 UTC+08:00\nצפוי גשם כבד."
    )


def test_a_moment_is_written_in_its_own_zone_which_is_named_where_it_is_not_the_usual() -> None:
    bare = replace(FACTS, headline="", issued=datetime(2026, 7, 1, 10, 5, tzinfo=UTC))
    assert "7月1日10时05分（UTC+00:00）发布" in CATALOG.render("alert", "zh", FILES["sms"], bare).body
    beijing = replace(bare, issued=FACTS.issued)
    assert "7月1日18时30分发布" in CATALOG.render("alert", "zh", FILES["sms"], beijing).body


@given(TEXT, TEXT)
def test_no_text_breaks_out_of_the_call_document(headline: str, instruction: str) -> None:
    facts = replace(
        FACTS, headline=headline, instruction=f"<Hangup/>]]>&amp;{instruction}", gather_url='https://h/?a="><x/>'
    )
    copy = CATALOG.render("alert", "en", FILES["voice"], facts)
    root = etree.fromstring(copy.body.encode())
    assert [node.tag for node in root.iter()] == ["Response", "Gather", "Say"]
    assert root.find("Gather").get("action") == facts.gather_url
    assert root.find("Gather/Say").text == copy.text


@given(TEXT)
def test_no_text_breaks_out_of_the_mail(text: str) -> None:
    hostile = f"<script>alert(1)</script><img src=x>{text}"
    facts = replace(FACTS, headline=hostile, description=hostile, area=hostile, web="javascript:alert(1)")
    for language in LANGUAGES:
        document = html.fromstring(CATALOG.render("alert", language, FILES["email"], facts).body)
        assert not document.xpath("//script | //img | //a")


@given(TEXT, TEXT)
def test_the_document_for_partners_is_json_and_carries_every_text_unchanged(headline: str, cap: str) -> None:
    facts = replace(FACTS, headline=headline, cap=cap, event="雨")
    data = json.loads(CATALOG.render("alert", "he", FILES["partner_feed"], facts).body)["data"]
    assert (data["title"], data["cap"]) == (headline or "雨", cap)


def test_a_robot_group_is_not_commanded_by_the_text_of_an_alert() -> None:
    body = CATALOG.render("alert", "zh", FILES["chat"], replace(FACTS, description="<@all> 雨量<50毫米")).body
    assert "<@all>" not in body
    assert "雨量<50毫米" in body


def test_a_subject_is_one_line() -> None:
    assert "\n" not in CATALOG.render("alert", "en", FILES["email"], replace(FACTS, headline="a\nBcc: b")).subject


def test_an_unknown_message_is_refused_by_name() -> None:
    with pytest.raises(TemplateRefused, match="message 'ack'"):
        CATALOG.render("ack", "zh", FILES["sms"], FACTS)


def test_the_first_file_that_a_medium_lacks_is_named() -> None:
    assert {CATALOG.missing(files) for files in FILES.values()} == {""}
    assert CATALOG.missing(("sms.txt", "fax.txt", "")) == "alert/und/fax.txt"
    assert CATALOG.missing(("_layout/fax.xml", "", "")) == "_layout/fax.xml"


HOSTILE = (
    "{{ ''.__class__.__mro__ }}",
    "{{ headline.__init__.__globals__ }}",
    "{% set _ = words.update({'red': 'x'}) %}",
)


@pytest.mark.parametrize("source", HOSTILE)
def test_a_template_cannot_reach_beyond_its_facts(tmp_path: Path, source: str) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(FOLDER, folder)
    (folder / "alert" / "zh" / "sms.txt").write_text(source, encoding="utf-8")
    with pytest.raises(TemplateRefused, match=r"alert/zh/sms\.txt"):
        Catalog(folder).render("alert", "zh", FILES["sms"], FACTS)


def test_the_text_of_an_alert_is_never_read_as_a_template() -> None:
    body = CATALOG.render("alert", "zh", FILES["sms"], replace(FACTS, headline="{{ sender }}{% x %}")).body
    assert "{{ sender }}{% x %}" in body


WARNINGS = [each for each in EVERY if each[0] not in ("cancel", "notice")]  # a notice holds until it is lifted


@pytest.mark.parametrize(("message", "language", "medium"), WARNINGS)
@pytest.mark.parametrize("headline", ["", FACTS.headline])
def test_every_form_of_every_medium_says_when_it_was_issued_from_when_it_holds_and_until_when(
    message: str, language: str, medium: str, headline: str
) -> None:
    begins, expires = FACTS.issued + timedelta(hours=5, minutes=13), FACTS.issued + timedelta(hours=9, minutes=29)
    facts = replace(FACTS, kind=KINDS[message], language=language, headline=headline, begins=begins, expires=expires)
    copy = CATALOG.render(message, language, FILES[medium], facts)
    for text in (copy.body, copy.text):
        if text:
            for moment in (FACTS.issued, begins, expires):
                spelt = {f"{moment.hour}时{moment.minute:02d}分", f"{moment:%H:%M}", moment.isoformat()}
                assert any(each in text for each in spelt), (moment, text)


@pytest.mark.parametrize(("message", "language", "medium"), WARNINGS)
def test_a_warning_that_holds_at_once_names_no_beginning_and_one_without_an_end_no_end(
    message: str, language: str, medium: str
) -> None:
    facts = replace(FACTS, kind=KINDS[message], language=language, begins=None, expires=None)
    body = CATALOG.render(message, language, FILES[medium], facts).body
    for word in ("起有效", "起始时间", "有效期", "In force", "in force", " - "):
        assert word not in body, word


def test_what_the_headline_says_of_the_time_of_issue_is_not_said_again() -> None:
    facts = replace(FACTS, headline="渝北区气象台7月1日18时30分发布暴雨橙色预警")
    for medium in ("sms", "voice"):
        copy = CATALOG.render("alert", "zh", FILES[medium], facts)
        assert (copy.text or copy.body).count("18时30分") == 1
