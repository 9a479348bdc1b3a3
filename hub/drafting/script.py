"""Whether a text is written in the letters of the language it says it is in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from hub.alert.alert import Alert
from hub.rules.rule import Rule

#: how Unicode calls the letters of a language; what is not here is not judged
LETTERS = {"zh": "CJK UNIFIED IDEOGRAPH", "en": "LATIN", "fr": "LATIN", "de": "LATIN", "es": "LATIN"}
#: CAP 1.2 §3.2.2: the language of an info block that names none
ASSUMED = "en-US"


def strange_letters(alert: Alert) -> tuple[Mapping[str, Any], ...]:
    """What signers are told of a block without a single letter of its language: mostly nobody said which it is in."""
    found = []
    for number, info in enumerate(alert.infos, 1):
        letters = LETTERS.get(info.language.casefold().partition("-")[0], "")
        text = f"{info.event}{info.headline}{info.description}{info.instruction}"
        names = [unicodedata.name(char, "") for char in text if char.isalpha()]
        if letters and names and not any(name.startswith(letters) for name in names):
            values = {"block": number, "language": info.language, "assumed": ASSUMED}
            told = "no letter of the text is one of {language}; a block that names no language is taken for {assumed}:"
            text = f"{told} state the language it is in".format_map(values)
            element = f"alert/info[{number}]/language"
            found.append(
                {"rule": Rule.LANGUAGE_LETTERS, "element": element, "level": "advice", "text": text, "values": values}
            )
    return tuple(found)
