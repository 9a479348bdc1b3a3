"""A port that is taken is one line with key and remedy, before anything is written."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import root, serve
from hub.cli.port import port_refusal
from hub.settings.settings import HubSettings


@pytest.fixture(params=["127.0.0.1", "::1"])
def taken(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address somebody listens on, which the hub is told to take."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as listening:
        port = listening.getsockname()[1]
        monkeypatch.chdir(tmp_path)  # with the data directory, which is named relative to it
        monkeypatch.setenv("FENGHUO_HUB__HOST", request.param)
        monkeypatch.setenv("FENGHUO_HUB__PORT", str(port))
        yield f"{request.param}:{port}"


def line_of(address: str) -> str:
    told = "address already in use: name another in FENGHUO_HUB__PORT, or stop who listens there (port-taken)"
    return f"hub: hub.port: {address}: {told}\n"


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_port_that_is_taken_is_one_line_and_nothing_is_written(taken: str, command: str) -> None:
    result = CliRunner().invoke(root, [command])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == line_of(taken)
    assert not Path("data").exists()


def test_a_server_that_does_not_try_the_port_first_says_the_same_when_data_is_written(
    taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "demand_port", lambda _hub: None)
    result = CliRunner().invoke(root, ["serve"])
    assert result.exit_code == 1
    assert result.stderr.endswith(line_of(taken)), result.stderr
    assert Path("data", "hub.db").exists()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.EADDRNOTAVAIL, "while attempting to bind"),
            "cannot assign requested address: name an address of this machine in FENGHUO_HUB__HOST",
        ),
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "name or service not known: name an address of this machine in FENGHUO_HUB__HOST",
        ),
        (OSError(errno.EACCES, "no"), "permission denied: name one from 1024 up, or let this user have it"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_with_what_helps(error: OSError, told: str) -> None:
    refusal = port_refusal(HubSettings(host="hub.example", port=80), error)
    assert str(refusal) == f"hub.example:80: {told}"
    assert refusal.place == ("hub.port" if error.errno == errno.EACCES else "hub.host")
