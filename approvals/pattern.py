"""Patterns of event codes and texts, where ``*`` stands for any text: matching, and comparing two patterns."""

from __future__ import annotations

import re
from functools import lru_cache

# Stands for "some text no pattern spells out"; a private-use character that no event carries.
_ANY = "\ue000"


def matches(pattern: str, text: str) -> bool:
    """True where the whole text fits, letter case aside."""
    return _expression(pattern).fullmatch(text.casefold()) is not None


@lru_cache(maxsize=4096)  # a policy has some hundred patterns, and every alert on a page is judged by them
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.casefold().split("*")), re.DOTALL)


def within(narrow: str, wide: str) -> bool:
    """True where every text that fits `narrow` fits `wide`: the star of `narrow` must fall on a star of `wide`."""
    return matches(wide, narrow.replace("*", _ANY))


def meet(one: str, other: str) -> bool:
    """True where some text fits both."""
    return _meet(one.casefold(), other.casefold())


def _meet(one: str, other: str) -> bool:
    # Row by row over `other`: reachable[i] says that one[:i] and the part of `other` read so far share a text.
    reachable = [True] + [False] * len(one)
    for i, letter in enumerate(one, start=1):
        reachable[i] = reachable[i - 1] and letter == "*"
    for theirs in other:
        row = [reachable[0] and theirs == "*"]
        for i, ours in enumerate(one, start=1):
            if "*" in (ours, theirs):
                row.append(reachable[i] or row[i - 1])  # a star reads one letter more, or none
            else:
                row.append(reachable[i - 1] and ours == theirs)
        reachable = row
    return reachable[-1]


def weight(pattern: str) -> tuple[bool, int]:
    """How specific a pattern is: an exact one before any with a star, then the more letters."""
    return "*" not in pattern, len(pattern.replace("*", ""))
