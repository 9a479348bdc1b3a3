"""`hub up`: everything starts with it, answers, and ends with it, however it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from hub.cli import root
from hub.cli.up import _use_counterparts
from hub.crypto.vault import Vault
from hub.local.embedded import free_port
from hub.store.register import endpoints
from hub.store.register.endpoints import NewEndpoint
from hub.store.sql.database import Database

PATIENCE_S = 90.0
OPENED = ("--area", "000000000000", "--kind", "government")
ROOT = Path(__file__).parents[3]


def until(what: Callable[[], Any]) -> Any:
    """What `what` answers as soon as it is true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
    return found


class Running:
    """One `hub up` in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.data, self.port = folder / "data", free_port()
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")},
            "FENGHUO_HUB__DATA_DIR": str(self.data),
            "FENGHUO_HUB__PORT": str(self.port),
        }
        self.errors = folder / "up.err"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub", "up", "--json", *arguments],
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                text=True,
            )
        self.seen: set[psutil.Process] = set()

    def announced(self) -> dict[str, Any]:
        """What it says when everything runs; notes every process of it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.errors.read_text()
        self.seen = set(psutil.Process(self.process.pid).children(recursive=True))
        told: dict[str, Any] = json.loads(line)
        return told

    def commands(self) -> list[str]:
        return sorted(" ".join(one.cmdline()) for one in self.seen)

    def get(self, path: str) -> tuple[int, bytes]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, answer.read()

    def nothing_is_left(self) -> bool:
        return not [one for one in self.seen if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    made: list[Running] = []

    def starting(*arguments: str) -> Running:
        made.append(Running(tmp_path, *arguments))
        return made[-1]

    yield starting
    for running in made:
        running.process.kill()
        running.process.wait()
        if running.process.stdout:
            running.process.stdout.close()
        until(running.nothing_is_left)


def test_it_starts_everything_with_counterparts_and_sigterm_ends_it_all(start: Callable[..., Running]) -> None:
    running = start("--counterparts", "--workers", "2")
    told = running.announced()
    ready, body = running.get("/readyz")
    assert (ready, json.loads(body)["parts"]) == (200, {"database": "ok", "queue": "ok"})
    assert running.get("/console/session")[0] == 200
    text = "\n".join(running.commands())
    assert [text.count(f"hub {name}") for name in ("serve", "worker", "counterparts")] == [1, 2, 1]
    assert text.count("redis-server") == 1
    # What the counterparts received is read where it says.
    bearer = {"Authorization": f"Bearer {told['received_token']}"}
    place = told["received"].removeprefix("http://")
    with urllib.request.urlopen(urllib.request.Request(f"http://{place}", headers=bearer)) as answer:
        assert json.load(answer)["sms"]["counts"]["received"] == 0
    # The channels file that other commands are told to use holds secrets and says what was started.
    channels = Path(told["channels"])
    assert channels.stat().st_mode & 0o077 == 0
    listed = CliRunner(env={**running.environ, "FENGHUO_CHANNELS": str(channels)}).invoke(
        root, ["official", "add", "Chen", "--unit", "Office", *OPENED, "--right", "draft", "--json"]
    )
    assert listed.exit_code == 0, listed.output
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE_S) == 0
    assert running.nothing_is_left()


def first_steps(running: Running) -> str:
    """The commands under "First steps" of the README but those that set up and start, as one script for this hub."""
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.partition("## First steps")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    script = "\n".join(block for block in blocks if "hub up" not in block)
    for written, here in {
        ".venv/bin/hub": str(Path(sys.executable).parent / "hub"),
        "http://127.0.0.1:8080": f"http://127.0.0.1:{running.port}",
        "$PWD/data": str(running.data),
        "config/demo": str(ROOT / "config" / "demo"),
    }.items():
        assert written in script, written
        script = script.replace(written, here)
    return f"set -euo pipefail\n{script}"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README posts the warning with curl")
def test_the_first_steps_of_the_readme_lead_to_a_warning_that_is_sent_and_called_off(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    running = start("--counterparts")
    running.announced()
    done = subprocess.run(
        ["bash", "-c", first_steps(running)],
        check=False,
        cwd=tmp_path,
        env=running.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "is whole" in done.stdout
    shown = [CliRunner(env=running.environ).invoke(root, ["alert", "show", number, "--json"]) for number in "12"]
    assert [json.loads(each.output)["stage"] for each in shown] == ["released", "submitted"]
    assert not [each for each in json.loads(shown[0].output)["findings"] if each["rule"] == "issuer-stranger"]


def test_nothing_outlives_it_when_it_is_killed(start: Callable[..., Running]) -> None:
    running = start()
    assert running.announced()["channels"] == ""
    running.process.kill()
    running.process.wait()
    until(running.nothing_is_left)
    assert len(running.seen) >= 3


def test_sigterm_before_it_is_ready_leaves_nothing_either(start: Callable[..., Running]) -> None:
    running = start()
    until((running.data / "redis" / "redis.sock").exists)
    running.seen = set(psutil.Process(running.process.pid).children(recursive=True))
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE_S) == 0
    until(running.nothing_is_left)  # a child born as the signal came ends by itself, a moment later
    assert running.errors.read_text().count("Traceback") == 0


@pytest.fixture
def up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`hub up` that is expected to be refused, in this process."""
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FENGHUO_HUB__PORT", str(free_port()))
    return lambda *arguments: CliRunner().invoke(root, ["up", *arguments])


def test_a_port_in_use_is_said_in_one_line(up: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("FENGHUO_HUB__PORT", str(taken.getsockname()[1]))
        result = up()
    assert result.exit_code == 1
    assert result.stderr.endswith("(port-taken)\n")
    assert result.stderr.count("\n") == 1


def test_counterparts_are_refused_where_a_channel_is_enabled(
    up: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "channels.toml").write_text('[email]\ndriver = "smtp"\nhost = "127.0.0.1"\n')
    monkeypatch.setenv("FENGHUO_CHANNELS", str(tmp_path / "channels.toml"))
    result = up("--counterparts")
    assert result.exit_code == 1
    assert "email" in result.stderr
    assert result.stderr.endswith("(channels-enabled)\n")


@pytest.mark.parametrize("variable", ["FENGHUO_HUB__PROT", "FENGHUO_CHANNEL_PIGEON__SPEED", "FENGHUO_STORE__URL"])
def test_settings_that_are_wrong_are_one_line_and_start_nothing(
    up: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "nonsense")
    result = up()
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("hub: ")


def test_only_the_counterparts_of_this_start_are_in_service(sqlite_db: Database) -> None:
    hub = SimpleNamespace(vault=Vault(bytes(32), bytes(32)))
    real = NewEndpoint("broadcast", "the operator", "https://operator.example/")
    found = {"broadcast": {"url": "http://127.0.0.1:1/", "secret": "s", "callback_keys": ""}}
    with sqlite_db.engine.begin() as connection:
        endpoints.add(connection, hub.vault, real)
        for now_found in (found, found, {}):
            _use_counterparts(connection, hub, now_found)
            serving = [(one.name, one.active) for one in endpoints.list_all(connection)]
            assert serving == [("the operator", True), ("counterpart", bool(now_found))]


@pytest.mark.parametrize("arguments", [("--workers", "0"), ("--workers", "many"), ("--sideways",)])
def test_options_that_make_no_sense_are_usage_errors(up: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    assert up(*arguments).exit_code == 2
