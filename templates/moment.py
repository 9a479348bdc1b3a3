"""A moment as a language writes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def moment_text(words: Mapping[str, str], form: str, moment: datetime) -> str:
    """The moment by a format of the words; the zone it carries is named unless it is the one of the language."""
    offset = moment.strftime("%z")
    offset = f"{offset[:3]}:{offset[3:5]}"
    zone = "" if offset == words["home"] else words["zone"].format(o=offset)
    return form.format(m=moment, z=zone)
