"""What a rule has to say about one element of a CAP message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "advice"]

_QUOTE_LENGTH = 60
# Findings are logged and shown: whatever looks like an e-mail address or a telephone number is not repeated in them.
_PERSONAL = re.compile(r"[^\s<>,;:'\"]+@[^\s<>,;:'\"]+|(?<![.\d])\+?\d{7,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken at one element.

    `rule` is an id of `hub.formats.cap.rules`; `element` a path such as ``alert/info[2]/area[1]/polygon``; `level` is
    ``error`` where the message breaks the standard or our own rules, ``advice`` where it could only be better.
    """

    rule: str
    element: str
    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Breach:
    """A finding not yet weighed: `case` is a key of `hub.formats.cap.rules.RULES`, which has its level."""

    case: str
    element: str
    text: str


def quote(value: str) -> str:
    """A value as findings show it: the first characters, printable, in quotes, personal data left out."""
    masked = _PERSONAL.sub("***", value[: 4 * _QUOTE_LENGTH])
    short = masked if len(masked) <= _QUOTE_LENGTH else masked[:_QUOTE_LENGTH] + "…"
    return "'" + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in short) + "'"
