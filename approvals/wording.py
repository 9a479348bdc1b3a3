"""Pre-approved wordings with typed slots: a text is covered only where it is the wording, letter for letter (pure).

A slot is `{name:kind}`. Kinds: `number 3..9` (ASCII digits, both ends included), `time`, `one of A|B|C`, and
`text<=40`: letters of the scripts the wording itself is written in, spaces and a few marks, never digits, never signs a
link or a line could be made of. A slot that stands twice holds the same value twice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

LONGEST = 2000  #: characters of one wording
LONGEST_TEXT = 100  #: characters of one free text
MOST_TEXTS = 3  #: free texts in one wording: each multiplies the ways to read a text

_SLOT = re.compile(r"\{([a-z][a-z0-9_]{0,15}):([^{}]+)\}")
_NUMBER = re.compile(r"number (-?\d{1,9}(?:\.\d{1,3})?)\.\.(-?\d{1,9}(?:\.\d{1,3})?)", re.ASCII)
_TEXT = re.compile(r"text<=(\d{1,3})", re.ASCII)
_DIGITS = r"-?[0-9]{1,9}(?:\.[0-9]{1,3})?"
_TIMES = (
    "(?:[0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{2}:[0-9]{2}(?::[0-9]{2})?"
    "|(?:[0-9]{1,2}月[0-9]{1,2}日)?[0-9]{1,2}时[0-9]{1,2}分"
)
_CLOCK = re.compile(r"(?:(\d{4})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_SPOKEN = re.compile(r"(?:(\d{1,2})月(\d{1,2})日)?(\d{1,2})时(\d{1,2})分", re.ASCII)
#: beside letters: what place names are written with in Chinese and in Latin script
_MARKS = frozenset(" -·'’、（）()")


class WordingRefused(Exception):
    """The wording cannot be approved; the text says why."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One kind of value. `low` and `high` bound a number, `most` a free text's characters, `words` a choice."""

    kind: str  #: number, time, choice or text
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    most: int = 0
    words: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """What a value looks like, as a regular expression without groups."""
        match self.kind:
            case "number":
                return _DIGITS
            case "time":
                return _TIMES
            case "choice":
                return "|".join(re.escape(word) for word in sorted(self.words, key=len, reverse=True))
            case _:
                return f".{{1,{self.most}}}"

    def fits(self, value: str, scripts: frozenset[str]) -> bool:
        """Whether a value of this shape may stand here."""
        match self.kind:
            case "number":
                return self.low <= Decimal(value) <= self.high
            case "time":
                return _is_time(value)
            case "choice":
                return True
            case _:
                return _is_plain(value, scripts)


