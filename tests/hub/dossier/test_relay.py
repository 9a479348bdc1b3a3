"""The words of a relay: the issuer's forms where there are any, else its whole text, never a part of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.level import Level
from channels.message import Form
from hub.compose.compose import Composition, compose
from hub.compose.relay_mark import as_relay
from hub.configuration import TEMPLATES_DIR
from hub.dossier.relay import in_issuers_words, make_relay
from hub.errors import Invalid
from hub.formats.cap.write import write
from templates.catalog import Catalog
from tests.media import CHANNEL_MEDIA
from tests.stories.warnings import alert_of

ALERT = alert_of(datetime(2026, 7, 1, 8, 0, tzinfo=UTC), "rain-1", "610602000000")
CATALOG = Catalog(TEMPLATES_DIR)


def test_what_a_channel_carries_only_shortened_is_not_passed_on_by_it() -> None:
    long = replace(ALERT.infos[0], description="雨势很大，河水上涨。" * 60)
    alert = replace(ALERT, infos=(long,))
    work = Composition(alert, Level.ORANGE, write(alert), CATALOG, CHANNEL_MEDIA)
    assert compose(work, ["sms"])
    with pytest.raises(Invalid) as refused:
        compose(replace(work, uncut=True), ["sms"])
    assert refused.value.rule == "too-long"
    short = replace(work, alert=ALERT, cap=write(ALERT))
    assert compose(replace(short, uncut=True), ["sms"]) == compose(short, ["sms"])


@given(st.frozensets(st.tuples(st.sampled_from(["sms", "voice", "email"]), st.sampled_from(["zh", "en"]))))
def test_a_form_of_the_issuer_stands_wherever_there_is_one(issued: frozenset[tuple[str, str]]) -> None:
    composed = [Form(channel, language, "composed") for channel in ("sms", "voice") for language in ("zh", "en")]
    forms = in_issuers_words([Form(*key, "issued") for key in issued], composed)
    assert [(form.channel, form.language) for form in forms] == [(form.channel, form.language) for form in composed]
    assert all((form.body == "issued") is ((form.channel, form.language) in issued) for form in forms)


def test_a_relay_differs_from_its_original_in_identifier_and_one_reference_alone() -> None:
    passed = make_relay(ALERT, "rain-1.relay.1")
    assert passed.references == (ALERT.reference,)
    assert replace(passed, identifier=ALERT.identifier, references=ALERT.references) == ALERT


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (Form("sms", "zh-CN", "【演练】【台】雨。"), "【演练】【台】（转发）雨。"),
        (Form("sms", "en", "Office: rain."), "(Relayed) Office: rain."),
        (Form("sms", "bo", "x"), "[RELAYED] x"),
        (Form("wecom", "zh", "## 雨"), "（转发）\n## 雨"),
        (Form("voice", "zh", '<R><Say loop="2">雨</Say></R>', "", "雨"), '<R><Say loop="2">（转发）雨</Say></R>'),
        (
            Form("email", "zh", "<body x><h1>雨</h1>", "雨", "雨"),
            "<body x>\n<p><strong>（转发）</strong></p><h1>雨</h1>",
        ),
        (Form("broadcast", "zh", "<alert/>"), "<alert/>"),
    ],
)
def test_every_text_of_a_relay_says_that_it_is_one_and_a_document_for_machines_stays(form: Form, body: str) -> None:
    marked = as_relay(form, CHANNEL_MEDIA[form.channel], CATALOG)
    assert marked.body == body
    assert (marked.channel, marked.language, marked.part) == (form.channel, form.language, form.part)
    assert marked.text == (f"（转发）{form.text}" if form.text else "")
    assert marked.subject == (f"（转发）{form.subject}" if form.subject else "")
