"""Questions in the languages of officials: the keys and values of a question rendered by one table of words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from hub.alert.views import ChoiceView, QuestionView
from hub.drafting.questions.question import AnswerOption, Question, Value
from hub.settings.sources import read_toml

LANGUAGES = ("zh", "en")
FILE = Path(__file__).with_name("words.toml")


def view_of(question: Question) -> QuestionView:
    """The question as it is shown. Raises KeyError for one without words, which a test finds."""
    words = table()[question.kind]
    return QuestionView(
        key=question.key,
        kind=question.kind,
        rule=question.rule,
        element=question.element,
        source=question.source,
        values=_plain(question.values),
        text=_render_words(words, question.values),
        choices=tuple(_choice(choice, words["choices"][choice.key]) for choice in question.choices),
    )


@cache
def table() -> Mapping[str, Any]:
    """The words of every kind of question, read once."""
    return read_toml(FILE)


def _choice(choice: AnswerOption, words: Mapping[str, str]) -> ChoiceView:
    return ChoiceView(choice.key, choice.takes, _plain(choice.values), _render_words(words, choice.values))


def _render_words(words: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, str]:
    return {
        language: str(words[language]).format_map({key: _word(value, language) for key, value in values.items()})
        for language in LANGUAGES
    }


def _word(value: Value, language: str) -> str:
    match value:
        case datetime() if language == "zh":
            return (
                f"{value.year}年{value.month}月{value.day}日{value.hour}时{value.minute:02d}分{_zone(value, '+0800')}"
            )
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}{_zone(value, '')}"
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _zone(value: datetime, home: str) -> str:
    """The offset, unless it is the one of whoever reads the language."""
    offset = value.strftime("%z")
    return "" if offset == home else f" (UTC{offset[:3]}:{offset[3:5]})"


def _plain(values: Mapping[str, Value]) -> dict[str, str | int | float]:
    """Values as JSON holds them."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
