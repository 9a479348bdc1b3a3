"""The container files agree with the code: commands that exist, settings that are understood, no secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.cli import COMMANDS
from hub.settings import settings


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def ours(compose: dict[str, Any]) -> dict[str, Any]:
    """The services that run the hub's own image."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> str:
    return (root / "Dockerfile").read_text()


def test_every_service_of_ours_runs_a_command_that_exists(ours: dict[str, Any]) -> None:
    assert {service["command"][0] for service in ours.values()} == {"migrate", "serve", "worker"}
    assert {service["command"][0] for service in ours.values()} <= set(COMMANDS)


def test_every_setting_given_to_a_container_is_understood(ours: dict[str, Any], dockerfile: str) -> None:
    given = dict(re.findall(r"(FENGHUO_\w+)=(\S+)", dockerfile))
    for service in ours.values():
        loaded = settings.load(given | service["environment"])
        assert loaded.store_url.startswith("postgresql+psycopg://")
        assert str(loaded.hub.data_dir) == "/data"


def test_what_waits_for_a_service_waits_for_one_that_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for other, wish in service.get("depends_on", {}).items():
            waited = compose["services"][other]
            assert wish["condition"] != "service_healthy" or "test" in waited["healthcheck"]


def test_every_named_volume_is_declared(compose: dict[str, Any]) -> None:
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service.get("volumes", ())}
    assert {name for name in used if not name.startswith(".")} == set(compose["volumes"])


def test_there_is_no_secret_in_the_files(compose: dict[str, Any], dockerfile: str) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD|SECRET|TOKEN|KEY", name) or value.startswith("${"), name
            assert not re.search(r"://\w*:[^$@/]+@", value), name
    assert not re.search("PASSWORD|SECRET|FENGHUO_KEY", dockerfile)


def test_our_containers_run_without_privileges_on_a_read_only_file_system(
    ours: dict[str, Any], dockerfile: str
) -> None:
    assert re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)[-1] == "10001:10001"
    for service in ours.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_the_image_is_built_in_stages_from_the_lock_and_checks_its_health(dockerfile: str, root: Path) -> None:
    assert len(re.findall(r"^FROM python:3\.12-slim", dockerfile, re.MULTILINE)) == 2
    assert "--require-hashes" in dockerfile
    assert re.search(r"^HEALTHCHECK .*\n.*/healthz", dockerfile, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile, re.MULTILINE)
    let_in = {line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == let_in
    assert all((root / name).exists() for name in copied)


def test_no_image_follows_a_moving_name(compose: dict[str, Any], dockerfile: str) -> None:
    images = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    images += [service["image"] for service in compose["services"].values() if "build" not in service]
    assert [image for image in images if ":" not in image or image.endswith(":latest")] == []


def test_ci_runs_what_everyone_runs(root: Path) -> None:
    script = root / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in script.read_text()
    assert "make check" in script.read_text()
