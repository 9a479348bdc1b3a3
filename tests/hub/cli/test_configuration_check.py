"""Every file of the configuration is read before anything is written, and `hub configuration check` does only that."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from hub import configuration
from hub.cli import migrate as migrate_command
from hub.cli import root, session
from hub.configuration import GROUPS_FILE, TEMPLATES_DIR
from hub.settings.settings import CONFIG_DIR, load

NOT_TOML = "[never\n"
#: how each file is named to the hub, and where a sound one lies
NAMED = {
    "own.toml": ("FENGHUO_CONFIG", CONFIG_DIR / "default.toml"),
    "channels.toml": ("FENGHUO_CHANNELS", CONFIG_DIR / "channels.toml"),
    "authority.toml": ("FENGHUO_HUB__AUTHORITY", CONFIG_DIR / "authority.toml"),
    "events.toml": ("FENGHUO_HUB__EVENTS", CONFIG_DIR / "events.toml"),
}
BROUGHT = {"groups.toml": GROUPS_FILE, "words.toml": TEMPLATES_DIR / "words.toml"}
FILES = [*NAMED, *BROUGHT]
COMMANDS = [("serve",), ("worker",), ("up",), ("migrate",), ("report", "1"), ("configuration", "check")]


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Spoils one of the files, which all lie in the directory that commands run in."""
    monkeypatch.chdir(tmp_path)  # with the data directory, which is named relative to it
    monkeypatch.setattr(configuration, "GROUPS_FILE", Path("groups.toml"))
    monkeypatch.setattr(configuration, "TEMPLATES_DIR", Path())
    for file, (variable, sound) in NAMED.items():
        shutil.copy(sound, file)
        monkeypatch.setenv(variable, file)
    monkeypatch.setenv("FENGHUO_HUB__PORT", "0")
    for file, sound in BROUGHT.items():
        shutil.copy(sound, file)
    return lambda file: Path(file).write_text(NOT_TOML) and None


def hub(*arguments: str) -> Result:
    return CliRunner().invoke(root, arguments)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("file", FILES)
def test_beside_a_broken_file_no_command_writes_anything(
    spoil: Callable[[str], None], command: tuple[str, ...], file: str
) -> None:
    spoil(file)
    told = hub(*command)
    assert told.stderr.startswith(f"hub: {file}: not TOML: "), told.stderr
    assert told.exit_code == (2 if "check" in command else 1)
    assert not Path("data").exists()


def read_settings_alone(environ: Mapping[str, str]) -> SimpleNamespace:
    return SimpleNamespace(settings=load(environ), drivers={})


def test_a_migration_that_reads_only_the_settings_would_write_a_database(
    spoil: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil("groups.toml")
    monkeypatch.setattr(migrate_command, "read_configuration", read_settings_alone)
    assert hub("migrate").exit_code == 0
    assert Path("data", "hub.db").exists()


def test_a_start_that_reads_only_the_settings_would_write_keys_and_database(
    spoil: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil("groups.toml")
    monkeypatch.setattr(session, "read_configuration", read_settings_alone)
    assert hub("worker").exit_code == 1
    assert Path("data", "hub.db").exists()
    assert Path("data", "keys").exists()


@pytest.mark.usefixtures("spoil")
def test_a_sound_configuration_is_named_by_everything_it_is_read_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGHUO_CHANNEL_SMS__AUTH_TOKEN", "secret")
    told = hub("configuration", "check", "--json")
    read = json.loads(told.stdout)["read"]
    assert {*FILES, "environment: FENGHUO_HUB__PORT", "environment: FENGHUO_CHANNEL_SMS__AUTH_TOKEN"} <= set(read)
    assert json.loads(told.stdout)["channels"] == []
    assert told.exit_code == 0
    assert not Path("data").exists()
    lines = hub("configuration", "check").stdout.splitlines()
    assert lines == [*(f"read     {each}" for each in read), "channels none is enabled: nothing can be sent"]
    assert "secret" not in told.stdout


@pytest.mark.usefixtures("spoil")
@pytest.mark.parametrize("enabled", ["true", "false"])
def test_a_start_without_an_enabled_channel_says_so(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, enabled: str
) -> None:
    monkeypatch.setattr(configuration, "TEMPLATES_DIR", TEMPLATES_DIR)
    Path("channels.toml").write_text(f'[mail]\ndriver = "smtp"\nsecurity = "none"\nenabled = {enabled}\n')

    async def start() -> None:
        async with session.starting():
            pass

    asyncio.run(start())
    told = "".join(capfd.readouterr())
    assert ("no_channel_enabled" in told) == (enabled == "false")
    assert ("say enabled = true in a block of it" in told) == (enabled == "false")
