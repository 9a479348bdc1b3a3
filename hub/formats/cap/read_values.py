"""Reading the values of single elements: closed lists, times, name/value pairs; with defaults where harmless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from hub.alert.alert import NamedValue
from hub.formats.cap.elements import Element, ElementText, Notes, open_element
from hub.formats.cap.finding import quote
from hub.formats.cap.lexical import read_time
from hub.formats.cap.vocabulary import PAIR_CHILDREN


def read_word(element: Element, name: str, words: Sequence[str], default: str) -> str:
    """One value of a closed list; `default` where it is missing or unknown, with the reason noted."""
    found = element.first(name)
    if found is None or not found.value:
        element.notes.add("S2", f"{element.path}/{name}", f"is missing or empty; read as {default}")
        return default
    return known_word(found, words, element.notes) or default


def known_word(found: ElementText, words: Sequence[str], notes: Notes) -> str:
    """The word of the list that is meant; empty where none is."""
    if found.value in words:
        if found.trimmed:
            notes.add("L17", found.path, "blanks around a value of a closed list")
        return found.value
    if found.value == "Very Likely":  # CAP 1.0; CAP 1.2 §3.2.2 certainty: treat as Likely
        notes.add("S11" if notes.version == "1.0" else "S8", found.path, "'Very Likely' is read as Likely")
        return "Likely"
    meant = next((word for word in words if word.lower() == found.value.lower()), "")
    reading = f"; read as {meant}" if meant else ""
    notes.add("S8", found.path, f"{quote(found.value)} is not one of {', '.join(words)}{reading}")
    return meant


def read_words(element: Element, name: str, words: Sequence[str]) -> tuple[str, ...]:
    """The values of a repeated closed list, each once; unknown ones dropped and noted."""
    known = (known_word(found, words, element.notes) for found in element.texts(name))
    return tuple(dict.fromkeys(word for word in known if word))


def read_moment(element: Element, name: str, *, zone_assumed: bool = False) -> datetime | None:
    """A time. Without a zone it is dropped, or taken as UTC where `zone_assumed`; deviations are noted."""
    found = element.first(name)
    if found is None:
        return None
    if not found.value:
        element.notes.add("S10", found.path, "an empty element; leave it out")
        return None
    time = read_time(found.value)
    dropped = time.value is None or (time.zoneless and not zone_assumed)
    if time.fault:
        outcome = "dropped" if dropped else "taken as UTC" if time.zoneless else "understood"
        element.notes.add("L1", found.path, f"{quote(found.value)} {time.fault}; {outcome}")
    return None if dropped else time.value


def read_named(element: Element, name: str) -> Iterator[NamedValue]:
    """The eventCode, parameter or geocode children; CAP 1.0 wrote them as one text ``name=value``."""
    notes = element.notes
    for path, node in element.nodes_with_places(name):
        if not node.children and node.text.strip():
            yield _named_of_1_0(path, node.text.strip(), notes)
            continue
        pair = open_element(node, path, PAIR_CHILDREN, notes)
        for part in PAIR_CHILDREN:
            if pair.first(part) is None:
                notes.add("S2", f"{path}/{part}", "a required element is missing")
        label = _pair_text(pair, "valueName")
        value = _pair_text(pair, "value")
        if not label and not value:
            notes.add("S10", path, "an empty pair; dropped")
            continue
        yield NamedValue(label, value)


def _pair_text(pair: Element, part: str) -> str:
    found = pair.first(part)
    return found.value if found else ""


def _named_of_1_0(path: str, text: str, notes: Notes) -> NamedValue:
    label, equals, value = text.partition("=")
    if notes.version != "1.0" or not equals:
        notes.add("S6", path, "wants valueName and value")
    elif len(text.split()) > 1:
        notes.add("S8", path, f"{quote(text)} is not of the CAP 1.0 form name=value without blanks")
    return NamedValue(label.strip(), value.strip())
