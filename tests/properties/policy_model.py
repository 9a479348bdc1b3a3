"""The authority policy read a second time, by a reader that shares no code with the hub: who may do what, and how often."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LEVELS = ["blue", "yellow", "orange", "red"]
#: `delegable` says what may be lent (`tests.properties.lending`)
KNOWN = {"id", "levels", "events", "steps", "source", "who", "emergency", "public", "precedence", "delegable"}
TABLES = {
    "rule",
    "kinds",
    "offices",
    "override",
    "cancel_countersign_minutes",
    "superior_may_override",
    "garrison",
    "evacuation",
    "reading",
}


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
    """All the oracle knows of one warning."""

    number: int
    level: str
    event: str
    areas: frozenset[str]
    msg_type: str
    unit: str
    expires: float
    before: list[File] = field(default_factory=list)  # the chain it continues, oldest first, sent or not
    identifier: str = ""
    sent: str = ""
    says: str = ""  # the level that its headline names
    lacks: str = ""  # what its author left out, and nothing fills in
    speaks: str = ""  # the unit in whose name it speaks; empty for its own
    joint: str = ""  # the unit that issues it, too
    publisher: str = ""  # the unit that publishes it for its own
    consulted: tuple[str, ...] = ()  # the units that were asked, and sign nothing
    notice: bool = False  # 紧急转移通知: no warning, but an order to leave
    version: int = 1
    authors: set[int] = field(default_factory=set)  # persons
    digest: str = ""
    path: str = "full"
    forms: frozenset[str] = frozenset()
    approvals: list[tuple[Clerk, str]] = field(default_factory=list)
    decided: set[int] = field(default_factory=set)
    inbox: str = ""  # the unit it was referred to, while it is there
    due: float | None = None  # when its countersignature is owed
    met: float | None = None
    released: bool = False
    ended: bool = False

    def reset(self) -> None:
        """Whatever was approved was approved of something else."""
        self.digest, self.forms = "", frozenset()
        self.approvals, self.decided = [], set()


class Unlawful(AssertionError):
    """The hub allowed what the policy does not."""


class PolicyModel:
    """The policy, for warnings and the people who handle them."""

    def __init__(self, policy: Path) -> None:
        self.tree = tomllib.loads(policy.read_text("utf-8"))
        self.events = tomllib.loads(policy.with_name("events.toml").read_text("utf-8"))["event"]
        assert set(self.tree) <= TABLES, f"the oracle cannot read {set(self.tree) - TABLES}: teach it"
        self.rules = self.tree["rule"]
        for rule in self.rules:
            assert set(rule) <= KNOWN, f"the oracle cannot read {set(rule) - KNOWN}: teach it"
        self._found: dict[tuple[str, str], dict[str, Any]] = {}
        self._rows: dict[str, dict[str, Any]] = {}
        for row in reversed(self.events.values()):
            names = (row["zh"], row["en"], *row["words"], row.get("code"))
            self._rows |= dict.fromkeys((name for name in names if name), row)
        self.clerks: dict[int, Clerk] = {}

    def rule(self, file: File) -> dict[str, Any]:
        """The one that holds: the highest level of the chain decides; of an order to leave its own."""
        if file.notice:
            return self.of_notices(file.event)
        level = highest(file)
        if (level, file.event) not in self._found:
            fitting = [
                (rule.get("precedence", 0), "*" not in pattern, len(pattern.replace("*", "")), number)
                for number, rule in enumerate(self.rules)
                if level in rule["levels"] or "*" in rule["levels"]
                for pattern in rule["events"]
                if self.means(pattern, file.event)
            ]
            self._found[level, file.event] = self.rules[max(fitting)[-1]]
        return self._found[level, file.event]

    def of_notices(self, event: str) -> dict[str, Any]:
        """One drafts, one signs, for the events and by the units of the table; countersigned by whoever is above."""
        table = self.tree["evacuation"]
        if self.key(event) not in table["events"]:
            raise Unlawful(f"nobody may order people out for {event}")
        who = {"tiers": table["tiers"], "kinds": table["kinds"]}
        short = {"events": ["*"], "steps": {"sign": 1}, "countersign_minutes": table["countersign_minutes"]}
        return {"id": "evacuation", "steps": {"sign": 1}, "who": who, "emergency": short}

    def key(self, event: str) -> str:
        """By which the table of events knows it."""
        return next((key for key, row in self.events.items() if event in (key, row["zh"])), "")

    def steps(self, file: File) -> dict[str, int]:
        """Step to number of persons, on the way the file goes. Raises Unlawful where there is no such way."""
        steps: dict[str, int] = self.rule(file)["steps"]
        return steps if file.path == "full" else self.shortened(file)[0]

    def shortened(self, file: File) -> tuple[dict[str, int], float]:
        """The steps of the short way, and within how many seconds it is to be countersigned. Raises Unlawful."""
        short = self.rule(file).get("emergency")
        if short and any(self.means(pattern, file.event) for pattern in short["events"]):
            return short["steps"], short["countersign_minutes"] * 60
        if file.msg_type == "Cancel":
            return {"sign": 1}, self.tree["cancel_countersign_minutes"] * 60
        raise Unlawful(f"alert {file.number}: no rule shortens the way of {file.event}")

    def may(self, clerk: Clerk, right: str, file: File, *, stops: bool = False) -> str:
        """Why not; empty where the clerk may. Who `stops` a warning says why, which a superior of its unit may."""
        if not clerk.active or right not in clerk.rights or "administer" in clerk.rights:
            return "right"
        rule = self.rule(file)
        if rule.get("public") is False:
            return "public"
        if not all(inside(clerk.area, key) for key in file.areas):
            return "area"
        who = rule.get("who", {})
        if not self.is_among(clerk, who.get("kinds", []), file.event):
            return "kind"
        strange = file.before and not self._answers_for(clerk, file.before[0].unit)
        low = who.get("tiers") and tier(clerk.area) not in who["tiers"]
        if strange or low:
            return "issuer" if strange else "tier"
        own = (
            file.unit == "" or clerk.unit in (file.unit, file.joint) or (stops and self._answers_for(clerk, file.unit))
        )
        return "" if own else "unit"

    def may_not_read(self, clerk: Clerk, file: File) -> str:
        """Why not; empty where the warning is of the clerk's unit, of its area or of what stands above it."""
        if not clerk.active or clerk.rights <= {"administer"}:
            return "right"
        scope = self.tree["reading"]["monitors" if "monitor" in clerk.rights else "officials"]
        units = {file.unit, file.joint, file.publisher, file.inbox, *file.consulted}
        if scope == "all" or clerk.unit in units:
            return ""
        issuing = {each.area for each in self.clerks.values() if each.unit in {file.unit, file.joint}}
        near = any(inside(clerk.area, area) or inside(area, clerk.area) for area in file.areas | issuing)
        return "" if near else "reading"

    def unasked(self, file: File, consulted: list[str]) -> set[str]:
        """The kinds of unit that the table wants asked of such a warning, and that nobody says were."""
        row = self.row(file.event)
        if row is None or file.msg_type == "Cancel" or file.notice:
            return set()
        part = {each.kind for each in self.clerks.values() if each.unit in {file.unit, file.joint, *consulted}}
        return set(row.get("with", {}).get("consulted", [])) - part

    def is_among(self, clerk: Clerk, kinds: list[str], event: str) -> bool:
        """Whether the clerk's unit is of one of the kinds, none named being any."""
        return not kinds or clerk.kind in kinds or ("@competent" in kinds and self.is_competent(clerk, event))

    def is_competent(self, clerk: Clerk, event: str) -> bool:
        """Whether the table lets the clerk's unit warn of it, at its tier where one is named."""
        named = [issuer.partition("@") for issuer in self.issuers(event)]
        return any(kind == clerk.kind and tiers in ("", tier(clerk.area)) for kind, _, tiers in named)

    def row(self, text: str) -> dict[str, Any] | None:
        """What the table says of the event of exactly this name."""
        return self._rows.get(text)

    def means(self, pattern: str, text: str) -> bool:
        """Whether a pattern of the policy speaks of the event that is called so."""
        row = self.row(text)
        if pattern in ("public_security", "unlisted-security"):
            return text.startswith("14") or row is self.events["public_security"]
        if pattern == "@shortened":
            return row is not None and "emergency" in row
        if pattern.startswith("@"):
            return row is not None and self.competent(text) == {pattern[1:]}
        return fits(pattern, text)

    def competent(self, text: str) -> set[str]:
        """Kinds of unit that may warn of it."""
        return {issuer.partition("@")[0] for issuer in self.issuers(text)}

    def issuers(self, text: str) -> list[str]:
        """Kinds of unit, some at one tier only; governments, too, where no law was read or one of their commands may."""
        row = self.row(text)
        if row is None:
            return ["government"]
        kinds = {issuer.partition("@")[0] for issuer in row["issuers"]}
        read, commanded = row["certainty"]["issuers"] == "S", kinds & {"flood-command", "fire-command"}
        return row["issuers"] if read and not commanded else [*row["issuers"], "government"]

    def lacking(self, file: File) -> dict[str, int]:
        """Which signatures are not there, counting those of people who may still give them; of each issuer its own."""
        if not file.joint:
            return self.lacking_of(file, "")
        found: dict[str, int] = {}
        for unit in (file.unit, file.joint):
            for step, count in self.lacking_of(file, unit).items():
                found[step] = found.get(step, 0) + count
        return found

    def lacking_of(self, file: File, unit: str) -> dict[str, int]:
        """Signatures still wanted of one issuer, by step; of whichever unit where none is named."""
        lacking = {}
        for step, count in self.steps(file).items():
            signed = {
                clerk.person
                for clerk, taken in file.approvals
                if taken == step and unit in ("", clerk.unit) and not self.may(self.clerks[clerk.account], step, file)
            }
            if len(signed - file.authors) < count:
                lacking[step] = count - len(signed)
        return lacking

    def skipped(self, file: File) -> str:
        """The step whose persons the short way left out: who countersigns could have taken it."""
        taken = [step for clerk, step in file.approvals if self.clerks[clerk.account].active]
        left = [step for step, count in self.rule(file)["steps"].items() if taken.count(step) < count]
        return "review" if left == ["review"] else "sign"

    def stands_over(self, clerk: Clerk, unit: str) -> bool:
        """Whether the clerk's unit is a superior of that one."""
        return clerk.unit != unit and self._answers_for(clerk, unit)

    def _answers_for(self, clerk: Clerk, unit: str) -> bool:
        issuer = next(each for each in self.clerks.values() if each.unit == unit)
        above = clerk.area != issuer.area and inside(clerk.area, issuer.area)
        of_place = clerk.area == issuer.area and clerk.kind == "government" != issuer.kind
        return clerk.unit == unit or of_place or (above and clerk.kind in {"government", issuer.kind})


def highest(file: File) -> str:
    """The highest level of its chain; an order to leave has none of its own."""
    return max((each.level for each in (file, *file.before) if each.level), key=LEVELS.index)


def fits(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.casefold().split("*"))), text.casefold()) is not None


def inside(area: str, key: str) -> bool:
    """GB/T 2260 and statistical codes: two, two, two, three and three digits; zeros stand for the whole."""
    parts = [area[:2], area[2:4], area[4:6], area[6:9], area[9:12]]
    while parts and not parts[-1].strip("0"):
        parts.pop()
    return key.startswith("".join(parts))


def tier(area: str) -> str:
    """Where a unit of a Chinese area stands."""
    names = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}
    return (
        "country" if not area.strip("0") else next(word for size, word in names.items() if not area[size:].strip("0"))
    )
