"""The `hub` command: quick to start, plain about what went wrong."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from importlib.metadata import version

import click
import pytest
from click.testing import CliRunner

from approvals.authority import PolicyRefused
from channels.settings import ChannelRefused
from hub import cli
from hub.cli import COMMANDS, EXPECTED, Command, root
from hub.errors import Conflict
from hub.settings.sources import SettingsRefused
from targeting.group import GroupsRefused
from templates.catalog import TemplateRefused

LOADED = "import sys, hub.__main__; sys.stdout.write(' '.join(sys.modules))"
HEAVY = ("sqlalchemy", "aiohttp", "arq", "sklearn", "numpy", "shapely", "lxml", "pydantic", "alembic")


def refuse() -> None:
    raise Conflict("the warning is released", rule="released-is-frozen", place="alert 7", findings=[{"a": 1}])


def refuse_settings() -> None:
    raise SettingsRefused("own.toml: hub.prot: no such key")


def interrupt() -> None:
    raise KeyboardInterrupt


def break_down() -> None:
    raise ZeroDivisionError


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """Runs `hub try …` where try does what is given."""

    def run(action, *arguments: str):
        command = click.Command(
            "try", params=[click.Option(["--json", "as_json"], is_flag=True)], callback=lambda as_json: action()
        )
        monkeypatch.setattr(cli, "the_command_under_test", command, raising=False)
        monkeypatch.setitem(COMMANDS, "try", Command("hub.cli:the_command_under_test", "Try."))
        return CliRunner().invoke(root, ["try", *arguments])

    return run


def test_a_refusal_is_one_line_naming_place_and_rule_and_exit_1(run) -> None:
    result = run(refuse)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "hub: alert 7: the warning is released (released-is-frozen)\n"


def test_a_refusal_is_one_json_object_where_json_was_asked_for(run) -> None:
    result = run(refuse, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr) == {
        "error": "the warning is released",
        "rule": "released-is-frozen",
        "place": "alert 7",
        "findings": [{"a": 1}],
    }


def test_refused_settings_are_one_line(run) -> None:
    result = run(refuse_settings)
    assert (result.exit_code, result.stderr) == (1, "hub: own.toml: hub.prot: no such key\n")


@pytest.mark.parametrize(
    "error",
    [
        PolicyRefused("authority.toml: rule[0]: no such key"),
        ChannelRefused("channels.toml: sms.speed: no such setting"),
        GroupsRefused("groups.toml: Elderly: a group key is lower-case"),
        TemplateRefused("alert/zh/sms.txt: no such template"),
    ],
)
def test_every_file_of_ours_that_is_refused_is_one_line(run, error: Exception) -> None:
    def refuse_it() -> None:
        raise error

    result = run(refuse_it)
    assert (result.exit_code, result.stderr) == (1, f"hub: {error}\n")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (FileNotFoundError(2, "No such file or directory", "gone.xml"), "gone.xml: No such file or directory"),
        (PermissionError(13, "Permission denied", "keys/seal.key"), "keys/seal.key: Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (TimeoutError("the server was not ready"), "the server was not ready"),
    ],
)
def test_what_the_machine_refuses_is_one_line_naming_the_file(run, error: OSError, line: str) -> None:
    def fail() -> None:
        raise error

    result = run(fail)
    assert (result.exit_code, result.stderr) == (1, f"hub: {line}\n")


def test_every_error_that_is_expected_exists() -> None:
    for module, name in EXPECTED:
        assert issubclass(getattr(importlib.import_module(module), name), Exception), name


def test_an_interrupt_is_quiet(run) -> None:
    result = run(interrupt)
    assert (result.exit_code, result.output) == (130, "")


def test_a_mistake_of_ours_is_not_dressed_up_as_a_refusal(run) -> None:
    assert isinstance(run(break_down).exception, ZeroDivisionError)


def test_a_wrong_option_is_a_usage_error(run) -> None:
    assert run(refuse, "--nonsense").exit_code == 2


def test_an_argument_that_is_no_utf8_is_a_usage_error_that_names_it() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "hub", "area", b"show", b"a\xffb"], capture_output=True, text=True, check=False
    )
    assert (result.returncode, "argument 3 is not UTF-8 text" in result.stderr) == (2, True)


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(root, ["nonsense"]).exit_code == 2


def test_the_listing_names_every_command() -> None:
    output = CliRunner().invoke(root, ["--help"]).output
    assert not [name for name in COMMANDS if f"  {name} " not in output]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(root, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Usage: ")


def test_the_version_is_the_projects_own() -> None:
    result = CliRunner().invoke(root, ["--version"])
    assert result.output.split() == ["hub", version("fenghuo")]


def test_starting_the_command_loads_no_heavy_library() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.split()
    assert not set(HEAVY) & set(loaded)
