"""Administration from the command line: the machine enters two administrators, then two must agree."""

from __future__ import annotations

from typing import Any

import pytest

from hub.store.schema import audit, officials


@pytest.fixture
def tokens(commands: Any) -> dict[str, str]:
    """Two administrators, and the access token of each."""
    for name in ("ann", "bob"):
        commands.done("official", "add", name, "--unit", "Bureau", "--right", "administer")
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


def test_a_unit_is_opened_closed_and_opened_again(commands: Any) -> None:
    commands.done("unit", "add", "Fire", "--area", "000000000000", "--kind", "government")
    commands.done("official", "add", "feng", "--unit", "Fire", "--right", "draft")
    for act, active in (("close", False), ("reopen", True)):
        commands.done("unit", act, "Fire")
        [feng] = [row for row in commands.done("official", "list") if row["name"] == "feng"]
        assert feng["active"] is active
    assert "Fire" in {row["name"] for row in commands.done("unit", "list")}


def test_an_official_is_moved_and_two_accounts_become_one_person(commands: Any) -> None:
    commands.done("official", "add", "second", "--unit", "Fire", "--right", "draft")
    assert commands.done("official", "move", "second", "--unit", "Fire")["unit"] == "Fire"
    commands.done("official", "same-person", "second", "chen")
    assert commands.refused("official", "same-person", "second", "chen")["rule"] == "account-linked"
    commands.done("official", "retire", "second")
    assert commands.done("official", "reinstate", "second")["active"] is True
