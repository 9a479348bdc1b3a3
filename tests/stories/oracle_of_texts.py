"""A naive oracle: from the info blocks of a warning and the register alone, who is told which blocks in which order.

It shares no code with the hub. Places are 12-digit codes. What a person is told are the marks of the blocks, the gravest
first; OVER stands for the news that a warning has ended: where, in which language, of which level.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

LEVELS = ("red", "orange", "yellow", "blue")
OVER = "over"
Told = tuple[str, ...]


@dataclass(frozen=True)
class Block:
    mark: str
    level: str
    language: str
    places: frozenset[str]
    name: str = ""  # of the places


@dataclass(frozen=True)
class Person:
    name: str
    home: str  # empty: everybody is in every place, because nobody knows where they live
    language: str
    phone: str
    duty: bool = False
    also: tuple[str, ...] = ()  # homes of those who are told over the same telephone


def is_in(home: str, place: str) -> bool:
    stem = next(place[:digits] for digits in (2, 4, 6, 9, 12) if not place[digits:].strip("0"))
    return not home or home.startswith(stem)


def about(person: Person, blocks: Sequence[Block]) -> list[Block]:
    homes = (person.home, *person.also)
    return [block for block in blocks if any(is_in(home, place) for place in block.places for home in homes)]


def read_by(person: Person, blocks: Sequence[Block], order: Sequence[Block]) -> list[Block]:
    """Of blocks those the person reads: in the language of the form they get, and in another where that says less.

    The form is in their language if any block about them is, else in the first of `order` that has one.
    """
    here = about(person, blocks)
    tags = [block.language for block in order if block.language in {each.language for each in here}]
    reader = next((tag for tag in tags if tag.partition("-")[0] == person.language), next(iter(tags), ""))
    told = []
    for places in {block.places: None for block in here}:
        section = [block for block in here if block.places == places]
        for level in LEVELS:
            equal = [block for block in section if block.level == level]
            counts = Counter(block.language for block in equal)
            most = max(counts.values(), default=0)
            first = next((block.language for block in section if counts[block.language] == most), "")
            own = [block for block in equal if block.language == reader]
            told += own if len(own) == most else [*own, *(block for block in equal if block.language == first)]
    return told


def told(person: Person, blocks: Sequence[Block], order: Sequence[Block] = ()) -> Told:
    """The marks a person reads; empty for whom no area holds."""
    sections = list({block.places: None for block in blocks})

    def rank(block: Block) -> tuple[int, int]:
        grave = min(LEVELS.index(each.level) for each in blocks if each.places == block.places)
        return grave, sections.index(block.places)

    return tuple(dict.fromkeys(block.mark for block in sorted(read_by(person, blocks, order or blocks), key=rank)))


@dataclass(frozen=True)
class Change:
    """An Update: the blocks before and after; what its author says of places left out; what sets of places are called."""

    before: Sequence[Block]
    after: Sequence[Block]
    townships: Sequence[str]
    names: Mapping[tuple[str, str], str]
    said: Mapping[str, str]

    def rest(self, place: str) -> frozenset[str]:
        """A place left out, without the townships of it that the Update names or its author speaks of."""
        inside = {other for other in self.said if other != place and is_in(other, place)}
        named = {other for block in self.after for other in block.places if is_in(other, place)}
        if named or "continues" in {self.said.get(each) for each in (place, *inside)}:
            named |= inside
        parts = {each for each in self.townships if is_in(each, place)} - named
        return frozenset(parts if named else {place})

    def left_out(self) -> list[str]:
        """Places of the warning before that the Update names neither by themselves, within a larger one, nor in parts."""
        named = {place for block in self.after for place in block.places}
        places = sorted({place for block in self.before for place in block.places})
        return [p for p in places if not any(is_in(p, other) for other in named) and self.rest(p)]

    def old(self, word: str) -> list[Block]:
        """The blocks before, each at what is left of the places of which the author says this."""
        finest = sorted(self.said, key=lambda place: (-len(place.rstrip("0")), place))
        gone = [(place, rest) for place in finest if self.said[place] == word and (rest := self.rest(place))]
        named = [(p, self.names[p, "、".join(sorted(rest))], rest) for p, rest in gone]
        return [replace(b, places=rest, name=name) for p, name, rest in named for b in self.before if p in b.places]

    def carried(self) -> list[Block]:
        return [*self.after, *self.old("continues")]

    def news(self, person: Person) -> Told:
        """That the warning is over, and where, of each block that is ended where the person lives."""
        ended = [replace(block, level="blue", mark=block.level) for block in self.old("ended")]
        read = read_by(person, ended, [*self.carried(), *ended])
        return tuple(dict.fromkeys(f"{OVER} {b.name} {b.language} {b.mark}" for b in read))

    def tell(self, person: Person, at: Sequence[Person]) -> Told:
        """What holds where any of those at the number live, and what is over where nothing holds for one of them."""
        blocks, ended = self.carried(), self.old("ended")
        warned = told(replace(person, also=tuple(each.home for each in at)), blocks, [*blocks, *ended])
        over = tuple(each.home for each in at if not each.home or not about(each, blocks))
        return warned + (self.news(replace(person, home=over[0], also=over)) if over else ())


def update(people: Iterable[Person], held: Mapping[str, Told], change: Change) -> dict[str, Told]:
    """By name, what everyone is told of an Update, given what they hold."""
    here, blocks = [], change.carried()
    for person in people:
        if about(person, blocks):
            if about(person, change.after) or person.name not in held:
                here.append(person)
        elif person.name in held:  # who is in no place of it cannot be placed, and is told every part under its place
            here.append(person if change.news(person) else replace(person, home=""))
    return by_number(here, change)


def by_number(people: Sequence[Person], change: Change) -> dict[str, Told]:
    """Everyone at a number is told what is said to all who are told over it, in their own language."""
    return {one.name: change.tell(one, [each for each in people if each.phone == one.phone]) for one in people}


def messages(people: Iterable[Person], texts: Mapping[str, Told]) -> Counter[tuple[str, Told]]:
    """By number, what is sent: one text once, save to people on duty, each of whom is told."""
    mine = [(person, (person.phone, texts[person.name])) for person in people if person.name in texts]
    once = Counter({key for person, key in mine if not person.duty})
    return once + Counter(key for person, key in mine if person.duty)
