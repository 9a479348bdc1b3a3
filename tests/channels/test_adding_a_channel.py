"""What docs/adding-a-channel.md shows is what the code says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from channels.registry import DRIVERS, open_drivers
from channels.settings import ChannelRefused, DriverContext

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/adding-a-channel.md").read_text(encoding="utf-8")
SOURCES = [ROOT / "channels/webhook.py", ROOT / "channels/registry.py"]
KEY = "whsec_" + "QUJD" * 10


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("shown", blocks("python"))
def test_every_piece_of_code_the_page_shows_stands_in_the_project(shown):
    assert any(shown in source.read_text(encoding="utf-8") for source in SOURCES)


def test_every_file_and_folder_the_page_names_exists():
    named = re.findall(r"`((?:channels|tests|templates|config)/[\w/.]+)`", PAGE)
    assert len(named) > 5
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_block_the_page_shows_opens_the_driver_once_its_secret_is_there(clock):
    (shown,) = blocks("toml")
    block = tomllib.loads(shown)["webhook"] | {"enabled": True}
    context = DriverContext("https://hub.example", clock.now)
    with pytest.raises(ChannelRefused, match=r"webhook\.key"):
        open_drivers({"webhook": block}, context)
    driver = open_drivers({"webhook": block | {"key": KEY}}, context)["webhook"]
    assert driver.name == "webhook"
    assert driver.limits.concurrency == 20


def test_the_page_fits_its_promise_of_one_screen_and_drivers_keep_to_150_lines():
    assert len(PAGE.splitlines()) <= 70
    files = {kind.build.__module__.replace(".", "/") + ".py" for kind in DRIVERS.values()}
    assert [name for name in files if len((ROOT / name).read_text(encoding="utf-8").splitlines()) > 150] == []


def test_a_key_that_cannot_sign_is_refused_before_anything_is_sent(clock):
    public = "whpk_" + "A" * 43 + "="
    with pytest.raises(ChannelRefused, match="only verifies"):
        open_drivers({"it": {"driver": "webhook", "key": public}}, DriverContext("https://hub.example", clock.now))
