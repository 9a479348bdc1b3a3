"""Addresses from the command line: masked, shown by right, erased, and their keys turned."""

from __future__ import annotations

import os
from typing import Any

import pytest

PHONE = "+8619910000001"


def test_keys_of_addresses_are_rotated_their_rows_brought_along_and_the_old_one_retired(commands: Any) -> None:
    [before] = [row for row in commands.done("key", "list") if row["purpose"] == "seal"]
    made = commands.done("key", "rotate", "seal")
    rows = {row["kid"]: row["state"] for row in commands.done("key", "list") if row["purpose"] == "seal"}
    assert rows == {before["kid"]: "older", made["kid"]: "in force"}
    assert commands.refused("key", "retire", "seal", before["kid"])["rule"] == "key-settling"
    file = commands.data / "keys" / f"seal-{before['kid']}.key"
    os.utime(file, (1, 1))
    assert commands.refused("key", "retire", "seal", before["kid"])["rule"] == "key-needed"
    assert commands.done("key", "reseal")["rows"] >= 3
    assert commands.done("key", "retire", "seal", before["kid"])["retired"] == before["kid"]
    assert not file.exists()
    assert file.with_suffix(".retired").exists()
    assert commands.done("recipient", "show", "1") == {"sms": "199****0001"}


BUREAU = ("--unit", "Bureau", "--area", "000000000000", "--kind", "government")


def test_an_address_is_shown_to_an_official_with_the_right_and_to_nobody_else(
    commands: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("recipient", "reveal", "1", "--channel", "sms", "--reason", "calls for help")
    assert commands.refused(*asked)["rule"].startswith("token")
    commands.done("official", "add", "keeper", *BUREAU, "--right", "reveal")
    token = commands.done("official", "token", "keeper")["token"]
    other = commands.done("official", "token", "chen")["token"]
    monkeypatch.setenv("FENGHUO_TOKEN", other)
    assert commands.refused(*asked)["rule"] == "right"
    assert commands.refused("recipient", "erase", "1", "--reason", "by letter")["rule"] == "right"
    monkeypatch.setenv("FENGHUO_TOKEN", token)
    assert commands.done(*asked) == {"channel": "sms", "address": PHONE}
    assert commands.done("recipient", "erase", "1", "--reason", "asked by letter")["erased"] in {1, 2, 3}
    assert commands.refused("recipient", "show", "1")["rule"] == "recipient-unknown"


def test_all_addresses_leave_with_a_reason_only_and_once_there_are_administrators_by_right_only(commands: Any) -> None:
    assert PHONE not in commands("recipient", "export").output
    assert commands.refused("recipient", "export", "--reveal", " ")["rule"] == "reason-missing"
    assert PHONE in commands("recipient", "export", "--reveal", "moving house").output
    for name in ("ann", "bob"):
        commands.done("official", "add", name, *BUREAU, "--right", "administer")
    assert commands.refused("recipient", "export", "--reveal", "moving house")["rule"] == "reveal-official"


def test_retention_counts_and_with_apply_forgets(commands: Any) -> None:
    for arguments in ((), ("--apply",)):
        told = commands.done("privacy", "retention", *arguments)
        assert told["applied"] == bool(arguments)
        assert set(told["rows"].values()) == {0}
        assert {"recipient_lists", "deliveries", "receipts"} <= told["rows"].keys()
