"""Reads labelled texts, JSON lines of {"text", "label"}, for training and evaluation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.setting_errors import unknown_key
from hub.errors import Invalid
from hub.feedback.labels import Sentiment
from hub.rules.rule import Rule
from hub.settings.settings import CONFIG_DIR
from hub.settings.sources import SettingsRefused, read_toml

ALIASES_FILE = CONFIG_DIR / "feedback" / "labels.toml"


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    label: Sentiment


def read_labelled(path: Path, aliases: Path = ALIASES_FILE) -> list[Labelled]:
    """Every row of the file. Raises Invalid, naming file, line and rule; never the text of a row."""
    names = _aliases(aliases)
    return [Labelled(_text(row, place), _label(row, names, place)) for place, row in json_lines(path)]


def read_texts(path: Path) -> frozenset[str]:
    """The texts of a file whose labels do not matter. Raises Invalid."""
    return frozenset(_text(row, place) for place, row in json_lines(path))


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Place ("file:line") and object of each line that is not empty. Raises Invalid."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    place = f"{path}:{number}"
                    yield place, _parse_line(line, place)
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}", rule=Rule.READABLE_FILE, place=str(path)) from None
    except UnicodeDecodeError:
        raise Invalid(f"{path}: not UTF-8", rule=Rule.UTF_8, place=str(path)) from None


def _parse_line(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise Invalid(f"{place}: each line must be one JSON object", rule=Rule.JSON_LINES, place=place)
    return row


def _text(row: Mapping[str, Any], place: str) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise Invalid(f'{place}: "text" must be a string', rule=Rule.TEXT, place=place)
    return text


def _label(row: Mapping[str, Any], names: Mapping[str, str], place: str) -> Sentiment:
    given = row.get("label")
    name = given.strip().lower() if isinstance(given, str) else ""
    try:
        return Sentiment(names.get(name, name))
    except ValueError:
        raise Invalid(f'{place}: "label" must be one of {", ".join(Sentiment)}', rule=Rule.LABEL, place=place) from None


def _aliases(path: Path) -> dict[str, str]:
    """The label of each other name. Raises SettingsRefused."""
    found: dict[str, str] = {}
    for label, aliases in read_toml(path).items():
        if label not in set(Sentiment):
            raise SettingsRefused(f"{path}: {label}: {unknown_key(label, list(Sentiment))}")
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise SettingsRefused(f"{path}: {label}: a list of words in quotes is wanted")
        for alias in aliases:
            if found.setdefault(alias, label) != label:
                raise SettingsRefused(f"{path}: {label}: {alias!r} stands in {found[alias]} already: take one away")
    return found
