"""What the name of a rule is, whoever keeps the rule."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType, Self

#: The name of a rule that is kept elsewhere and cited: by the policy of authority, by `approvals`, in the list of rules
#: for CAP (`hub.formats.cap.rules`), by a driver for its provider's callbacks, or by pydantic for the form of a body.
CitedRule = NewType("CitedRule", str)


class NamedRule(StrEnum):
    """The stable name of a rule of the hub, as problem documents, audit entries and the command line state it.

    `meaning` says in one clause what is the case where the rule is broken, or where a remark is made by it.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str = "") -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member


RuleName = NamedRule | CitedRule  #: of a refusal
