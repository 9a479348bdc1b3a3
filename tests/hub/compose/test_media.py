"""What is configured can be composed and addressed, or the hub does not start."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.driver import columns_of
from channels.media.registry import MEDIA
from channels.media.sms import SMS
from channels.medium import Medium, Templates
from channels.registry import open_drivers
from channels.settings import BlockSource, ChannelRefused
from hub.compose.media import must_have_media
from hub.registry.rows import ADDRESSES
from templates.catalog import FOLDER, Catalog
from tests.drivers.harness import context

BLOCK = {"driver": "twilio_sms", "account": "AC" + "0" * 32, "auth_token": "x" * 32, "sender": "+8610"}
SOURCE = BlockSource("our/channels.toml")


def drivers(monkeypatch: pytest.MonkeyPatch, medium: Medium = SMS) -> Any:
    """A second provider of text messages, as if its driver carried this medium."""
    monkeypatch.setattr("channels.twilio_sms.TwilioSms.medium", medium)
    return open_drivers({"sms_backup": BLOCK}, context())


def test_a_second_provider_of_a_medium_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = drivers(monkeypatch)
    must_have_media(found, Catalog(), SOURCE)
    assert columns_of(found) == {"sms_backup": SMS.column}


def test_a_medium_without_templates_is_refused_by_file_key_and_missing_file(monkeypatch: pytest.MonkeyPatch) -> None:
    fax = replace(SMS, name="fax", templates=Templates("fax.txt"))
    with pytest.raises(
        ChannelRefused, match=r"^our/channels.toml: sms_backup.driver: twilio_sms carries fax, "
    ) as refused:
        must_have_media(drivers(monkeypatch, fax), Catalog(), SOURCE)
    assert "templates/alert/und/fax.txt" in str(refused.value)


def test_one_missing_file_of_one_message_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path / "templates")
    (tmp_path / "templates" / "cancel" / "und" / "sms.txt").unlink()
    with pytest.raises(ChannelRefused, match=r"templates/cancel/und/sms\.txt is missing"):
        must_have_media(drivers(monkeypatch), Catalog(tmp_path / "templates"), SOURCE)


def test_a_medium_whose_addresses_no_register_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pager = replace(SMS, name="pager", column="pager")
    with pytest.raises(ChannelRefused, match=r"sms_backup.driver: twilio_sms carries pager, and no register holds"):
        must_have_media(drivers(monkeypatch, pager), Catalog(), SOURCE)


def test_every_medium_of_persons_has_a_column_of_its_own() -> None:
    columns = [medium.column for medium in MEDIA.values() if medium.column]
    assert sorted(columns) == sorted(set(columns)) == sorted(ADDRESSES)
