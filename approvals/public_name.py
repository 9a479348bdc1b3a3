"""The names a unit issues warnings under: its own, and those registered beside it, by language (pure).

气象局 registers that it issues as 气象台, a command its short name 防指. Who reads a warning knows the issuer by these
names alone, so two units never share one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

#: what nobody sees: format characters and variation selectors, ZWSP and BOM among them (Unicode §23.2, §23.4)
_UNSEEN = re.compile(
    r"[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_PASSED_OVER = re.compile(r"[\s()]+")  #: 森林(草原)防灭火指挥部 is written with and without


@dataclass(frozen=True, slots=True, order=True)
class PublicName:
    """A registered name. `language` is a BCP 47 tag."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class NamedIssuer:
    """A unit as those who read its warnings know it: `unit` is its full name."""

    unit: str
    names: tuple[PublicName, ...] = ()

    def name_in(self, language: str) -> str:
        """Its first name registered in a language: the very tag, else the same primary subtag, else its full name."""
        tag = language.casefold()
        exact = (name.text for name in self.names if name.language.casefold() == tag)
        alike = (name.text for name in self.names if _primary(name.language) == _primary(tag))
        return next(exact, "") or next(alike, "") or self.unit

    def is_called(self, text: str) -> bool:
        """Whether a text is one of its names, in whatever letters of the same look."""
        return spelling(text) in self.spellings

    @property
    def texts(self) -> tuple[str, ...]:
        """Every name as it is written, the full one first."""
        return (self.unit, *(name.text for name in self.names))

    @property
    def spellings(self) -> frozenset[str]:
        """Every name as `spelling` writes it."""
        return frozenset(map(spelling, self.texts)) - {""}


def visible(text: str) -> str:
    """The text as it is seen: characters nobody sees left out, full-width and other doubles of a letter made one
    (Unicode Standard Annex #15, NFKC). Line breaks stay.
    """
    return _visible_letters(unicodedata.normalize("NFKC", _visible_letters(text)))


def has_unseen(text: str) -> bool:
    """Whether some of its characters cannot be seen."""
    return _visible_letters(text) != text


def spelling(name: str) -> str:
    """A name for comparison: what is seen of it, without blanks, parentheses and letter case."""
    return _PASSED_OVER.sub("", visible(name)).casefold()


def join_names(issuers: Iterable[NamedIssuer], language: str) -> str:
    """All of them as one text in a language, the leading one first: ``A、B`` in Chinese."""
    names = dict.fromkeys(issuer.name_in(language) for issuer in issuers)
    return ("、" if _primary(language) in {"zh", "ja", "yue"} else ", ").join(names)


def _visible_letters(text: str) -> str:
    return _UNSEEN.sub("", "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cn", "Co", "Cs"}))


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
