"""`hub service`, `hub trust` and `hub standing`, from the first system to a paper in force."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pyotp import TOTP

from hub.access.identity import onetime
from hub.access.identity.login import LoginAttempt
from hub.app import Hub
from hub.cli import root
from hub.cli.session import run
from hub.settings.settings import AuthSettings
from hub.store.access import officials
from tests.stories.sensor import paper, pen

NOW = datetime.now(UTC)
BOUNDS = ("--unit", "Office", "--scope", "ingest", "--scope", "standing")


def sensor(commands: Any) -> Any:
    return commands.done("service", "add", "seismometers", *BOUNDS)


def test_a_service_is_entered_with_a_token_that_is_shown_once_and_ended_by_one_word(commands: Any) -> None:
    told = sensor(commands)
    assert told["token"].startswith("fhs_")
    (listed,) = commands.done("service", "list")
    assert (listed["name"], listed["scopes"], "token" in listed) == ("seismometers", ["ingest", "standing"], False)
    assert commands.refused("service", "add", "seismometers", *BOUNDS)["rule"] == "service-exists"
    commands.done("service", "revoke", listed["id"])
    assert not commands.done("service", "list")[0]["active"]
    assert "(revoked)" in commands("service", "list").stdout


def test_a_signer_is_entered_by_certificate_and_ended_by_one_word(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "sensor.pem"
    file.write_text(pen(NOW).pem)
    scope = ("--area", "500229000000", "--event", "地震")
    told = commands.done("trust", "add", "quake@sensor.example", file, *scope)
    commands.done("trust", "revoke", told["id"])
    assert commands.done("trust", "list")[0]["revoked"]
    assert "(revoked)" in commands("trust", "list").stdout
    file.write_text("no certificate")
    assert commands.refused("trust", "add", "other", file, *scope)["rule"] == "trust-certificate"


def test_a_paper_walks_from_proposal_into_force_and_out_of_it(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seismic = (
        "--unit",
        "Seismic office",
        "--area",
        "000000000000",
        "--kind",
        "seismic",
    )  # whose the warning of an earthquake is
    for name, right in (("ma", "draft"), ("nie", "review"), ("ou", "sign"), ("pu", "sign")):
        commands.done("official", "add", name, *seismic, "--right", right)
    commands.done("service", "add", "seismometers", "--unit", "Seismic office", *BOUNDS[2:])
    acts = {name: commands.done("official", "token", name)["token"] for name in ("ma", "nie", "ou", "pu")}
    file = tmp_path / "paper.json"
    bounds = {
        "grantor": "Seismic office",
        "areas": ["500229000000"],
        "valid_from": (NOW - timedelta(hours=1)).isoformat(),
    }
    file.write_text(json.dumps(paper(NOW, **bounds)))
    monkeypatch.setenv("FENGHUO_TOKEN", acts["ma"])
    made = commands.done("standing", "propose", file)
    for name, step in (("nie", "review"), ("ou", "sign"), ("pu", "sign")):
        monkeypatch.setenv("FENGHUO_TOKEN", acts[name])
        word = ("--step", step, "--verdict", "approve", "--digest", made["digest"])
        state = commands.done("standing", "decide", made["id"], *word)["state"]
    assert state == "in-force"
    assert commands.done("standing", "revoke", made["id"], "--reason", "repair")["state"] == "revoked"
    assert commands.done("standing", "show", made["id"])["document"]["name"] == "earthquake early warning"
    assert "revoked, used 0 times" in commands("standing", "list").stdout


def test_a_file_that_is_no_paper_is_refused(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "paper.json"
    file.write_text("[]")
    assert commands.refused("standing", "propose", file)["rule"] == "not-json"


def test_a_paper_with_a_nul_in_it_is_refused_by_the_field(commands: Any, tmp_path: Path) -> None:
    file = tmp_path / "paper.json"
    file.write_text(json.dumps({"texts": [{"event": "a\0b"}]}))
    told = commands.refused("standing", "propose", file)
    assert (told["rule"], told["place"]) == ("text-unstorable", "texts.0.event")


def test_a_delegation_is_signed_on_the_command_line_by_the_code_of_whoever_signed_in(
    commands: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = (
        ("wu", "Bureau", "release"),
        ("he", "County", "draft"),
        ("lu", "County", "review"),
        ("bai", "County", "sign"),
    )
    government = ("--area", "500229000000", "--kind", "government")
    for name, unit, right in staff:
        commands.done("official", "add", name, "--unit", unit, *government, "--right", right)
    file, bounds = tmp_path / "paper.json", {"grantor": "County", "unit": "Bureau", "events": ["停电"]}
    times = {"valid_from": NOW, "valid_until": NOW + timedelta(hours=2), "review_by": NOW + timedelta(hours=1)}
    lists = {"acts": ["release"], "levels": ["blue"], "areas": ["500229000000"], "channels": ["sms"]}
    names = {"name": "rain", "document_no": "〔2026〕7号"}
    file.write_text(json.dumps(names | bounds | lists | {name: at.isoformat() for name, at in times.items()}))
    acts = {name: commands.done("official", "token", name)["token"] for name in ("he", "lu")}
    monkeypatch.setenv("FENGHUO_TOKEN", acts["he"])
    made = commands.done("delegation", "propose", file)
    word = ("--verdict", "approve", "--digest", made["digest"])
    monkeypatch.setenv("FENGHUO_TOKEN", acts["lu"])
    commands.done("delegation", "decide", made["id"], "--step", "review", *word)
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", json.dumps(AuthSettings().second_factor))
    token, app = signed_in("bai", monkeypatch)
    monkeypatch.setenv("FENGHUO_TOKEN", token)
    signs = ["delegation", "decide", str(made["id"]), "--step", "sign", *word, "--json"]
    refused = CliRunner().invoke(root, signs, input="000000\n")
    assert (refused.exit_code, json.loads(refused.stderr.splitlines()[-1])["rule"]) == (1, "factor-wrong")
    signed = CliRunner().invoke(root, signs, input=f"{app.at(datetime.now(UTC), counter_offset=1)}\n")
    assert signed.exit_code == 0, signed.output
    assert json.loads(signed.stdout.splitlines()[-1])["state"] == "in-force"


def signed_in(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, TOTP]:
    """The access token of a session, and the authenticator that comes with it."""
    for setting, least in (("PASSES", "1"), ("MEMORY_KIB", "8"), ("LANES", "1")):
        monkeypatch.setenv(f"FENGHUO_AUTH__ARGON2_{setting}", least)
    seed = onetime.new_seed()
    app = TOTP(seed)

    async def sign_in(hub: Hub) -> str:
        hashed = await hub.identity.passwords.hash("seven quiet mountain rivers")
        number = (await hub.db.read(lambda connection: officials.find(connection, name, "name"))).official.id
        await hub.db.write(lambda connection: hub.identity.enrolment.keep(connection, number, hashed, seed))
        client = hub.identity.client("here", "test")
        attempt = LoginAttempt(name, "seven quiet mountain rivers", app.now(), client)
        return (await hub.identity.logins.by_password(attempt)).access

    return run(sign_in), app
