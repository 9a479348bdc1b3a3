"""What each driver is, rule by rule, as `channels/quality/<driver>.toml` says it: done, still to do, or exempt and why."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from channels.reactions import load_reactions
from channels.registry import DRIVERS
from tests.drivers.harness import Fault
from tests.drivers.test_leaks import EXAMPLES

ROOT = Path(__file__).parents[2]
QUALITY = ROOT / "channels" / "quality"
RULES = {
    "receipts": "reads what became of a message",
    "replies": "reads what people write back",
    "reactions": "the provider's codes are data beside the driver",
    "faults": "a test row for each fault of the network",
    "secrets": "the leak test looks for its secrets",
    "limits": "its limits have a source and a date, or are said to be our own choice",
    "docs": "an example block shows its settings",
}
SOURCED = re.compile(r"#.*(\d{4}-\d{2}\)|our own choice|takes \d+ from)")


def said(driver: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = tomllib.loads((QUALITY / f"{driver}.toml").read_text(encoding="utf-8"))
    return found


def driver_class(driver: str) -> Any:
    module = vars(sys.modules[DRIVERS[driver].build.__module__])
    return next(each for each in module.values() if isinstance(each, type) and vars(each).get("name") == driver)


def block_of(driver: str) -> str:
    """The example block of a driver, as written."""
    texts = (ROOT / "config" / "channels.toml", ROOT / "docs" / "adding-a-channel.md")
    blocks = (block for text in texts for block in re.split(r"\n(?=\[)|```", text.read_text(encoding="utf-8")))
    return next((block for block in blocks if f'driver = "{driver}"' in block), "")


def has_each_fault(driver: str) -> bool:
    """Whether one test file that speaks of the driver has a row for every fault."""
    files = (
        path.read_text(encoding="utf-8")
        for at in ("channels", "drivers")
        for path in (ROOT / "tests" / at).glob("test_*.py")
    )
    return any(
        driver in text and all(f"Fault.{fault.name}" in text for fault in Fault if fault is not Fault.NONE)
        for text in files
    )


def has_reactions(driver: str) -> bool:
    files = (path.name.partition(".")[0] for path in (ROOT / "channels").glob("*.reactions.toml"))
    return any(driver.startswith(provider) and load_reactions(provider) for provider in files)


#: how the rules that can be looked up are looked up
LOOKS: Mapping[str, Callable[[str], bool]] = {
    "receipts": lambda driver: hasattr(driver_class(driver), "read"),
    "reactions": has_reactions,
    "faults": has_each_fault,
    "secrets": lambda driver: driver in EXAMPLES,
    "limits": lambda driver: SOURCED.search(block_of(driver)) is not None,
    "docs": lambda driver: block_of(driver) != "",
}


def holds(driver: str, rule: str) -> bool:
    """Whether a driver keeps a rule, as far as that can be looked up."""
    return rule not in LOOKS or LOOKS[rule](driver)


def test_every_driver_says_of_every_rule_whether_it_keeps_it_and_why_not() -> None:
    assert {path.stem for path in QUALITY.glob("*.toml")} == set(DRIVERS)
    for driver in DRIVERS:
        assert list(said(driver)) == list(RULES), driver
        for rule, told in said(driver).items():
            assert told["status"] in {"done", "todo", "exempt"}, (driver, rule)
            assert (told["status"] == "done") != bool(told.get("reason")), (driver, rule)


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_is_said_to_be_done_is_done(driver: str) -> None:
    assert [rule for rule, told in said(driver).items() if told["status"] == "done" and not holds(driver, rule)] == []


def test_a_driver_that_does_not_exist_keeps_no_rule_that_is_looked_up() -> None:
    """The guard against a look that always says yes."""
    assert [rule for rule in ("reactions", "faults", "secrets", "limits", "docs") if holds("pager", rule)] == []
