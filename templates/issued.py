"""The headline of a warning that has none, one language at a time."""

from __future__ import annotations

from templates.all_clear import NamedWarning, Words, naming


def issued_headline(words: Words, warning: NamedWarning, sender: str) -> str:
    """Who issued which warning. A language without words for it names the event alone."""
    colour = words.get(warning.level, "")  # as a sentence begins with it
    return " ".join(words["issued"].format(sender=sender, colour=colour, **naming(words, warning)).split())
