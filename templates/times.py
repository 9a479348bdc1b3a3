"""The times of a warning in one sentence: when it was issued, from when and until when it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from templates.facts import Facts
from templates.moment import moment_text


def times_text(words: Mapping[str, str], facts: Facts) -> str:
    """The sentence without its stop. What the headline says already is left out: a text message pays for every word."""
    issued = moment_text(words, words["moment"], facts.issued)
    told = [] if issued in facts.headline else [words["times_issued"].format(issued=issued)]
    told += [span_text(words, facts.begins, facts.expires)]
    return words["times_comma"].join(filter(None, told))


def span_text(words: Mapping[str, str], begins: datetime | None, ends: datetime | None) -> str:
    """From when until when something is in force; empty where neither is to be said."""
    bounds = {"begins": begins, "ends": ends}
    said = {name: moment_text(words, words["moment"], moment) for name, moment in bounds.items() if moment is not None}
    return words["_".join(("times", *said))].format_map(said) if said else ""
