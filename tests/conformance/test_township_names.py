"""Names of real places are no warnings: none of the 41,352 townships is taken for an event."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from approvals.event_table import load_events
from approvals.event_words import named

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")


@pytest.fixture(scope="module")
def townships(shared_data: Path) -> frozenset[str]:
    with (shared_data / "regions" / "streets.csv").open(encoding="utf-8") as file:
        return frozenset(row["name"] for row in csv.DictReader(file))


def test_no_township_is_taken_for_an_event(townships: frozenset[str]) -> None:
    assert len(townships) > 30_000
    assert {name for name in townships if named(EVENTS, name) is not None} == set()
