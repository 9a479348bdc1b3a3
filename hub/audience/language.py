"""In which of the languages of a message a person is told it."""

from __future__ import annotations

from collections.abc import Sequence


def language_index(languages: Sequence[str], wanted: str) -> int:
    """Where among the tags of a message, of which there is one at least, the language stands in which a reader of the
    one wanted is told: the exact tag, else the first of the same primary subtag, else the first of all.
    """
    tags, tag = [each.casefold() for each in languages], wanted.casefold()
    if tag in tags:
        return tags.index(tag)
    return next((at for at, each in enumerate(tags) if primary(each) == primary(tag)), 0)


def primary(language: str) -> str:
    """The primary subtag of a tag (RFC 5646 §2.2.1), by which the varieties of a language are one."""
    return language.casefold().partition("-")[0]
