"""What a text wants, by ordered rules that are data: anyone can read why a text was sorted as it was."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hub.errors import Invalid
from hub.feedback.labels import Intent
from hub.feedback.text import folded
from hub.settings import CONFIG_DIR

INTENTS_FILE = CONFIG_DIR / "feedback" / "intents.toml"

AROUND = " \t.,;:!~'\"`()[]<>{}*_-—…·。、「」『』【】《》“”‘’"  # what people put around a keyword; folded text


@dataclass(frozen=True, slots=True)
class Rule:
    intent: Intent
    whole: re.Pattern[str] | None
    contains: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Whether the folded text says this."""
        if self.whole and self.whole.fullmatch(text.strip(AROUND)):
            return True
        return bool(self.contains and self.contains.search(text))


def intent_of(text: str, rules: Sequence[Rule] | None = None) -> Intent:
    """The intent of the first rule that fits, in the order of the rules; OTHER where none does."""
    line = folded(text)
    for rule in load_rules() if rules is None else rules:
        if rule.fits(line):
            return rule.intent
    return Intent.OTHER


@cache
def load_rules(path: Path = INTENTS_FILE) -> tuple[Rule, ...]:
    """The rules of a file, in its order. Raises Invalid, naming file, rule and reason."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"{path}: {error}", rule="toml", place=str(path)) from None
    return tuple(_rule(block, f"{path}: rule {n}") for n, block in enumerate(tree.get("rule", ()), start=1))


def _rule(block: Mapping[str, Any], place: str) -> Rule:
    if unknown := set(block) - {"intent", "whole", "contains"}:
        raise Invalid(f"{place}: unknown keys {sorted(unknown)}", rule="known-keys", place=place)
    try:
        intent = Intent(block.get("intent", ""))
        whole, contains = _joined(block.get("whole", ())), _joined(block.get("contains", ()))
    except (ValueError, re.error) as error:
        raise Invalid(f"{place}: {error}", rule="intent-rule", place=place) from None
    return Rule(intent, whole, contains)


def _joined(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    for pattern in patterns:
        re.compile(pattern)  # each alone first: a stray bracket must not pair up with the neighbour's
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
