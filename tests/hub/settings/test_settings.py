"""Settings: what is not understood is refused with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.settings import settings
from hub.settings.sources import SettingsRefused


def test_the_shipped_settings_are_understood_and_need_nothing_from_outside() -> None:
    loaded = settings.load({})
    assert loaded.store_url.startswith("sqlite:///")
    assert loaded.public_url == "http://127.0.0.1:8080"


def test_a_file_of_ones_own_overrides_only_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[hub]\nport = 9000\n")
    loaded = settings.load({"FENGHUO_CONFIG": str(file)})
    assert loaded.hub.port == 9000
    assert loaded.hub.host == "127.0.0.1"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[hub]\nport = 9000\n")
    loaded = settings.load({"FENGHUO_CONFIG": str(file), "FENGHUO_HUB__PORT": "9001"})
    assert loaded.hub.port == 9001


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[hub]\nprot = 1\n", r"hub\.prot"),
        ("[nonsense]\n", "nonsense"),
        ("[hub]\nport = 70000\n", r"hub\.port"),
        ("[dispatch]\nshard_size = 0\n", r"dispatch\.shard_size"),
        ("[hub\n", "own.toml"),
    ],
)
def test_a_wrong_file_is_refused_naming_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(SettingsRefused, match=told) as refused:
        settings.load({"FENGHUO_CONFIG": str(file)})
    assert str(file) in str(refused.value)


def test_a_refusal_names_the_one_file_or_variable_that_said_it(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[hub]\nport = 70000\n")
    with pytest.raises(SettingsRefused) as refused:
        settings.load({"FENGHUO_CONFIG": str(file)})
    assert str(refused.value).startswith(f"{file}: hub.port")
    with pytest.raises(SettingsRefused) as refused:
        settings.load({"FENGHUO_CONFIG": str(file), "FENGHUO_HUB__PORT": "70001"})
    assert str(refused.value).startswith("environment: FENGHUO_HUB__PORT: hub.port")


@pytest.mark.parametrize("name", ["FENGHUO_PORT", "FENGHUO_HUB__PROT", "FENGHUO_HUB"])
def test_an_unknown_name_in_the_environment_is_refused(name: str) -> None:
    with pytest.raises(SettingsRefused):
        settings.load({name: "1"})


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"gone\.toml: no such file"):
        settings.load({"FENGHUO_CONFIG": str(tmp_path / "gone.toml")})


def test_names_that_are_not_settings_are_left_alone() -> None:
    assert settings.load(dict.fromkeys(settings.NOT_SETTINGS - {"FENGHUO_CONFIG"}, "x")) == settings.load({})


def test_keys_of_channels_are_left_to_the_channels() -> None:
    assert settings.load({"FENGHUO_CHANNEL_SMS__AUTH_TOKEN": "x"}) == settings.load({})


def test_names_of_other_programs_are_left_alone() -> None:
    assert settings.load({"PATH": "/bin", "REDIS_URL": "x"}) == settings.load({})


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.load({}).hub.port = 1


def test_a_public_url_is_used_without_its_last_slash() -> None:
    assert settings.load({"FENGHUO_HUB__PUBLIC_URL": "https://hub.example/"}).public_url == "https://hub.example"


def test_a_channels_file_whose_entries_are_not_tables_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('sms = "twilio"\n')
    with pytest.raises(SettingsRefused, match=r"channels\.toml: sms"):
        settings.load_channels({"FENGHUO_CHANNELS": str(file)})


def test_a_channels_file_is_handed_over_as_written(tmp_path: Path) -> None:
    file = tmp_path / "channels.toml"
    file.write_text('[sms]\ndriver = "twilio"\nlimit = 3\n')
    assert settings.load_channels({"FENGHUO_CHANNELS": str(file)}) == {"sms": {"driver": "twilio", "limit": 3}}
