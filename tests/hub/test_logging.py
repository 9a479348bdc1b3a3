"""Whatever is logged by whomever: no phone number, no address, no secret comes out."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from hub.logging import configure, mask, mask_event
from hub.settings.settings import LogSettings

SECRETS = [
    "Authorization: Bearer abc.DEF-123_x",
    "authorization: basic dXNlcjpwYXNz",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "https://robot.example/cgi-bin/send?key=693a91f6-7xxx-4bc4",
    "postgresql://hub:hunter2@db/hub",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
]
TELLTALES = ["abc.DEF", "dXNlcjpwYXNz", "c2lnbmF0dXJl", "MfKQ9r8", "693a91f6", "hunter2", "MC4CAQ"]
#: text that may stand beside a number without being part of it
around = st.text(alphabet=st.sampled_from("abc 中文，。:='\"[]{}<>\n"), max_size=20)
chinese_mobiles = st.from_regex(r"\A(\+86|0086|86 ?|)1[3-9][0-9]{9}\Z")
international = st.from_regex(r"\A\+[1-9][0-9]{1,2}([ -]?[0-9]{2,4}){2,3}\Z").filter(
    lambda number: 8 <= len(re.sub(r"\D", "", number)) <= 15
)
addresses = st.emails(domains=st.sampled_from(["mail.example", "a-b.example.org", "邮件.example"]))


@pytest.fixture
def restored_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@given(around, st.one_of(chinese_mobiles, international), around)
def test_no_phone_number_survives_in_any_text(before: str, number: str, after: str) -> None:
    masked = mask(f"{before}{number}{after}")
    assert not re.search(r"\d{4}", masked)
    assert "[number]" in masked


@given(around, addresses, around)
def test_no_e_mail_address_survives_in_any_text(before: str, address: str, after: str) -> None:
    assert "@" not in mask(f"{before} {address} {after}")


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@given(chinese_mobiles, addresses)
def test_names_and_nested_values_are_masked_too(number: str, address: str) -> None:
    event = mask_event(None, "info", {"event": "x", number: [{"a": (address, {"b": number.encode()})}]})
    text = json.dumps(event)
    assert number not in text
    assert address not in text


@pytest.mark.parametrize("text", SECRETS)
def test_no_secret_survives_in_any_text(text: str) -> None:
    assert not [telltale for telltale in TELLTALES if telltale in mask(text)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01T08:00:00+08:00",
        "shard 12345678 of campaign 17, delivery 17-20000",
        "region 110101001000",
        "at 1782892800000",
        "2.49.0.1.156.0.20260701080000",
        "took 0.123456789 s",
        "127.0.0.1:8080",
        "00000000-0000-4000-8000-000000000001",
    ],
)
def test_what_is_neither_number_nor_address_is_left_as_it_is(text: str) -> None:
    assert mask(text) == text


def test_a_number_that_is_an_integer_is_masked_and_a_time_is_not() -> None:
    event = mask_event(None, "info", {"event": "x", "to": 13800138000, "at": 1782892800000})
    assert event["to"] == "[number]"
    assert event["at"] == 1782892800000


def test_a_value_named_for_a_secret_is_masked_whatever_it_is() -> None:
    event = mask_event(None, "info", {"event": "x", "Token": "plain", "headers": {"Authorization": ["anything"]}})
    assert event["Token"] == "[secret]"
    assert event["headers"] == {"Authorization": "[secret]"}


def test_a_traceback_of_a_library_comes_out_masked_as_one_json_object(restored_logging: None) -> None:
    stream = io.StringIO()
    configure(LogSettings(form="json"), stream)
    try:
        raise RuntimeError("cannot send to +8613800138000 or li@mail.example")
    except RuntimeError:
        logging.getLogger("some.module").exception("failed for %s", "13800138000")
    line = json.loads(stream.getvalue())
    assert line["level"] == "error"
    assert line["logger"] == "some.module"
    assert "RuntimeError: cannot send to [number] or [address]" in line["exception"]
    assert line["event"] == "failed for [number]"


@pytest.mark.parametrize("form", ["text", "json"])
def test_our_own_events_come_out_masked_with_level_and_time(restored_logging: None, form: str) -> None:
    stream = io.StringIO()
    configure(LogSettings(form=form), stream)
    structlog.get_logger("hub.test").warning("sent", to="+8613800138000", count=3)
    text = stream.getvalue()
    assert "13800138000" not in text
    assert "[number]" in text
    assert "warning" in text
    assert text.count("\n") == 1


def test_below_the_level_nothing_comes_out(restored_logging: None) -> None:
    stream = io.StringIO()
    configure(LogSettings(level="warning"), stream)
    structlog.get_logger("hub.test").info("quiet")
    logging.getLogger("some.module").info("quiet")
    assert stream.getvalue() == ""


def test_a_logger_that_has_already_spoken_follows_the_next_configuration(restored_logging: None) -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = structlog.get_logger("hub.test")  # one object, as every module holds one
    configure(LogSettings(form="json"), first)
    logger.warning("one")
    configure(LogSettings(level="error", form="json"), second)
    logger.warning("two")
    with structlog.testing.capture_logs() as captured:
        logger.error("three")
    assert [json.loads(line)["event"] for line in first.getvalue().splitlines()] == ["one"]
    assert second.getvalue() == ""
    assert [entry["event"] for entry in captured] == ["three"]
