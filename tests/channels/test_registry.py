"""Blocks of the channels file become drivers, or an error that names file, channel and key."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.driver import CallbackReader
from channels.registry import DRIVERS, open_drivers
from channels.settings import BlockSource, ChannelRefused, DriverSettings, variables_of, with_environment
from tests.drivers.harness import context

SMS = {"driver": "twilio_sms", "account": "AC" + "0" * 32, "auth_token": "a-secret-token", "sender": "+861012379"}
CONFIG = Path(__file__).resolve().parents[2] / "config" / "channels.toml"


def test_each_enabled_block_opens_the_driver_it_names() -> None:
    drivers = open_drivers({"sms": SMS, "sms_reserve": SMS, "voice": {"enabled": False}}, context())
    assert {channel: driver.name for channel, driver in drivers.items()} == {
        "sms": "twilio_sms",
        "sms_reserve": "twilio_sms",
    }
    assert all(isinstance(driver, CallbackReader) for driver in drivers.values())


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ({**SMS, "colour": "red"}, "sms.colour: no such key; known are account, "),
        ({**SMS, "driver": "pigeon"}, "sms.driver: no driver is called 'pigeon': name one of cap_http, "),
        ({"sender": "+861012379"}, "sms.driver: is missing: name one of cap_http, "),
        ({**SMS, "enabled": "perhaps"}, "sms.enabled: true or false"),
        ({**SMS, "account": "AC1"}, "sms.account: "),
        ({**SMS, "timeout_s": 0}, "sms.timeout_s: "),
        ({**SMS, "base_url": "ftp://api"}, "sms.base_url: "),
        ({**SMS, "sender": ""}, "exactly one of sender and service"),
        ({**SMS, "service": "MG1"}, "exactly one of sender and service"),
        ({**SMS, "auth_token": "short"}, "sms.auth_token: "),
    ],
)
def test_a_wrong_block_is_refused_by_file_channel_and_key(block: dict[str, object], rule: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        open_drivers({"sms": block}, context())
    assert str(refused.value).startswith("config/channels.toml: sms")
    assert rule in str(refused.value)
    assert "a-secret-token" not in str(refused.value)


def test_the_environment_lays_secrets_over_the_file() -> None:
    without = {key: value for key, value in SMS.items() if key != "auth_token"}
    blocks = with_environment(
        {"sms": without}, {"FENGHUO_CHANNEL_SMS__AUTH_TOKEN": "from-the-environment", "FENGHUO_STORE__URL": "x"}
    )
    assert blocks["sms"]["auth_token"] == "from-the-environment"
    assert "auth_token" not in without
    assert open_drivers(blocks, context()).keys() == {"sms"}


@pytest.mark.parametrize("asked", [7.5, None])
def test_a_connection_of_a_channel_may_take_the_time_its_block_says_and_three_seconds_otherwise(
    asked: float | None,
) -> None:
    told = {} if asked is None else {"connect_s": asked}
    blocks = {"sms": {**SMS, **told}, "hook": {"driver": "partner_push", **told}}
    drivers: dict[str, Any] = open_drivers(blocks, context())
    assert drivers["sms"]._http._connect_s == (asked or 3.0)
    assert drivers["hook"]._endpoints._http._timeout.sock_connect == (asked or 3.0)


@pytest.mark.parametrize("name", ["FENGHUO_CHANNEL_SMX__AUTH_TOKEN", "FENGHUO_CHANNEL_SMS"])
def test_a_variable_for_no_channel_is_refused_without_its_value(name: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        with_environment({"sms": SMS}, {name: "the-value"})
    assert name in str(refused.value)
    assert "the-value" not in str(refused.value)


def test_the_shipped_file_reads_and_sends_nothing_until_someone_enables_a_channel() -> None:
    blocks = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    assert open_drivers(blocks, context()) == {}
    for channel, block in blocks.items():
        known = DRIVERS[block["driver"]].settings.model_fields
        assert block.keys() <= known.keys(), channel


def test_every_driver_keeps_secrets_out_of_its_settings_text() -> None:
    for name, kind in DRIVERS.items():
        assert issubclass(kind.settings, DriverSettings), name
        for key, field in kind.settings.model_fields.items():
            secretive = any(word in key for word in ("token", "password", "secret", "_key"))
            assert not secretive or "SecretStr" in str(field.annotation), f"{name}.{key}"


def test_what_a_variable_said_is_refused_by_the_variable_and_what_the_file_said_by_the_file() -> None:
    environ = {"FENGHUO_CHANNEL_SMS__TIMEOUT_S": "900"}
    told = replace(context(), source=BlockSource("own/channels.toml", variables_of(environ)))
    with pytest.raises(ChannelRefused) as refused:
        open_drivers(with_environment({"sms": SMS}, environ), told)
    assert str(refused.value) == "environment: FENGHUO_CHANNEL_SMS__TIMEOUT_S: sms.timeout_s: at most 60 is wanted"
    with pytest.raises(ChannelRefused) as refused:
        open_drivers({"sms": {**SMS, "burst": 0}}, told)
    assert str(refused.value) == "own/channels.toml: sms.burst: at least 1 is wanted"
