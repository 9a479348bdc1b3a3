"""Why a warning ends, in the languages its author says it in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.errors import Invalid
from hub.rules.rule import Rule

#: letters of the languages that are not written in Latin ones; a language of two scripts has both
_SCRIPTS: Mapping[str, frozenset[str]] = {
    tag: frozenset(scripts.split())
    for tags, scripts in (
        ("zh yue wuu lzh", "CJK"),
        ("ja", "CJK HIRAGANA KATAKANA"),
        ("ko", "HANGUL CJK"),
        ("ru uk be bg ky tg", "CYRILLIC"),
        ("mn kk", "CYRILLIC MONGOLIAN ARABIC"),
        ("ar fa ug ur ps", "ARABIC"),
        ("he", "HEBREW"),
        ("bo", "TIBETAN"),
        ("ii", "YI"),
        ("th", "THAI"),
        ("el", "GREEK"),
        ("hi ne mr", "DEVANAGARI"),
    )
    for tag in tags.split()
}
_LATIN = frozenset({"LATIN"})


@dataclass(frozen=True, slots=True)
class EndingNotes:
    """Why a warning ends, in its author's words: `text` without a language named, `by_language` under their tags."""

    text: str = ""
    by_language: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> str:
        """All of it as one CAP note (CAP 1.2 §3.2.1 note)."""
        texts = (self.text, *self.by_language.values())
        return " / ".join(dict.fromkeys(text.strip() for text in texts if text.strip()))

    def words_in(self, languages: Sequence[str]) -> dict[str, str]:
        """The words for each of these languages, where there are any: nobody is told why in another language.

        Raises Invalid for a tag that is none of the languages: its text would be told to nobody.
        """
        found: dict[str, str] = {}
        for tag, text in self.by_language.items():
            meant = [each for each in languages if _is_in(each, tag)]
            if not meant:
                known = ", ".join(languages)
                raise Invalid(
                    f"the warning has no text in {tag}; it is in {known}", rule=Rule.NOTE_LANGUAGE, place="notes"
                )
            found |= dict.fromkeys(meant, text.strip())
        first = next((each for each in languages if _writes(each, self.text)), None)
        if self.text.strip() and first is not None:
            own = {each: self.text.strip() for each in languages if _primary(each) == _primary(first)}
            found = own | found
        return {language: text for language, text in found.items() if text}


def _is_in(language: str, tag: str) -> bool:
    """True where a text under `tag` is for `language`: the tag itself, or the language without its region."""
    return language.casefold() == tag.casefold() or _primary(language) == tag.casefold()


def _writes(language: str, text: str) -> bool:
    return _script(text) in _SCRIPTS.get(_primary(language), _LATIN)


def _script(text: str) -> str:
    """The script of a text by its letters. Any other than Latin decides: 3 mm and G318 stand in every language."""
    counts = Counter(unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha())
    other = [(count, script) for script, count in counts.items() if script not in ("LATIN", "FULLWIDTH", "")]
    return max(other)[1] if other else "LATIN"


def _primary(language: str) -> str:
    return language.casefold().partition("-")[0]
