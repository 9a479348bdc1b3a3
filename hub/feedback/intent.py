"""What a text wants, by ordered rules that are data: anyone can read why a text was sorted as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from channels.setting_errors import unknown_key
from hub.feedback.labels import AnswerIntent
from hub.feedback.text import fold_text
from hub.settings.settings import CONFIG_DIR
from hub.settings.sources import SettingsRefused, read_toml

INTENTS_FILE = CONFIG_DIR / "feedback" / "intents.toml"
_KEYS = ("intent", "whole", "contains")

AROUND = " \t.,;:!~'\"`()[]<>{}*_-—…·。、「」『』【】《》“”‘’"  # what people put around a keyword; folded text


@dataclass(frozen=True, slots=True)
class IntentRule:
    intent: AnswerIntent
    whole: re.Pattern[str] | None
    contains: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Whether the folded text says this."""
        if self.whole and self.whole.fullmatch(text.strip(AROUND)):
            return True
        return bool(self.contains and self.contains.search(text))


def intent_of(text: str, rules: Sequence[IntentRule] | None = None) -> AnswerIntent:
    """The intent of the first rule that fits, in the order of the rules; OTHER where none does."""
    line = fold_text(text)
    for rule in load_rules() if rules is None else rules:
        if rule.fits(line):
            return rule.intent
    return AnswerIntent.OTHER


def intent_reader() -> Callable[[str], AnswerIntent]:
    """`intent_of` by the shipped rules, which are read now: a start is refused for a wrong rule, not the first reply.
    Raises SettingsRefused.
    """
    return partial(intent_of, rules=load_rules())


@cache
def load_rules(path: Path = INTENTS_FILE) -> tuple[IntentRule, ...]:
    """The rules of a file, in its order. Raises SettingsRefused, naming file, rule and reason."""
    tree = read_toml(path)
    if unknown := sorted(set(tree) - {"rule"}):
        raise SettingsRefused(f"{path}: {unknown[0]}: {unknown_key(unknown[0], ['rule'])}")
    blocks = tree.get("rule")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SettingsRefused(f"{path}: rule: rules are tables, [[rule]]")
    return tuple(_rule(block, f"{path}: rule number {n}") for n, block in enumerate(blocks, start=1))


def _rule(block: Mapping[str, Any], place: str) -> IntentRule:
    if unknown := sorted(set(block) - set(_KEYS)):
        raise SettingsRefused(f"{place}: {unknown[0]}: {unknown_key(unknown[0], _KEYS)}")
    intent = block.get("intent")
    if intent not in set(AnswerIntent):
        raise SettingsRefused(f"{place}: intent: no intent is called {intent!r}: name one of {', '.join(AnswerIntent)}")
    return IntentRule(
        AnswerIntent(intent), *(_join_patterns(block.get(key, []), f"{place}: {key}") for key in ("whole", "contains"))
    )


def _join_patterns(patterns: object, place: str) -> re.Pattern[str] | None:
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise SettingsRefused(f"{place}: a list of patterns in quotes is wanted")
    for pattern in patterns:
        try:
            re.compile(pattern)  # each alone first: a stray bracket must not pair up with the neighbour's
        except re.error as error:
            raise SettingsRefused(f"{place}: {pattern!r} is no regular expression: {error}") from None
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
