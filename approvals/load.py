"""Reads the authority policy from TOML and refuses one that leaves a gap, contradicts itself or can never apply."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from approvals.authority import FOREIGN, TIERS, Policy, PolicyRefused, Rule, under
from approvals.decision import STEP_RIGHTS
from approvals.level import Level
from approvals.pattern import meet, within
from targeting.region import NATION

_TOP = frozenset({"rule", "kinds"})
_RULE = frozenset({"id", "levels", "events", "steps", "source", "area", "tiers", "kinds", "precedence"})
_DEMANDED = ("id", "levels", "events", "steps", "source")


def load_policy(path: Path) -> Policy:
    """The policy of a file. Raises PolicyRefused naming the file, the rule and what is wrong."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyRefused(f"{path}: no such file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyRefused(f"{path}: {error}") from None
    try:
        return policy_of(tree)
    except PolicyRefused as error:
        raise PolicyRefused(f"{path}: {error}") from None


def policy_of(tree: Mapping[str, Any]) -> Policy:
    """The policy of a parsed tree: ``[kinds]`` and ``[[rule]]``. Raises PolicyRefused."""
    _known(tree, _TOP, "policy")
    kinds = _kinds(tree.get("kinds", {}))
    tables = tree.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise PolicyRefused("rule: rules are tables, [[rule]]")
    rules = tuple(_rule(table, number, kinds) for number, table in enumerate(tables, start=1))
    _refuse_doubles(rules)
    _refuse_gaps(rules)
    _refuse_overlaps(rules)
    _refuse_unreachable(rules)
    return Policy(rules, kinds)


def _rule(table: Mapping[str, Any], number: int, kinds: Mapping[str, tuple[str, ...]]) -> Rule:
    place = f"rule {table.get('id') or f'number {number}'}"
    _known(table, _RULE, place)
    if absent := [key for key in _DEMANDED if key not in table]:
        raise PolicyRefused(f"{place}: {absent[0]} is missing")
    tiers = _words(table.get("tiers", []), f"{place}: tiers", empty=True)
    _among(tiers, {*TIERS, FOREIGN}, f"{place}: tiers")
    wanted = _words(table.get("kinds", []), f"{place}: kinds", empty=True)
    _among(wanted, set(kinds), f"{place}: kinds")
    precedence = table.get("precedence", 0)
    if type(precedence) is not int:
        raise PolicyRefused(f"{place}: precedence: {precedence!r} is not an integer")
    return Rule(
        id=_text(table["id"], f"{place}: id"),
        levels=_levels(table["levels"], place),
        events=_events(table["events"], place),
        steps=_steps(table["steps"], place),
        source=_text(table["source"], f"{place}: source"),
        area=_text(table.get("area", NATION), f"{place}: area"),
        tiers=frozenset(tiers),
        kinds=frozenset(wanted),
        precedence=precedence,
    )


def _kinds(table: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise PolicyRefused("kinds: a table of kind to unit names, [kinds]")
    return {kind: _words(names, f"kinds: {kind}") for kind, names in table.items()}


def _levels(value: Any, place: str) -> frozenset[Level]:
    words = _words(value, f"{place}: levels")
    try:
        # Some events are released by territory whatever the level (浙江条例 2020 art. 19): "*" is every level.
        return frozenset(Level) if words == ("*",) else frozenset(map(Level.of, words))
    except ValueError as error:
        raise PolicyRefused(f"{place}: levels: {error}") from None


def _events(value: Any, place: str) -> tuple[str, ...]:
    events = _words(value, f"{place}: events")
    for pattern in events:
        if set("?[]") & set(pattern):
            raise PolicyRefused(f"{place}: events: {pattern!r}: only * stands for other text")
    for i, pattern in enumerate(events):
        for j, other in enumerate(events):
            if i != j and within(pattern, other) and not (within(other, pattern) and i < j):
                raise PolicyRefused(f"{place}: events: {pattern!r} is already in {other!r}")
    return events


def _steps(value: Any, place: str) -> dict[str, int]:
    if not isinstance(value, dict):
        raise PolicyRefused(f"{place}: steps: a table of step to number of persons")
    _among(tuple(value), set(STEP_RIGHTS), f"{place}: steps")
    for step, number in value.items():
        if type(number) is not int or not 0 <= number <= 9:
            raise PolicyRefused(f"{place}: steps: {step}: {number!r} is not a number of persons from 0 to 9")
    if value.get("sign", 0) < 1:
        raise PolicyRefused(f"{place}: steps: at least one person must sign (签发, DB45/T 2427-2021 6.1)")
    return dict(value)


def _refuse_doubles(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise PolicyRefused(f"rule {rule.id}: two rules have this id")
        seen.add(rule.id)


def _refuse_gaps(rules: tuple[Rule, ...]) -> None:
    for level in sorted(Level, reverse=True):
        if not any(level in rule.levels and "*" in rule.events and rule.area == NATION for rule in rules):
            raise PolicyRefused(f"gap: level {level.word} has no rule for every event everywhere (events = ['*'])")


def _refuse_overlaps(rules: tuple[Rule, ...]) -> None:
    for i, one in enumerate(rules):
        for other in rules[i + 1 :]:
            # Of two areas over one target one covers the other, and the deeper wins: only equal areas can tie.
            if one.area != other.area or not one.levels & other.levels:
                continue
            for mine in one.events:
                for theirs in other.events:
                    if one.rank(mine) == other.rank(theirs) and meet(mine, theirs):
                        raise PolicyRefused(
                            f"overlap: rules {one.id} and {other.id} hold equally for events {mine!r} and {theirs!r}"
                        )


def _refuse_unreachable(rules: tuple[Rule, ...]) -> None:
    for rule in rules:
        cells = [(level, pattern) for level in rule.levels for pattern in rule.events]
        hiders = [_hider(rule, level, pattern, rules) for level, pattern in cells]
        if all(hiders):
            raise PolicyRefused(f"rule {rule.id}: can never hold: rule {hiders[0]} always comes first")


def _hider(rule: Rule, level: Level, pattern: str, rules: tuple[Rule, ...]) -> str:
    """The id of a rule that takes everything of this level and pattern; empty where none does."""
    for other in rules:
        if other is rule or level not in other.levels or not under(other.area, rule.area):
            continue
        if any(within(pattern, wide) and other.rank(wide) > rule.rank(pattern) for wide in other.events):
            return other.id
    return ""


def _known(table: Mapping[str, Any], keys: frozenset[str], place: str) -> None:
    if unknown := sorted(set(table) - keys):
        raise PolicyRefused(f"{place}: unknown key {unknown[0]!r}; known are {', '.join(sorted(keys))}")


def _among(words: tuple[str, ...], known: set[str], place: str) -> None:
    for word in words:
        if word not in known:
            raise PolicyRefused(f"{place}: {word!r} is not one of {', '.join(sorted(known))}")


def _words(value: Any, place: str, *, empty: bool = False) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise PolicyRefused(f"{place}: a list of words")
    if not value and not empty:
        raise PolicyRefused(f"{place}: an empty list applies to nothing")
    return tuple(value)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PolicyRefused(f"{place}: a text that is not empty")
    return value
