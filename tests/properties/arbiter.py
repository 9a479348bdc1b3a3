"""An arbiter of its own: reads the authority policy itself, remembers who wrote and who approved, and judges releases.

It shares no code with the hub: it sees what was asked, what was answered, and what arrived at the other end.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LEVELS = ["blue", "yellow", "orange", "red"]
KNOWN = {"id", "levels", "events", "steps", "source", "who", "emergency", "public", "precedence"}


@dataclass(frozen=True)
class Clerk:
    """An account: whose it is, where it sits, what it may do."""

    account: int
    person: int
    unit: str
    kind: str
    area: str
    rights: frozenset[str]
    active: bool = True


@dataclass
class File:
    """All the arbiter knows of one warning."""

    number: int
    level: str
    event: str
    areas: frozenset[str]
    msg_type: str
    unit: str
    expires: float
    before: list[File] = field(default_factory=list)  # the chain it continues, oldest first
    authors: set[int] = field(default_factory=set)  # persons
    digest: str = ""
    path: str = "full"
    forms: frozenset[str] = frozenset()
    approvals: list[tuple[Clerk, str]] = field(default_factory=list)
    decided: set[int] = field(default_factory=set)
    released: bool = False
    ended: bool = False

    def reset(self) -> None:
        """Whatever was approved was approved of something else."""
        self.digest, self.forms = "", frozenset()
        self.approvals, self.decided = [], set()


class Unlawful(AssertionError):
    """The hub allowed what the policy does not."""


class Arbiter:
    def __init__(self, policy: Path) -> None:
        tree = tomllib.loads(policy.read_text("utf-8"))
        self.rules = tree["rule"]
        for rule in self.rules:
            assert set(rule) <= KNOWN, f"the arbiter cannot read {set(rule) - KNOWN}: teach it"
        self.clerks: dict[int, Clerk] = {}
        self.files: dict[int, File] = {}

    # --- the policy, read anew

    def rule(self, file: File) -> dict[str, Any]:
        level = max([file.level, *(each.level for each in file.before)], key=LEVELS.index)
        fitting = [
            (rule.get("precedence", 0), "*" not in pattern, len(pattern.replace("*", "")), number)
            for number, rule in enumerate(self.rules)
            if level in rule["levels"] or "*" in rule["levels"]
            for pattern in rule["events"]
            if _fits(pattern, file.event)
        ]
        return self.rules[max(fitting)[-1]]

    def steps(self, file: File) -> dict[str, int]:
        rule = self.rule(file)
        if file.path == "full":
            return rule["steps"]
        short = rule.get("emergency")
        if short and any(_fits(pattern, file.event) for pattern in short["events"]):
            return short["steps"]
        if file.msg_type == "Cancel":
            return {"sign": 1}
        raise Unlawful(f"alert {file.number}: no rule shortens the way of {file.event}")

    def may(self, clerk: Clerk, right: str, file: File) -> str:
        """Why not; empty where the clerk may."""
        if not clerk.active or right not in clerk.rights or "administer" in clerk.rights:
            return "right"
        rule = self.rule(file)
        if rule.get("public") is False:
            return "public"
        if not all(_inside(clerk.area, key) for key in file.areas):
            return "area"
        kinds = rule.get("who", {}).get("kinds", [])
        if kinds and clerk.kind not in kinds:
            return "kind"
        if file.before and not self._answers_for(clerk, file.before[0].unit):
            return "issuer"
        return ""

    def _answers_for(self, clerk: Clerk, unit: str) -> bool:
        issuer = next(each for each in self.clerks.values() if each.unit == unit)
        above = clerk.area != issuer.area and _inside(clerk.area, issuer.area)
        return clerk.unit == unit or (above and clerk.kind in {"government", issuer.kind})

    # --- what was seen

    def wrote(self, account: int, file: File) -> None:
        file.authors.add(self.clerks[account].person)

    def decided(self, account: int, file: File, word: dict[str, str]) -> None:
        """The hub took this word. Raises Unlawful where it should not have."""
        clerk = self.clerks[account]
        right = {"review": "review", "sign": "sign"}[word["step"]]
        self._demand(clerk.person not in file.authors, f"SEP-1: {clerk} wrote {file.number}")
        self._demand(clerk.person not in file.decided, f"SEP-2: {clerk} decided twice on {file.number}")
        self._demand(word["digest"] == file.digest != "", f"SEP-3: {word['digest']} is not {file.digest}")
        self._demand(not self.may(clerk, right, file), f"{clerk} may not {right}: {self.may(clerk, right, file)}")
        file.decided.add(clerk.person)
        if word["verdict"] == "approve":
            file.approvals.append((clerk, word["step"]))
        else:
            self._demand(bool(word["reason"].strip()), f"SEP-7: no reason to {word['verdict']}")
            if word["verdict"] == "return":
                file.reset()
            else:
                file.ended = True

    def released(self, account: int, file: File, digest: str, now: float) -> None:
        """The hub released. Raises Unlawful where the policy's signatures are not there, over this digest."""
        clerk = self.clerks[account]
        self._demand(digest == file.digest != "", f"{file.number} was released as {digest}, approved as {file.digest}")
        self._demand(
            not self.may(clerk, "release", file), f"{clerk} may not release: {self.may(clerk, 'release', file)}"
        )
        self._demand(now < file.expires, f"{file.number} was over")
        self._demand(not (file.released or file.ended), f"{file.number} had ended or was released before")
        lacking = self.lacking(file)
        self._demand(not lacking, f"{file.number} ({file.path}, {self.rule(file)['id']}) lacked {lacking}")
        file.released = True

    def lacking(self, file: File) -> dict[str, int]:
        """Which signatures are not there, counting those of people who may still give them."""
        lacking = {}
        for step, count in self.steps(file).items():
            signed = {
                clerk.person
                for clerk, taken in file.approvals
                if taken == step and not self.may(self.clerks[clerk.account], step, file)
            }
            if len(signed - file.authors) < count:
                lacking[step] = count - len(signed)
        return lacking

    def refused(self, account: int, file: File, word: dict[str, str], rule: str) -> None:
        """The hub refused a word. Raises Unlawful where the reason it gives is not true."""
        clerk = self.clerks[account]
        true = {
            "SEP-1": clerk.person in file.authors,
            "SEP-2": clerk.person in file.decided,
            "SEP-3": word["digest"] != file.digest,
            "SEP-7": not word["reason"].strip() and word["verdict"] != "approve",
        }
        self._demand(true.get(rule, True), f"{clerk} was refused for {rule}, which is not so: {file}")

    def arrived(self, text: str, region: str) -> None:
        """Somebody living in `region` was sent this. Raises Unlawful unless it was approved and released, for there."""
        meant = [file for file in self.files.values() if file.released and text in file.forms]
        self._demand(bool(meant), f"nobody released: {text}")
        there = any(_inside(area, region) for file in meant for each in [file, *file.before] for area in each.areas)
        self._demand(there, f"{region} is not where this was released for: {text}")

    def _demand(self, holds: bool, text: str) -> None:
        if not holds:
            raise Unlawful(text)


def _fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.casefold().split("*"))), text.casefold()) is not None


def _inside(area: str, key: str) -> bool:
    """GB/T 2260 and statistical codes: two, two, two, three and three digits; zeros stand for the whole."""
    parts = [area[:2], area[2:4], area[4:6], area[6:9], area[9:12]]
    while parts and not parts[-1].strip("0"):
        parts.pop()
    return key.startswith("".join(parts))
