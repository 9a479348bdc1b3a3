"""A question that a draft raises, and the choices there are; both are keys with values, which `words` says aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

Value: TypeAlias = str | int | float | datetime
#: what must be named with a choice: a moment with its offset (RFC 3339), a text, or nothing
Takes: TypeAlias = Literal["", "time", "text"]


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """One of the answers there are to a question."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    takes: Takes = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of `element`, because of `rule`, which `source` states.

    A question is derived from the draft as it stands, never kept: it is gone as soon as the draft no longer raises it.
    `about` tells apart several questions of one kind in a draft, such as one for each place.
    """

    kind: str
    rule: str
    element: str
    source: str
    choices: tuple[AnswerOption, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    about: str = ""

    @property
    def key(self) -> str:
        """Its name in this draft, by which it is answered."""
        return f"{self.kind}:{self.about}" if self.about else self.kind

    def choice(self, key: str) -> AnswerOption | None:
        """The choice of this key, if there is one."""
        return next((choice for choice in self.choices if choice.key == key), None)
