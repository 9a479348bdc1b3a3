"""A provider's reactions are data: a wrong row is refused by code and key, before anything is sent."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels import driver
from channels.message import Deferred, FailureReason, Refused
from channels.reactions import load_reactions

GOOD = '7 = { outcome = "deferred", reason = "throttled", meaning = "slow down", wait_s = 5 }'


def loaded(folder: Path, row: str, source: str = "x.example, 2026-11") -> object:
    (folder / "it.reactions.toml").write_text(f'source = "{source}"\n[codes]\n{row}\n', encoding="utf-8")
    return load_reactions("it", folder)


def test_a_deferred_code_waits_as_its_row_says_unless_the_provider_names_a_time(tmp_path: Path) -> None:
    loaded(tmp_path, GOOD)
    reaction = load_reactions("it", tmp_path)[7]
    assert reaction.outcome(7) == Deferred(FailureReason.THROTTLED, timedelta(seconds=5))
    assert reaction.outcome(7, timedelta(seconds=9)) == Deferred(FailureReason.THROTTLED, timedelta(seconds=9))


def test_a_refused_code_is_told_with_its_number(tmp_path: Path) -> None:
    loaded(tmp_path, '8 = { outcome = "refused", reason = "rejected", meaning = "no" }')
    assert load_reactions("it", tmp_path)[8].outcome(8) == Refused(FailureReason.REJECTED, "8")


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (GOOD.replace("throttled", "tired"), "codes.7.reason"),
        (GOOD.replace("deferred", "maybe"), "codes.7.outcome"),
        (GOOD.replace("wait_s", "wait"), "codes.7.wait"),
        (GOOD.replace("slow down", ""), "codes.7.meaning"),
        (GOOD.replace("7 =", "seven ="), "codes.seven.[key]"),
    ],
)
def test_a_wrong_row_is_refused_by_code_and_key(tmp_path: Path, row: str, place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        loaded(tmp_path, row)
    assert ".".join(map(str, caught.value.errors()[0]["loc"])) == place


def test_a_table_without_source_and_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="source"):
        loaded(tmp_path, GOOD, source="hearsay")


def test_every_method_of_a_protocol_of_drivers_has_its_contract() -> None:
    protocols = [
        each
        for each in vars(driver).values()
        if getattr(each, "_is_protocol", False) and each.__module__ == driver.__name__
    ]
    methods = [
        (each.__name__, name, method.__doc__)
        for each in protocols
        for name, method in vars(each).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]
    assert {name for name, _, _ in methods} == {"Driver", "Answering", "CallbackReader", "EndpointCallbackReader"}
    assert [(of, name) for of, name, text in methods if not text or len(text) < 40] == []
