"""A hub for commands: a data directory with people and officials, channels that lead nowhere, and a warning."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, select

from hub.cli import root
from hub.formats.cap.read import read
from hub.formats.cap.write import write
from hub.local.demo.redate import redate
from hub.settings.settings import CONFIG_DIR

PEOPLE = """external_id,region,language,sms,email,groups
1,500229001000,zh,+8619910000001,,elderly
2,500229002000,en,,two@example.org,
3,110101001000,zh,+8619910000003,,
"""
STAFF = {"chen": "draft", "li": "review", "zhao": "sign", "sun": "sign", "zhou": "release"}
#: nobody listens there, and no worker runs: what is released stays in the database
CHANNELS = """
[sms]
driver = "twilio_sms"
base_url = "http://127.0.0.1:1"
account = "AC00000000000000000000000000000000"
auth_token = "not-a-secret"
sender = "+861012379000"

[email]
driver = "smtp"
host = "127.0.0.1"
port = 1
security = "none"
"""


class Commands:
    """`hub …` on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *arguments: object) -> Result:
        return CliRunner().invoke(root, [str(argument) for argument in arguments])

    def done(self, *arguments: object) -> Any:
        """The JSON answer of a command that succeeds."""
        result = self(*arguments, "--json")
        assert result.exit_code == 0, result.output + repr(result.exception)
        return json.loads(result.stdout)

    def refused(self, *arguments: object) -> Any:
        """The refusal of a command that ends with 1 and prints nothing else."""
        result = self(*arguments, "--json")
        assert (result.exit_code, result.stdout) == (1, ""), result.output + repr(result.exception)
        return json.loads(result.stderr.splitlines()[-1])

    def rows(self, table: Any) -> list[Any]:
        engine = create_engine(f"sqlite:///{self.data / 'hub.db'}")
        with engine.connect() as connection:
            found = list(connection.execute(select(table)))
        engine.dispose()
        return found


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Made once, with the whole tree of regions; every test gets a copy."""
    folder = tmp_path_factory.mktemp("furnished")
    (folder / "channels.toml").write_text(CHANNELS)
    (folder / "people.csv").write_text(PEOPLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FENGHUO_HUB__DATA_DIR", str(folder / "data"))
        patch.setenv("FENGHUO_CHANNELS", str(folder / "channels.toml"))
        commands = Commands(folder / "data")
        commands.done("recipient", "import", folder / "people.csv")
        for name, right in STAFF.items():
            station = (
                "--unit",
                "Office",
                "--area",
                "000000000000",
                "--kind",
                "meteorological",
            )  # the warning is of rain
            commands.done("official", "add", name, *station, "--right", right)
        names = ("zh=城口县气象台", "en=Chengkou County Meteorological Station")
        commands.done("unit", "names", "Office", "--called", names[0], "--called", names[1])
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def commands(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    shutil.copytree(furnished / "data", tmp_path / "data")
    monkeypatch.setenv("FENGHUO_HUB__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FENGHUO_CHANNELS", str(furnished / "channels.toml"))
    monkeypatch.setenv("FENGHUO_AUTH__SECOND_FACTOR", "[]")  # a story of its own (tests/hub/access/identity)
    return Commands(tmp_path / "data")


@pytest.fixture
def warning(tmp_path: Path) -> Path:
    """The demonstration's red warning for one county, as if issued now."""
    alert = read((CONFIG_DIR / "demo" / "rainstorm.xml").read_bytes()).alert
    assert alert is not None
    file = tmp_path / "warning.xml"
    file.write_bytes(write(redate(alert, datetime.now(UTC))))
    return file
