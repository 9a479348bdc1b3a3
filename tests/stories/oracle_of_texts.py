"""A naive oracle: from the info blocks of a warning and the register alone, who is told which blocks in which order.

It shares no code with the hub. Places are 12-digit codes; a person is in a place whose code, without its zeros, begins
theirs. What a person is told is the tuple of the marks of the blocks, the gravest first; `OVER` stands for the news that
a warning has ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEVELS = ("red", "orange", "yellow", "blue")
OVER = "over"
Told = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """An info block: what it says is known by its mark."""

    mark: str
    level: str
    language: str
    places: frozenset[str]


@dataclass(frozen=True)
class Person:
    name: str
    home: str
    language: str
    phone: str
    duty: bool = False


def is_in(home: str, place: str) -> bool:
    stem = place[:2] if place[2:] == "0" * 10 else place[:4] if place[4:] == "0" * 8 else place
    stem = place[:6] if stem == place and place[6:] == "0" * 6 else stem
    stem = place[:9] if stem == place and place[9:] == "000" else stem
    return home.startswith(stem)


def is_refused(blocks: Sequence[Block]) -> bool:
    """Languages of one area that state different highest levels."""
    gravest: dict[tuple[frozenset[str], str], int] = {}
    for block in blocks:
        key = (block.places, block.language)
        gravest[key] = min(gravest.get(key, 9), LEVELS.index(block.level))
    by_area = defaultdict(set)
    for (places, _), level in gravest.items():
        by_area[places].add(level)
    return any(len(levels) > 1 for levels in by_area.values())


def blocks_for(person: Person, blocks: Sequence[Block]) -> list[Block]:
    """The blocks whose area holds the person: in their language, and in another where theirs says less."""
    reader = reads(person.language, blocks, person.home)
    told = []
    for places in {block.places: None for block in blocks}:
        if not any(is_in(person.home, place) for place in places):
            continue
        here = [block for block in blocks if block.places == places]
        for level in LEVELS:
            equal = [block for block in here if block.level == level]
            own = [block for block in equal if block.language == reader]
            counts = Counter(block.language for block in equal)
            most = max(counts.values(), default=0)
            first = next((b.language for b in here if counts[b.language] == most), "")
            told += own if len(own) == most else [*own, *(b for b in equal if b.language == first)]
    return told


def reads(language: str, blocks: Sequence[Block], home: str) -> str:
    """The language of the form a person gets: their own if any block about them is in it, else the first of these."""
    about = [block for block in blocks if any(is_in(home, place) for place in block.places)]
    tags = [block.language for block in about]
    return next((tag for tag in tags if tag.partition("-")[0] == language), next(iter(tags), language))


def told(person: Person, blocks: Sequence[Block]) -> Told:
    """The marks a person reads; empty for whom no area holds."""
    chosen = blocks_for(person, blocks)
    sections = list({block.places: None for block in blocks})

    def gravest(places: frozenset[str]) -> int:
        return min(LEVELS.index(block.level) for block in blocks if block.places == places)

    order = sorted(chosen, key=lambda block: (gravest(block.places), sections.index(block.places)))
    return tuple(dict.fromkeys(block.mark for block in order))


def first_message(people: Iterable[Person], blocks: Sequence[Block]) -> dict[str, Told]:
    """By name, what everyone is told of a new warning."""
    return {person.name: text for person in people if (text := told(person, blocks))}


def left_out(before: Sequence[Block], after: Sequence[Block]) -> set[str]:
    """Places of the warning before that the Update does not name, by themselves or within a larger one."""
    named = {place for block in after for place in block.places}
    places = {place for block in before for place in block.places}
    return {place for place in places if not any(is_in(place, other) for other in named)}


def update(
    people: Iterable[Person],
    held: Mapping[str, Told],
    before: Sequence[Block],
    after: Sequence[Block],
    said: Mapping[str, str],
) -> dict[str, Told]:
    """By name, what everyone is told of an Update, given what they hold and what its author said of each place left out."""
    found = {}
    for person in people:
        mine = told(person, after)
        gone = [place for place in said if is_in(person.home, place)]
        if mine:
            found[person.name] = mine
        elif any(said[place] == "continues" for place in gone):
            if person.name not in held:
                found[person.name] = told(person, before)
        elif gone and person.name in held:
            found[person.name] = (OVER,)
    return found


def messages(people: Iterable[Person], texts: Mapping[str, Told]) -> Counter[tuple[str, Told]]:
    """By number, what is sent: one text once, save to people on duty, each of whom is told."""
    once, each = set(), Counter[tuple[str, Told]]()
    for person in people:
        if person.name in texts:
            key = (person.phone, texts[person.name])
            if person.duty:
                each[key] += 1
            else:
                once.add(key)
    return each + Counter(once)
