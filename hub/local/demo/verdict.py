"""The two sides of a demonstration put together: what the hub says, and what the other ends counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from hub.local.demo.walk import Exactness


def complete_report(
    report: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]], exactness: Exactness, wall_s: float
) -> dict[str, Any]:
    """The report of a demonstration. `counterparts` is counted by the other end, not by the hub."""
    whole = dict(report)
    whole["counterparts"] = {
        name: {"received": count["received"], "unique": count["unique"]} for name, count in counts.items()
    }
    whole["channels"] = {
        name: {**channel, "duplicates": counts[name]["duplicates"] if name in counts else 0}
        for name, channel in report["channels"].items()
    }
    whole["cancel"] = asdict(exactness)
    whole["wall_s"] = round(wall_s, 1)
    whole["disagreements"] = disagreements(whole)
    return whole


def disagreements(report: Mapping[str, Any]) -> list[str]:
    """Everything in which the two sides differ or a sum does not add up; empty is the only good answer."""
    found: list[str] = []
    persons = report["persons"]
    if persons["targeted"] != persons["reached"] + persons["failed"] + persons["unknown"]:
        found.append("persons: targeted is not reached + failed + unknown")
    if persons["confirmed"] > persons["reached"]:
        found.append("persons: more confirmed than reached")
    for name, channel in report["channels"].items():
        if channel["targeted"] != channel["delivered"] + channel["failed"] + channel["unknown"]:
            found.append(f"{name}: targeted is not delivered + failed + unknown")
        unique = report["counterparts"].get(name, {}).get("unique", 0)
        if unique != channel["accepted"]:
            found.append(f"{name}: the hub says {channel['accepted']} accepted, the other end counted {unique}")
        if channel["duplicates"]:
            found.append(f"{name}: {channel['duplicates']} duplicates")
    if not report["audit"]["verified"]:
        found.append("audit: the chain does not verify")
    if not report["cancel"]["exact"]:
        found.append("cancel: it did not go to exactly those who may have been reached")
    return found
