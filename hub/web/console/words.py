"""The console's words, and which language a request wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from hub.settings.sources import read_toml

LANGUAGES = ("zh", "en")
COOKIE = "fenghuo_lang"
FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True, slots=True)
class ConsoleWords:
    """One language's table. A key that is missing is a bug, and raises KeyError."""

    language: str
    table: Mapping[str, Any]

    def __call__(self, key: str) -> str:
        word: str = self.table[key]
        return word

    def of(self, group: str, key: str) -> str:
        """A word of a group such as `levels`; a key that came from data and has no word stands for itself."""
        word: str = self.table[group].get(key, key)
        return word


def load(file: Path = FILE) -> dict[str, ConsoleWords]:
    """Every language's words."""
    tables = read_toml(file)
    return {language: ConsoleWords(language, tables[language]) for language in LANGUAGES}


def language_of(request: web.Request) -> str:
    """?lang=, else what was chosen before, else the first of Accept-Language that we speak, else Chinese."""
    for chosen in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    return _accepted_language(request.headers.get("Accept-Language", ""))


def _accepted_language(header: str) -> str:
    best, weight = LANGUAGES[0], 0.0
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES and (found := _quality(quality)) > weight:
            best, weight = language, found
    return best


def _quality(text: str) -> float:
    """RFC 9110 §12.4.2: q=0..1, 1 where nothing is said; what cannot be read counts nothing."""
    if not text.strip():
        return 1.0
    try:
        value = float(text.strip().removeprefix("q="))
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
