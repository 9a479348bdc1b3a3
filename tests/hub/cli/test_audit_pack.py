"""`hub audit pack` and `verify-pack`: one file out, and a verdict that needs neither hub nor settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from approvals.signed import jwk_set
from hub.cli.audit import audit
from tests.stories.places import place, settle, town
from tests.stories.town import Town

__all__ = ["place", "settle", "town"]


def verify(*arguments: object) -> Result:
    return CliRunner().invoke(audit, ["verify-pack", *map(str, arguments)])


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
async def test_a_pack_is_verified_without_settings_and_a_changed_byte_is_named(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = town.hub
    flood = await town.warns(channels=("sms",))
    file, keys = tmp_path / "flood.pack", tmp_path / "keys.json"
    file.write_bytes(await hub.transactions.read(lambda tx: hub.packer.pack(tx, flood.id)))
    keys.write_text(json.dumps(jwk_set({**hub.keys.order, **hub.keys.record})))
    monkeypatch.setenv("FENGHUO_STORE__URL", "nonsense://")  # whoever opened the store would fail
    told = verify(file, "--keys", keys, "--json")
    assert (told.exit_code, json.loads(told.output)["own_keys"], json.loads(told.output)["flaws"]) == (0, False, [])
    assert "whole" in verify(file).output
    keys.write_text(json.dumps(jwk_set({"other": Ed25519PrivateKey.generate().public_key()})))
    assert verify(file, "--keys", keys).exit_code == 1
    file.write_bytes(file.read_bytes().replace("暴雨".encode(), "大雨".encode(), 1))
    told = verify(file, "--json")
    assert (told.exit_code, json.loads(told.output)["flaws"][0]["part"]) == (1, "alert")
