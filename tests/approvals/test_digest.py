"""The digest: equal in every process, changed by every change."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.digest import Frozen, frozen_digest
from approvals.issuers import Issuers
from approvals.level import Level
from channels.message import Form
from targeting.audience import Audience, Circle, Groups, Polygon

ROOT = Path(__file__).resolve().parents[2]
RING = ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0))
FROZEN = Frozen(
    content=b"<alert/>",
    forms=(Form("sms", "zh", "雨"), Form("sms", "en", "rain"), Form("voice", "zh", "<Response/>")),
    audience=Audience(
        frozenset({"500112001000", "500112002000", "UGC:NMZ528"}),
        (Polygon(RING),),
        (Circle(30.0, 106.0, 5.0),),
        Groups(frozenset({"elderly", "deaf"})),
    ),
    channels=frozenset({"sms", "voice"}),
    ladder=(("sms", "voice"), ("voice", "email")),
    expires=datetime(2026, 7, 1, 12, tzinfo=UTC),
    world="live",
    level=Level.RED,
    issuers=Issuers("water office", ("station",), ("forestry office",)),
    authors=frozenset({1, 2}),
    references=("a,1,2026-07-01T08:00:00+08:00", "a,2,2026-07-01T09:00:00+08:00"),
)


def test_case_28_the_digest_is_the_same_in_processes_with_different_hash_seeds() -> None:
    program = (
        "import importlib.util;"
        f"spec = importlib.util.spec_from_file_location('t', {str(Path(__file__))!r});"
        "t = importlib.util.module_from_spec(spec); spec.loader.exec_module(t);"
        "print(t.frozen_digest(t.FROZEN), list(t.FROZEN.audience.regions))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (0, 1, 2, 3)
    ]
    assert {answer.split()[0] for answer in answers} == {frozen_digest(FROZEN)}
    # The sets really were in another order somewhere, else this proved nothing.
    assert len(set(answers)) > 1


@given(st.randoms())
def test_the_order_of_sets_forms_and_places_never_changes_the_digest(random: object) -> None:
    def shuffled(values: object) -> tuple[object, ...]:
        listed = list(values)  # type: ignore[call-overload]
        random.shuffle(listed)  # type: ignore[attr-defined]
        return tuple(listed)

    audience = replace(
        FROZEN.audience,
        polygons=shuffled(FROZEN.audience.polygons),
        regions=frozenset(shuffled(FROZEN.audience.regions)),
    )
    other = replace(FROZEN, forms=shuffled(FROZEN.forms), audience=audience, references=shuffled(FROZEN.references))
    assert frozen_digest(other) == frozen_digest(FROZEN)


@pytest.mark.parametrize(
    "change",
    [
        {"content": b"<alert />"},
        {"forms": FROZEN.forms[:2]},
        {"forms": (replace(FROZEN.forms[0], body="雨。"), *FROZEN.forms[1:])},
        {"forms": (replace(FROZEN.forms[0], subject="x"), *FROZEN.forms[1:])},
        {"forms": (replace(FROZEN.forms[0], language="zh-TW"), *FROZEN.forms[1:])},
        {"audience": replace(FROZEN.audience, regions=frozenset({"500112001000"}))},
        {"audience": replace(FROZEN.audience, groups=Groups())},
        {"audience": replace(FROZEN.audience, circles=(Circle(30.0, 106.0, 5.1),))},
        {"audience": replace(FROZEN.audience, polygons=())},
        {"channels": frozenset({"sms"})},
        {"ladder": (("voice", "email"), ("sms", "voice"))},
        {"expires": FROZEN.expires + timedelta(milliseconds=1)},
        {"world": "exercise"},
        {"level": Level.ORANGE},
        {"references": FROZEN.references[:1]},
        {"issuers": replace(FROZEN.issuers, lead="station", joint=("water office",))},
        {"issuers": replace(FROZEN.issuers, joint=())},
        {"issuers": replace(FROZEN.issuers, consulted=())},
        {"issuers": replace(FROZEN.issuers, publisher="warning centre", entrustment=3)},
        {"authors": frozenset({1, 3})},
    ],
)
def test_case_1_any_change_of_what_is_frozen_is_another_digest(change: dict[str, object]) -> None:
    assert frozen_digest(replace(FROZEN, **change)) != frozen_digest(FROZEN)  # type: ignore[arg-type]


def test_one_moment_and_one_place_have_one_digest_however_written() -> None:
    beijing = FROZEN.expires.astimezone(timezone(timedelta(hours=8)))
    whole = replace(FROZEN.audience, circles=(Circle(30, 106, 5),), polygons=(Polygon(((-0.0, 0), *RING[1:])),))
    assert frozen_digest(replace(FROZEN, expires=beijing, audience=whole)) == frozen_digest(FROZEN)


def test_the_digest_names_its_scheme() -> None:
    scheme, _, digits = frozen_digest(FROZEN).partition(":")
    assert (scheme, len(digits)) == ("fh3", 64)


def test_two_forms_of_one_channel_and_language_are_refused() -> None:
    with pytest.raises(ValueError, match="two forms"):
        frozen_digest(replace(FROZEN, forms=(*FROZEN.forms, Form("sms", "zh", "other"))))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="expires"):
        frozen_digest(replace(FROZEN, expires=datetime(2026, 7, 1)))  # noqa: DTZ001 - that is the point
