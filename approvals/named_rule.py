"""What the name of a rule carries with it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class NamedRule(StrEnum):
    """The stable name of a rule of our own, as problem documents, audit entries and the command line state it.

    `meaning` says in one clause what is the case where the rule is broken, or where a remark is made by it.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str = "") -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member
