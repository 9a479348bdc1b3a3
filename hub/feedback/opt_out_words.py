"""The words by which an answer refuses a channel or takes that back: exact words, and they are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from channels.setting_errors import unknown_key
from hub.feedback.intent import AROUND
from hub.feedback.text import fold_text
from hub.settings.settings import CONFIG_DIR
from hub.settings.sources import SettingsRefused, read_toml

FILE = CONFIG_DIR / "feedback" / "opt_out_words.toml"


class OptOutChoice(StrEnum):
    """What an answer may say of the channel it came by."""

    STOP = "stop"
    STOP_ALL = "stop_all"
    START = "start"


@dataclass(frozen=True, slots=True)
class OptOutWords:
    """`meanings` by folded text; `said` is what is answered."""

    meanings: Mapping[str, OptOutChoice]
    said: Mapping[OptOutChoice, str]

    def read(self, text: str) -> OptOutChoice | None:
        """The word the whole text is, or None: a sentence that contains one is feedback, no opt-out."""
        return self.meanings.get(fold_text(text).strip(AROUND))


@cache
def load(path: Path = FILE) -> OptOutWords:
    """The words of a file. Raises SettingsRefused naming a word that would never be read, or means two things."""
    tree = read_toml(path)
    if unknown := sorted(set(tree) - {*OptOutChoice, "said"}):
        raise SettingsRefused(f"{path}: {unknown[0]}: {unknown_key(unknown[0], [*OptOutChoice, 'said'])}")
    meanings: dict[str, OptOutChoice] = {}
    for word in OptOutChoice:
        for text in _texts(tree.get(word), f"{path}: {word}"):
            if text != fold_text(text).strip(AROUND):
                raise SettingsRefused(
                    f"{path}: {word}: {text!r} is never read: write {fold_text(text).strip(AROUND)!r}"
                )
            if text in meanings:
                raise SettingsRefused(f"{path}: {word}: {text!r} stands in {meanings[text]} already: take one away")
            meanings[text] = word
    return OptOutWords(meanings, {word: _answer(tree.get("said"), word, path) for word in OptOutChoice})


def _texts(value: object, place: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise SettingsRefused(f"{place}: a list of words in quotes is wanted")
    return value


def _answer(said: object, word: OptOutChoice, path: Path) -> str:
    """What is answered to a word."""
    text = said.get(word) if isinstance(said, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise SettingsRefused(f"{path}: said.{word}: a text in quotes is wanted: it is what the answer is answered")
    return text
