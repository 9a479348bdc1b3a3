"""What a warning threatens people with: each hazard it names, by the highest level that it states of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from approvals.event import Events
from approvals.event_words import recognise
from approvals.level import Level
from hub.alert.alert import Info
from hub.dossier.event import EVENT_CODE_NAMES
from hub.dossier.event_name import hazard_of

Threats = Mapping[str, Level]


def threats_of(events: Events, infos: Iterable[Info]) -> Threats:
    """Hazards by the key of the table; one that no table knows by its 12379 code, else by its word.

    A word in another language that no table knows is taken for the translation of one that it does.
    """
    by_language: dict[str, dict[str, Level]] = {}
    for info in infos:
        found = by_language.setdefault(info.language.casefold(), {})
        key = _key(events, info)
        found[key] = max(Level.of_severity(info.severity), found.get(key, Level.BLUE))
    known = [found for found in by_language.values() if any(key in events.by_key for key in found)]
    threats: dict[str, Level] = {}
    for found in known or list(by_language.values())[:1]:
        threats |= {key: max(level, threats.get(key, Level.BLUE)) for key, level in found.items()}
    return threats


def covers(one: Threats, other: Threats) -> bool:
    """Whether `one` warns of all that `other` warns of, at the same level or a higher one."""
    return all(key in one and one[key] >= level for key, level in other.items())


def _key(events: Events, info: Info) -> str:
    codes = [code.value for code in info.event_codes if code.name in EVENT_CODE_NAMES]
    told = recognise(events, codes, (info.event,))
    if told.key in events.by_key:
        return told.key
    return codes[0] if codes else hazard_of(info.event).casefold()
