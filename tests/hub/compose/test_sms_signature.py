"""What stands in 【】 at the head of a text message is registered with the carrier; no text brings one of its own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.level import Level
from channels.message import Form
from channels.registry import open_drivers
from channels.settings import ChannelRefused, DriverContext
from hub.alert.alert import Alert, Area, Info, MsgType, NamedValue, Scope, Status
from hub.compose import compose
from hub.compose.compose import Composition
from hub.compose.sms_signature import MARKS, disarm_brackets, ends_in_brackets, must_be_signed, put_signature
from hub.errors import Invalid
from hub.formats.cap.write import write
from templates.catalog import Catalog
from tests.media import CHANNEL_MEDIA

CATALOG = Catalog()
NOW = datetime(2026, 7, 12, 6, tzinfo=UTC)
REGISTERED = ("重庆预警", "城口县气象台")


def forms(*registered: str, channel: str = "sms", **texts: str) -> dict[str, Form]:
    """The forms of a warning in Chinese and English, by language."""
    block = Info(
        "暴雨", "Immediate", "Severe", "Observed", ("Met",), "zh", sender_name="渝北区应急管理局", headline="暴雨橙色预警",
        description="雨很大。", instruction="请避险。", expires=NOW + timedelta(hours=3),
        areas=(Area("渝北区", geocodes=(NamedValue("CPEAS Geographic Code", "500112000000"),)),),
    )  # fmt: skip
    chinese = replace(block, **texts)
    english = replace(block, language="en", event="Rainstorm", headline="Rainstorm warning", sender_name="Yubei office")
    head = (Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    alert = Alert("a", "b@example.cn", NOW, *head, infos=(chinese, english))
    gather = {"voice": "https://hub.example/hooks/voice?gather=1"}
    work = Composition(
        alert, Level.ORANGE, write(alert), CATALOG, CHANNEL_MEDIA, gather, signatures={channel: registered}
    )
    return {form.language: form for form in compose.compose(work, [channel])}


def test_a_text_is_signed_with_what_is_registered_and_still_names_its_issuer() -> None:
    found = forms(*REGISTERED)
    assert found["zh"].body.startswith("【重庆预警】渝北区应急管理局：暴雨橙色预警。")
    assert found["en"].body.startswith("【重庆预警】Yubei office: Rainstorm warning.")


def test_the_issuer_signs_where_its_name_is_registered_and_where_nothing_is() -> None:
    own = forms(*REGISTERED, sender_name="城口县气象台")["zh"]
    assert own.body.startswith("【城口县气象台】暴雨橙色预警。")
    assert forms()["zh"].body.startswith("【渝北区应急管理局】暴雨橙色预警。")


def test_a_headline_that_names_the_issuer_names_it_once() -> None:
    body = forms(*REGISTERED, headline="渝北区应急管理局发布暴雨橙色预警")["zh"].body
    assert body.startswith("【重庆预警】渝北区应急管理局发布暴雨橙色预警。")


@pytest.mark.parametrize("channel", ["sms", "voice", "wecom"])
@pytest.mark.parametrize(
    "text", ["【重庆市气象台】雨很大。", "雨很大。【防御指南】请避险【国家预警中心】", "雨】大【很", "【】"]
)
def test_no_text_brings_a_signature_of_its_own(channel: str, text: str) -> None:
    form = forms("重庆预警", channel=channel, description=text, instruction=f"{text}请避险。")["zh"]
    read = form.text if channel == "voice" else form.body
    brackets = re.findall("【([^】]*)】", read)
    assert brackets == (["重庆预警"] if channel == "sms" else [])
    assert not re.search("[【】]", read.replace("【重庆预警】", ""))


def test_without_the_guard_a_template_could_sign_with_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose, "disarm_brackets", lambda text: text)
    with pytest.raises(Invalid) as refused:
        forms("重庆预警", description="【重庆市气象台】雨很大。")
    assert refused.value.rule == "signature-unregistered"
    monkeypatch.setattr(compose, "must_be_signed", lambda *_: None)
    assert "【重庆市气象台】" in forms("重庆预警", description="【重庆市气象台】雨很大。")["zh"].body


def test_the_marks_of_the_hub_stay_before_the_signature() -> None:
    body = put_signature("【演练】【渝北区应急管理局】【预警解除】暴雨", "渝北区应急管理局", REGISTERED)
    assert body == "【演练】【重庆预警】渝北区应急管理局：【预警解除】暴雨"
    must_be_signed(body, "渝北区应急管理局", REGISTERED, "sms zh")


TEXTS = st.lists(st.sampled_from(["【", "】", "演练", "预警解除", "甲局", "雨", "。", "\n"]), max_size=14).map("".join)


@given(TEXTS)
def test_of_any_text_only_the_marks_of_the_hub_stay_in_brackets(text: str) -> None:
    kept = disarm_brackets(text)
    assert set(re.findall("【([^【】]*)】", kept)) <= MARKS
    assert not re.search("[【】]", re.sub("【[^【】]*】", "", kept))
    assert [char for char in kept if char not in "【】〔〕"] == [char for char in text if char not in "【】"]
    must_be_signed(put_signature(f"【局】{kept}", "局", REGISTERED), "局", REGISTERED, "sms zh")


def test_what_stands_in_brackets_at_either_end_is_found() -> None:
    assert list(ends_in_brackets(" 【甲局】雨。【乙台】\n")) == ["甲局", "乙台"]
    assert list(ends_in_brackets("雨。【防御指南】请避险。")) == []


@pytest.mark.parametrize("wrong", ["【台】", "a b", "台"])
def test_a_signature_is_configured_without_brackets_and_blanks(wrong: str) -> None:
    block = {"driver": "twilio_sms", "account": "AC" + "0" * 32, "auth_token": "t" * 32, "sender": "+12025550100"}
    context = DriverContext("https://hub.example", lambda: NOW)
    with pytest.raises(ChannelRefused, match=r"signatures"):
        open_drivers({"sms": {**block, "signatures": [wrong]}}, context)
