"""`--as` where signing takes a second factor: nobody is acted for who has not said so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pyotp import TOTP

from hub.access.identity import onetime
from hub.access.identity.login import LoginAttempt
from hub.app import Hub
from hub.cli import root
from hub.cli.session import run
from hub.store.access import officials
from hub.store.schema import alerts, audit

PASSWORD = "seven quiet mountain rivers"


@pytest.fixture
def chen(commands: Any, monkeypatch: pytest.MonkeyPatch) -> TOTP:
    """The authenticator of an official who can sign in."""
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", '["sign"]')
    for name, least in (("PASSES", "1"), ("MEMORY_KIB", "8"), ("LANES", "1")):
        monkeypatch.setenv(f"FENGHUO_AUTH__ARGON2_{name}", least)
    seed = onetime.new_seed()

    async def enrol(hub: Hub) -> None:
        hashed = await hub.identity.passwords.hash(PASSWORD)
        number = (await hub.db.read(lambda connection: officials.find(connection, "chen", "name"))).official.id
        await hub.db.write(lambda connection: hub.identity.enrolment.keep(connection, number, hashed, seed))

    run(enrol)
    assert commands
    return TOTP(seed)


def drafts(warning: Path, typed: str, who: str = "chen") -> Result:
    return CliRunner().invoke(root, ["alert", "draft", str(warning), "--as", who], input=typed)


def test_who_types_password_and_code_drafts_and_no_session_of_theirs_is_left(
    commands: Any, warning: Path, chen: TOTP
) -> None:
    result = drafts(warning, f"{PASSWORD}\n{chen.now()}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    told = [(row.actor, row.action) for row in commands.rows(audit)[-4:]]
    assert told == [
        ("chen", "sign-in"), ("chen", "session-ended"), ("command line", "act-as"), ("chen", "draft"),
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["", "wrong\n000000\n", f"{PASSWORD}\n000000\n"])
def test_without_password_and_code_nothing_is_drafted(commands: Any, warning: Path, chen: TOTP, typed: str) -> None:
    assert chen
    assert drafts(warning, typed).exit_code == 1
    assert commands.rows(alerts) == []
    assert "act-as" not in {row.action for row in commands.rows(audit)}


def test_a_token_made_on_the_machine_acts_for_nobody(
    commands: Any, warning: Path, chen: TOTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chen
    monkeypatch.setenv("FENGHUO_TOKEN", commands.done("official", "token", "chen")["token"])
    assert commands.refused("alert", "draft", warning, "--as", "chen")["rule"] == "token-command-line"


def test_the_session_of_one_official_does_not_act_for_another(
    commands: Any, warning: Path, chen: TOTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sign_in(hub: Hub) -> str:
        client = hub.identity.client("here", "test")
        return (await hub.identity.logins.by_password(LoginAttempt("chen", PASSWORD, chen.now(), client))).access

    monkeypatch.setenv("FENGHUO_TOKEN", run(sign_in))
    assert commands.refused("alert", "draft", warning, "--as", "li")["rule"] == "acting-other"
    assert commands.done("alert", "draft", warning, "--as", "chen")["id"] == 1
