"""`hub official` and `hub partner`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select

from channels.standard_webhooks import WebhookKey
from hub.cli import root
from hub.store.schema import audit, endpoints, officials, partners


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


#: what a unit that is not there yet is opened with
OPENED = ("--area", "000000000000", "--kind", "government")


def hub(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(root, [*arguments, "--json"])
    assert result.exit_code == code, result.output + repr(result.exception)
    return json.loads((result.stdout if code == 0 else result.stderr).splitlines()[-1])


def rows(data: Path, table: Any) -> list[Any]:
    engine = create_engine(f"sqlite:///{data / 'hub.db'}")
    with engine.connect() as connection:
        found = list(connection.execute(select(table)))
    engine.dispose()
    return found


def add(name: str = "Wang", *rights: str, code: int = 0) -> Any:
    chosen = [word for right in rights or ("draft",) for word in ("--right", right)]
    return hub("official", "add", name, "--unit", "Water", *OPENED, *chosen, code=code)


def test_an_official_is_kept_listed_and_recorded(data: Path) -> None:
    made = add("Wang", "draft", "monitor")
    assert hub("official", "list") == [made]
    assert (made["rights"], made["active"]) == (["draft", "monitor"], True)
    (entry,) = rows(data, audit)
    assert (entry.action, entry.subject) == ("bootstrap-official-enrol", "official/Wang")


def test_who_administers_can_never_release(data: Path) -> None:
    for right in ("draft", "review", "sign", "release"):
        assert add("Root", "administer", right, code=1)["rule"] == "rights-apart"
    assert rows(data, officials) == []


def test_a_name_is_one_official(data: Path) -> None:
    add()
    assert add(code=1)["rule"] == "official-exists"


def test_an_area_that_does_not_exist_is_refused(data: Path) -> None:
    stated = ("--area", "999999999999", "--kind", "government")
    told = hub("official", "add", "Wang", "--unit", "W", "--right", "draft", *stated, code=1)
    assert (told["rule"], told["place"]) == ("region-unknown", "area")


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_token_names_the_official_and_is_kept_nowhere(data: Path, by: str) -> None:
    made = add("Wang", "draft", "sign")
    told = hub("official", "token", str(made[by]), "--hours", "2")
    claims = jwt.decode(told["token"], options={"verify_signature": False})
    assert (claims["sub"], claims["rights"], claims["exp"] - claims["iat"]) == (
        str(made["id"]),
        ["draft", "sign"],
        7200,
    )
    signature = told["token"].rsplit(".", 1)[1].encode()
    assert all(signature not in file.read_bytes() for file in data.rglob("*") if file.is_file())


def test_who_is_out_of_office_gets_no_token(data: Path) -> None:
    add()
    assert hub("official", "retire", "Wang")["active"] is False
    assert hub("official", "token", "Wang", code=1)["rule"] == "official-inactive"


@pytest.mark.parametrize("command", ["token", "retire"])
@pytest.mark.parametrize("who", ["99", "Nobody", "9" * 40])
def test_nobody_cannot_be_named(data: Path, command: str, who: str) -> None:
    assert hub("official", command, who, code=1)["rule"] == "official-unknown"


def test_a_partner_that_pulls_is_known_by_the_hash_of_its_token(data: Path) -> None:
    made = hub("partner", "add", "Radio")
    (row,) = rows(data, partners)
    assert row.token_hash == hashlib.sha256(made["token"].encode()).hexdigest()
    assert (row.endpoint, "secret" in made) == (None, False)
    assert hub("partner", "list") == [{"id": made["id"], "name": "Radio", "pushed": False}]


def test_a_partner_that_is_pushed_gets_a_secret_of_its_own_that_is_sealed(data: Path) -> None:
    made = hub("partner", "add", "Radio", "--push-url", "https://radio.example/nobody-may-see")
    assert WebhookKey.parse(made["secret"]).version == "v1"
    (row,) = rows(data, endpoints)
    assert (row.channel, row.name) == ("partners", "Radio")
    stored = (data / "hub.db").read_bytes()
    for hidden in (made["secret"], made["token"], "nobody-may-see"):
        assert hidden.encode() not in stored


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "ftp://radio.example/", "http://169.254.169.254/meta", "nonsense"]
)
def test_an_address_inside_our_own_network_is_refused(data: Path, url: str) -> None:
    assert hub("partner", "add", "Radio", "--push-url", url, code=1)["rule"] == "endpoint-target"
    assert hub("partner", "list") == []


def test_an_unknown_region_keeps_nothing_of_the_partner(data: Path) -> None:
    told = hub("partner", "add", "Radio", "--push-url", "https://radio.example/", "--region", "9", code=1)
    assert told["rule"] == "region-unknown"
    assert rows(data, partners) == rows(data, endpoints) == rows(data, audit) == []


def test_a_partner_is_registered_once(data: Path) -> None:
    hub("partner", "add", "Radio")
    assert hub("partner", "add", "Radio", code=1)["rule"] == "partner-exists"
    assert len(rows(data, partners)) == 1
