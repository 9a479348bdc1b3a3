"""The production image works: each of its commands starts in the tree that its Dockerfile lays, with its packages."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.version import project_version
from tests.image import Image


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return Image.lay(tmp_path)


@contextmanager
def running(image: Image, command: str, redis_url: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it is looked at; then it is asked to end."""
    process = image.start(command, FENGHUO_REDIS__URL=redis_url)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()


def fetched(process: subprocess.Popen[str], url: str) -> Any:
    """What stands at the address, as soon as somebody answers there; fails with what the process said if it ends."""
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - an address of our own
                return json.load(answer)
        except urllib.error.URLError:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.05)


def test_the_image_holds_its_packages_and_no_installed_project(image: Image) -> None:
    assert image.run("-c", "import aiohttp, lxml, shapely, hub").returncode == 0
    found = image.run("-c", "from importlib.metadata import version; version('fenghuo')")
    assert "PackageNotFoundError" in found.stderr
    assert image.run("-c", "import pytest").returncode == 1  # what only developers have is not there


def test_serve_answers_until_it_is_stopped(image: Image, redis_url: str) -> None:
    with running(image, "", redis_url) as process:
        door = f"http://127.0.0.1:{image.port}"
        assert fetched(process, f"{door}/healthz")
        assert fetched(process, f"{door}/api/v1/openapi.json")["info"]["version"] == project_version()
    assert process.returncode == 0


def test_worker_gets_ready_and_ends_when_it_is_asked(image: Image, redis_url: str) -> None:
    with running(image, "worker", redis_url) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "worker_ready" in line:
                break
        assert "worker_ready" in "".join(said[-1:]), "".join(said)
    assert process.returncode == 0


def test_migrate_makes_the_database_in_the_volume(image: Image) -> None:
    process = image.start("migrate")
    assert process.communicate()[0] == "The database is at this version.\n"
    assert process.returncode == 0
    assert list((image.root / "data").glob("*.db"))


@pytest.mark.parametrize("left_out", ["pyproject.toml", "config", "templates", "targeting", "hub"])
def test_an_image_that_lacks_a_part_does_not_serve(tmp_path: Path, redis_url: str, left_out: str) -> None:
    process = Image.lay(tmp_path, without=left_out).start("", FENGHUO_REDIS__URL=redis_url)
    assert process.communicate()[0]
    assert process.returncode == 1
