"""Administration from the command line: the machine enters two administrators, then two must agree."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from hub.store.schema import audit, credentials, officials

BUREAU = ("--unit", "Bureau", "--area", "000000000000", "--kind", "government")


@pytest.fixture
def tokens(commands: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Two administrators, and the access token of each; who has the machine asks for no second factor."""
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", '["sign"]')
    for name in ("ann", "bob"):
        commands.done("official", "add", name, *BUREAU, "--right", "administer")
    return {name: commands.done("official", "token", name)["token"] for name in ("ann", "bob")}


def test_after_two_administrators_the_machine_enters_nobody(commands: Any, tokens: dict[str, str]) -> None:
    assert tokens
    for arguments in (
        ("official", "add", "eve", "--unit", "Bureau", "--right", "sign"),
        ("official", "grant", "chen", "sign"),
        ("official", "retire", "bob"),
        ("partner", "add", "Radio"),
        ("key", "rotate", "order"),
        ("unit", "add", "Fire", "--area", "000000000000", "--kind", "government"),
    ):
        assert commands.refused(*arguments)["rule"] == "SEP-5"
    assert "eve" not in {row.name for row in commands.rows(officials)}


def test_one_asks_with_a_token_and_another_agrees_with_theirs(
    commands: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["ann"])
    filed = commands.done("official", "grant", "chen", "review")
    assert commands.refused("admin", "approve", filed["request"], "--digest", filed["digest"])["rule"] == "SEP-5"
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["bob"])
    [waiting] = commands.done("admin", "requests", "--state", "pending")
    assert (waiting["kind"], waiting["requested_by"]) == ("right-grant", "ann")
    commands.done("admin", "approve", filed["request"], "--digest", filed["digest"])
    [chen] = [row for row in commands.done("official", "list") if row["name"] == "chen"]
    assert "review" in chen["rights"]
    assert commands.rows(audit)[-1].actor == "bob"


def test_a_token_of_the_command_line_agrees_to_nothing_where_a_second_factor_is_demanded(
    commands: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["ann"])
    filed = commands.done("official", "grant", "chen", "review")
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["bob"])
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", '["sign", "administer"]')
    asked = ("admin", "approve", filed["request"], "--digest", filed["digest"])
    assert commands.refused(*asked)["rule"] == "second-factor"
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", '["sign"]')
    commands.done(*asked)
    loosened = [row for row in commands.rows(audit) if row.subject == "configuration/settings"]
    assert "auth.second_factor" in loosened[-1].detail


def test_who_has_the_machine_invites_nobody_alone_once_there_are_two_administrators(
    commands: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = ("--issuer", "https://sso.example", "--subject", "42")
    for arguments in (
        ("official", "invite", "chen"),
        ("official", "invite", "chen", "--reset"),
        ("official", "link", "chen", *account),
    ):
        assert commands.refused(*arguments)["rule"] == "SEP-5"
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["ann"])
    filed = commands.done("official", "invite", "chen")
    assert filed["code"]
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["bob"])
    commands.done("admin", "approve", filed["request"], "--digest", filed["digest"])
    assert "chen" in str(commands.rows(officials))


def test_until_two_administrators_can_sign_in_the_machine_still_invites_them_and_nobody_else(
    commands: Any, tokens: dict[str, str]
) -> None:
    assert tokens
    for name in ("ann", "bob"):
        assert commands.done("official", "invite", name)["code"]
    assert commands.refused("official", "invite", "zhao")["rule"] == "SEP-5"
    hash_and_seed = {"kind": "password", "label": "", "sealed": b"", "created_at": 1, "counter": 0}
    people = [row.id for row in commands.rows(officials) if row.name in tokens]
    engine = create_engine(f"sqlite:///{commands.data / 'hub.db'}")
    with engine.begin() as connection:
        connection.execute(insert(credentials), [{"official": number, **hash_and_seed} for number in people])
    engine.dispose()
    assert commands.refused("official", "invite", "ann")["rule"] == "SEP-5"


def test_before_there_are_two_administrators_an_invitation_is_given_at_once(commands: Any) -> None:
    told = commands.done("official", "invite", "chen")
    assert (told["name"], len(told["code"])) == ("chen", 43)
    linked = commands.done("official", "link", "chen", "--issuer", "https://sso.example", "--subject", "42")
    ended = commands.done("official", "unlink", "--issuer", "https://sso.example", "--subject", "42")
    assert linked == ended


def test_a_request_is_rejected_and_a_right_is_taken_by_one_alone(
    commands: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENGHUO_TOKEN", tokens["ann"])
    filed = commands.done("official", "grant", "chen", "review")
    assert commands.done("admin", "reject", filed["request"], "--reason", "mistake")["state"] == "rejected"
    assert commands.done("official", "revoke", "chen", "draft")["rights"] == []


def test_a_token_of_somebody_who_does_not_administer_files_nothing(
    commands: Any, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tokens
    monkeypatch.setenv("FENGHUO_TOKEN", commands.done("official", "token", "chen")["token"])
    assert commands.refused("official", "grant", "chen", "review")["rule"] == "right-missing"
    monkeypatch.setenv("FENGHUO_TOKEN", "nonsense")
    assert commands.refused("official", "grant", "chen", "review")["rule"] == "token-malformed"


def test_keys_are_listed_and_rotated_at_the_start_by_the_machine(commands: Any) -> None:
    [before] = [row for row in commands.done("key", "list") if row["purpose"] == "order"]
    made = commands.done("key", "rotate", "order")
    rows = {row["kid"]: row["state"] for row in commands.done("key", "list") if row["purpose"] == "order"}
    assert rows == {before["kid"]: "retired", made["kid"]: "in force"}
    commands.done("key", "revoke", "order", before["kid"])
    rows = {row["kid"]: row["state"] for row in commands.done("key", "list") if row["purpose"] == "order"}
    assert rows[before["kid"]] == "revoked"


@pytest.mark.parametrize("kid", ["-Jabc", "-habc", "--abc", "-"])
def test_a_kid_that_begins_like_an_option_is_read_as_a_kid(commands: Any, kid: str) -> None:
    assert commands.refused("key", "revoke", "order", kid)["rule"] == "key-unknown"


def test_a_unit_is_opened_closed_and_opened_again(commands: Any) -> None:
    commands.done("unit", "add", "Fire", "--area", "000000000000", "--kind", "government")
    commands.done("official", "add", "feng", "--unit", "Fire", "--right", "draft")
    for act, active in (("close", False), ("reopen", True)):
        commands.done("unit", act, "Fire")
        [feng] = [row for row in commands.done("official", "list") if row["name"] == "feng"]
        assert feng["active"] is active
    assert "Fire" in {row["name"] for row in commands.done("unit", "list")}


def test_an_official_is_moved_and_two_accounts_become_one_person(commands: Any) -> None:
    fire = ("--unit", "Fire", *BUREAU[2:])
    commands.done("official", "add", "second", *fire, "--right", "draft")
    assert commands.done("official", "move", "second", "--unit", "Fire")["unit"] == "Fire"
    commands.done("official", "same-person", "second", "chen")
    assert commands.refused("official", "same-person", "second", "chen")["rule"] == "account-linked"
    commands.done("official", "retire", "second")
    assert commands.done("official", "reinstate", "second")["active"] is True
