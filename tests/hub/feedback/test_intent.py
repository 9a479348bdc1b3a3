"""Intents by rule: total, in a fixed order, and right on our own sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.feedback.intent import intent_of, load_rules
from hub.feedback.labels import AnswerIntent
from hub.feedback.sentiment import SEED_FILE
from hub.settings.sources import SettingsRefused

OPT_OUTS = [
    "STOP",
    "stop",
    "STOPALL",
    "Unsubscribe",
    "CANCEL",
    "END",
    "QUIT",
    "TD",
    "T",
    "退订",
    "取消订阅",
    "ＳＴＯＰ",
]
FRAME = st.text(alphabet=" \t\n.,!！。，~\u200b'\"“”", max_size=4)

rows = [json.loads(line) for line in SEED_FILE.read_text(encoding="utf-8").splitlines()]


@given(st.text())
def test_any_text_has_an_intent(text: str) -> None:
    assert intent_of(text) in AnswerIntent


@given(FRAME, st.sampled_from(OPT_OUTS), FRAME)
def test_an_opt_out_keyword_always_wins(before: str, keyword: str, after: str) -> None:
    assert intent_of(before + keyword + after) is AnswerIntent.OPT_OUT


@given(st.sampled_from([row["text"] for row in rows if row["intent"] != "help"]))
def test_a_wish_to_leave_the_list_wins_over_everything_but_a_cry_for_help(text: str) -> None:
    assert intent_of(f"{text}, 退订") in {AnswerIntent.OPT_OUT, AnswerIntent.HELP}


@given(st.sampled_from([row["text"] for row in rows if row["intent"] != "opt_out"]))
def test_a_cry_for_help_is_found_in_any_company(text: str) -> None:
    assert intent_of(f"{text} 救命，我们被困了") is AnswerIntent.HELP


def test_nearly_all_of_our_own_sentences_are_sorted_as_we_labelled_them() -> None:
    wrong = [row["text"] for row in rows if intent_of(row["text"]) != row["intent"]]
    assert len(wrong) <= 0.02 * len(rows), wrong


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("1", "received"),
        (" １ ", "received"),
        ("收到！", "received"),
        ("OK", "received"),
        ("收到，谢谢", "received"),
        ("11", "other"),
        ("没收到", "not_received"),
        ("没有收到短信", "not_received"),
        ("收到了吗？", "question"),
        ("你们收到我的消息了吗", "question"),
        ("I did not receive anything", "not_received"),
        ("Have you received my message?", "question"),
        ("不需要帮助，谢谢", "thanks"),
        ("We need no help", "other"),
        ("我们需要帮助", "help"),
        ("听说大坝要垮了？", "rumour"),
        ("Thank you", "thanks"),
        ("误报吧", "false_alarm"),
        ("please stop texting me", "opt_out"),
        ("The bus did not stop at the school", "other"),
        ("", "other"),
        ("😀", "other"),
    ],
)
def test_sentences_that_are_easily_confused_are_told_apart(text: str, intent: str) -> None:
    assert intent_of(text) == intent


def test_a_long_text_is_read_to_its_limit_only() -> None:
    assert intent_of("x" * 3000 + " 救命") is AnswerIntent.OTHER
    assert intent_of("x" * 100 + " 救命") is AnswerIntent.HELP


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('[[rule]]\nintent = "joy"', "rule number 1"),
        ('[[rule]]\nintent = "help"\ncontains = ["("]', "rule number 1"),
        ('[[rule]]\nintent = "help"\n[[rule]]\nintent = "other"\nwords = ["x"]', "rule number 2"),
        ("[[rule", "rules.toml"),
    ],
)
def test_a_broken_rule_is_refused_and_named(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsRefused, match=named):
        load_rules(path)
