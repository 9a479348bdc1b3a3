"""What a rule has to say about one element of a CAP message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "advice"]

_QUOTE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one element.

    `rule` is an id of `hub.cap.rules`; `element` a path such as ``alert/info[2]/area[1]/polygon``; `level` is
    ``error`` where the message breaks the standard or our own rules, ``advice`` where it could only be better.
    """

    rule: str
    element: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A finding not yet weighed: `case` is a key of `hub.cap.rules.RULES`, which knows the level at each gate."""

    case: str
    element: str
    text: str


def quoted(value: str) -> str:
    """A value as findings show it: short, printable, in quotes; never more than the first characters."""
    short = value if len(value) <= _QUOTE_LENGTH else value[:_QUOTE_LENGTH] + "…"
    return "'" + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in short) + "'"
