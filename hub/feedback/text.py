"""Texts of strangers made safe to keep and to compare."""

from __future__ import annotations

import re
import unicodedata

TEXT_LIMIT = 2000  #: characters of a text that are kept and read

#: control (Cc), format (Cf: zero-width and direction marks), surrogate (Cs) and unassigned (Cn) characters
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Cn"})
_SPACES = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """At most TEXT_LIMIT characters on one line, without control characters; safe for every store and terminal."""
    # White space is kept, though some of it is control characters: a line break between two words must stay a gap, and
    # gaps that only a removed character held apart are one. The slack leaves room for what is removed.
    kept = (char for char in text[: TEXT_LIMIT * 4] if char.isspace() or unicodedata.category(char) not in _UNSAFE)
    return _SPACES.sub(" ", "".join(kept)).strip()[:TEXT_LIMIT].rstrip()


def fold_text(text: str) -> str:
    """The text as rules compare it: compatibility forms unified (full width to half), lower case, cleaned."""
    # NFKC: Unicode Standard Annex #15. One character can become 18, so it is cleaned, and so bounded, again.
    return clean_text(unicodedata.normalize("NFKC", clean_text(text)).casefold())