@dataclass(frozen=True, slots=True)
class Wording:
    """A parsed wording; `scripts` are those its fixed letters, and those of its companions, are written in."""

    text: str
    slots: Mapping[str, Slot]
    shape: re.Pattern[str]
    scripts: frozenset[str]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with these values in its slots, fit or not, which `read` judges. Raises KeyError where one lacks."""
        return _SLOT.sub(lambda found: values[found[1]], self.text)

    def read(self, text: str) -> dict[str, str] | None:
        """The values in the slots, by name; None where the text is not this wording."""
        found = self.shape.fullmatch(text) if len(text) <= 2 * LONGEST else None
        if found is None:
            return None
        values = found.groupdict()
        return values if all(self.slots[name].fits(value, self.scripts) for name, value in values.items()) else None


def wording(text: str, companions: Iterable[str] = ()) -> Wording:
    """Parses a wording; free texts may use the scripts of its fixed letters and its companions'.

    Raises WordingRefused.
    """
    if len(text) > LONGEST:
        raise WordingRefused(f"{len(text)} characters, {LONGEST} allowed")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and char != "\n" for char in text):
        raise WordingRefused("control and invisible characters cannot be approved: nobody sees them")
    slots: dict[str, Slot] = {}
    shape: list[str] = []
    first = True
    for fixed, name, kind in _parts(text):
        if set("{}") & set(fixed):
            raise WordingRefused("a brace outside a slot; a slot is {name:kind}")
        shape.append(re.escape(fixed))
        if not name:
            continue
        if not fixed and not first:
            raise WordingRefused(f"slot {name}: two slots need words between them")
        first = False
        slot = _slot(name, kind)
        if slots.setdefault(name, slot) != slot:
            raise WordingRefused(f"slot {name}: stands twice with two kinds")
        shape.append(f"(?P={name})" if f"(?P<{name}>" in "".join(shape) else f"(?P<{name}>{slot.pattern})")
    if sum(slot.kind == "text" for slot in slots.values()) > MOST_TEXTS:
        raise WordingRefused(f"more than {MOST_TEXTS} free texts in one wording")
    scripts = frozenset(script for each in (text, *companions) for script in _scripts(_SLOT.sub("", each)))
    return Wording(text, slots, re.compile("".join(shape)), scripts)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    """(fixed words, slot name, slot kind) in order; the last one without a slot."""
    at = 0
    for found in _SLOT.finditer(text):
        yield text[at : found.start()], found[1], found[2]
        at = found.end()
    yield text[at:], "", ""


def _slot(name: str, kind: str) -> Slot:
    if numbers := _NUMBER.fullmatch(kind):
        low, high = Decimal(numbers[1]), Decimal(numbers[2])
        if low > high:
            raise WordingRefused(f"slot {name}: {low} is more than {high}")
        return Slot("number", low, high)
    if kind == "time":
        return Slot("time")
    if texts := _TEXT.fullmatch(kind):
        if not 1 <= int(texts[1]) <= LONGEST_TEXT:
            raise WordingRefused(f"slot {name}: a free text has 1 to {LONGEST_TEXT} characters")
        return Slot("text", most=int(texts[1]))
    if kind.startswith("one of "):
        words = tuple(word.strip() for word in kind.removeprefix("one of ").split("|"))
        if not all(words) or len(set(words)) != len(words):
            raise WordingRefused(f"slot {name}: a choice names different words, none of them empty")
        return Slot("choice", words=words)
    raise WordingRefused(f"slot {name}: {kind!r} is not number LOW..HIGH, time, one of A|B or text<=N")


def _is_time(value: str) -> bool:
    if found := _CLOCK.fullmatch(value):
        year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
        in_day = (hour or 0) < 24 and (minute or 0) < 60 and (second or 0) < 60
        return in_day and (year is None or _is_day(month, day))
    found = _SPOKEN.fullmatch(value)
    if found is None:
        return False
    month, day, hour, minute = (int(part) if part else None for part in found.groups())
    return (hour or 0) < 24 and (minute or 0) < 60 and (month is None or _is_day(month, day))


def _is_day(month: int | None, day: int | None) -> bool:
    return 1 <= (month or 0) <= 12 and 1 <= (day or 0) <= 31


def _is_plain(value: str, scripts: frozenset[str]) -> bool:
    """A name and no more: nothing that a link, a number to call, a second line or a reversed text is made of."""
    if value != value.strip() or "  " in value or unicodedata.normalize("NFC", value) != value:
        return False
    letters = [char for char in value if char not in _MARKS]
    return bool(letters) and all(_is_letter(char) and _script(char) in scripts for char in letters)


def _is_letter(char: str) -> bool:
    # Marks too: vowels of Tibetan and many other scripts are combining characters.
    return unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lo", "Mn", "Mc"}


def _scripts(text: str) -> Iterator[str]:
    return (_script(char) for char in text if _is_letter(char))


def _script(char: str) -> str:
    """The first word of a character's Unicode name: CJK, LATIN, ARABIC, TIBETAN…; full-width letters are their own."""
    return unicodedata.name(char, "?").partition(" ")[0]
