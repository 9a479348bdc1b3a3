"""The words by which an answer refuses a channel or takes that back: exact words, and they are data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from hub.errors import Invalid
from hub.feedback.intent import AROUND
from hub.feedback.text import folded
from hub.settings import CONFIG_DIR

FILE = CONFIG_DIR / "feedback" / "choices.toml"


class Word(StrEnum):
    """What an answer may say of the channel it came by."""

    STOP = "stop"
    STOP_ALL = "stop_all"
    START = "start"


@dataclass(frozen=True, slots=True)
class Words:
    """`meanings` by folded text; `said` is what is answered."""

    meanings: Mapping[str, Word]
    said: Mapping[Word, str]

    def read(self, text: str) -> Word | None:
        """The word the whole text is, or None: a sentence that contains one is feedback, no opt-out."""
        return self.meanings.get(folded(text).strip(AROUND))


@cache
def load(path: Path = FILE) -> Words:
    """The words of a file. Raises Invalid naming a word that would never be read, or means two things."""
    tree = tomllib.loads(path.read_text(encoding="utf-8"))
    meanings: dict[str, Word] = {}
    for word in Word:
        for text in tree[word]:
            if text != folded(text).strip(AROUND) or text in meanings:
                raise Invalid(f"{path}: {word}: {text!r} stands twice or is not folded", rule="word", place=str(path))
            meanings[text] = word
    return Words(meanings, {word: tree["said"][word] for word in Word})
