"""`hub endpoint`: addresses that reach many people at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.store.schema import audit, endpoints

ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-key-nobody-may-see"
CHANNELS = '[wecom]\ndriver = "wecom_robot"\n[email]\ndriver = "smtp"\nhost = "127.0.0.1"\n'


@pytest.fixture(autouse=True)
def _channels(commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "channels.toml").write_text(CHANNELS)
    monkeypatch.setenv("FENGHUO_CHANNELS", str(tmp_path / "channels.toml"))


def add(*more: str) -> tuple[str, ...]:
    return ("endpoint", "add", "Gecheng", "--channel", "wecom", "--url", ROBOT, *more)


def test_a_robot_is_kept_sealed_listed_and_recorded(commands: Any) -> None:
    made = commands.done(*add("--region", "500229001000"))
    assert commands.done("endpoint", "list") == [
        {"id": made["id"], "channel": "wecom", "name": "Gecheng", "active": True}
    ]
    entry = commands.rows(audit)[-1]
    assert (entry.actor, entry.action, entry.subject) == (
        "command line",
        "bootstrap-endpoint-register",
        "endpoint/wecom/Gecheng",
    )
    assert b"a-key-nobody-may-see" not in (commands.data / "hub.db").read_bytes()
    assert "a-key-nobody-may-see" not in entry.detail + commands("endpoint", "list").stdout


def test_the_same_name_again_replaces_it(commands: Any) -> None:
    assert commands.done(*add())["id"] == commands.done(*add("--region", "500229000000"))["id"]
    assert len(commands.rows(endpoints)) == 1


def test_who_is_retired_is_listed_as_out_of_service(commands: Any) -> None:
    made = commands.done(*add())
    assert commands.done("endpoint", "retire", made["id"])["active"] is False
    assert [row["active"] for row in commands.done("endpoint", "list")] == [False]
    assert commands.refused("endpoint", "retire", 99)["rule"] == "endpoint-unknown"


@pytest.mark.parametrize("channel", ["email", "broadcast", "pigeon"])
def test_only_an_enabled_channel_that_reaches_many_has_endpoints(commands: Any, channel: str) -> None:
    told = commands.refused("endpoint", "add", "x", "--channel", channel, "--url", ROBOT)
    assert (told["rule"], told["place"]) == ("endpoint-channel", "channel")
    assert commands.rows(endpoints) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://169.254.169.254/meta", "nonsense"])
def test_an_address_of_our_own_network_is_refused_without_being_repeated(commands: Any, url: str) -> None:
    told = commands.refused("endpoint", "add", "x", "--channel", "wecom", "--url", url)
    assert told["rule"] == "endpoint-target"
    assert url not in told["error"]


def test_a_region_nobody_knows_keeps_nothing(commands: Any) -> None:
    assert commands.refused(*add("--region", "999999999999"))["rule"] == "region-unknown"
    assert commands.rows(endpoints) == []
