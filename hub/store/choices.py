"""Statements about what people chose for themselves: rows, their history, and the bitmaps a release asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, delete, insert, select, update

from hub.store import bitmaps
from hub.store.batch import MARK_BYTES, Filed, Words, words_of
from hub.store.blocks import Ids
from hub.store.keyed import rows_by
from hub.store.packed import Entries
from hub.store.schema import address_choices, choices, choices_history, recipients

#: kinds of the bitmap index: who refused a channel (or EVERYTHING), whose lowest level wished this is, who chose what
OPTOUT, WISH, CHOSEN = "optout", "wish", "chosen"
EVERYTHING = "*"  #: in the place of a channel's name


@dataclass(frozen=True, slots=True)
class Choice:
    """What one person chose; nothing by default. `refused` holds channels or EVERYTHING, `least` is a level or 0."""

    refused: frozenset[str] = frozenset()
    language: str | None = None
    least: int = 0

    def fields(self) -> dict[str, str]:
        """As the history names them."""
        least = str(self.least) if self.least else ""
        return {"refused": ",".join(sorted(self.refused)), "language": self.language or "", "least": least}


@dataclass(frozen=True, slots=True)
class Way:
    """How a choice came: `by` a channel's name, page, official or import; `actor` is an official's name or empty."""

    by: str
    at: int  #: ms
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history."""

    what: str
    before: str
    after: str
    way: str
    actor: str
    at: int


def of(connection: Connection, ids: Iterable[int]) -> dict[int, Choice]:
    """What these people chose; who chose nothing is left out."""
    rows = rows_by(connection, "SELECT recipient, refused, language, least FROM choices WHERE recipient {among}", ids)
    return {number: Choice(_set(refused), language, least) for number, refused, language, least in rows}


def put(connection: Connection, wanted: Mapping[int, Choice], way: Way) -> int:
    """Keeps choices with their history and the index, in the caller's transaction; how many people changed anything."""
    before = of(connection, wanted)
    changes = bitmaps.Changes()
    changed = 0
    for number, choice in sorted(wanted.items()):
        old = before.get(number, Choice())
        if old == choice:
            continue
        changed += 1
        _keep(connection, number, choice, way, known=number in before)
        _note(connection, number, (old, choice), way)
        _file(changes, number, old, choice)
        if choice.language is not None and choice.language != old.language:
            _speak(connection, changes, number, choice.language)
    bitmaps.apply(connection, changes)
    return changed


def history(connection: Connection, recipient: int) -> list[Change]:
    """Every change, oldest first."""
    table = choices_history.c
    query = select(table.what, table.before, table.after, table.way, table.actor, table.at)
    found = connection.execute(query.where(table.recipient == recipient).order_by(table.id))
    return [Change(*row) for row in found]


def forget(connection: Connection, recipient: int) -> None:
    """Drops what a person chose and its history: with the person, not before."""
    changes = bitmaps.Changes()
    _file(changes, recipient, of(connection, [recipient]).get(recipient, Choice()), Choice())
    bitmaps.apply(connection, changes)
    connection.execute(delete(choices).where(choices.c.recipient == recipient))
    connection.execute(delete(choices_history).where(choices_history.c.recipient == recipient))


def answer(connection: Connection, channel: str, hashed: bytes, way: Way, *, refused: bool) -> bool:
    """Keeps that an address refused, or takes it back. False where a later word of the same address is known."""
    table = address_choices.c
    here = (table.channel == channel) & (table.hash == hashed)
    known = connection.execute(select(table.at).where(here)).scalar()
    if known is None:
        if refused:
            row = {"channel": channel, "hash": hashed, "refused": True, "at": way.at}
            connection.execute(insert(address_choices).values(row))
        return True
    if known > way.at:
        return False
    connection.execute(update(address_choices).where(here).values(refused=refused, at=way.at))
    return True


def heed_addresses(connection: Connection, entries: Entries, now_ms: int) -> None:
    """Of people just registered: whose address was refused before has refused that channel, whoever they are."""
    table = address_choices.c
    refused = connection.execute(select(table.channel, table.hash).where(table.refused)).all() if len(entries) else []
    if not refused:
        return
    marks = {int.from_bytes(bytes(hashed)[:MARK_BYTES], "big"): channel for channel, hashed in refused}
    met = entries[np.isin(entries["mark"], np.fromiter(marks, dtype=np.uint64, count=len(marks)))].tolist()
    known = of(connection, [number for _, number in met])
    wanted: dict[int, Choice] = {}
    for mark, number in met:
        choice = wanted.get(number) or known.get(number, Choice())
        wanted[number] = Choice(choice.refused | {marks[mark]}, choice.language, choice.least)
    put(connection, wanted, Way("import", now_ms))


def heed_languages(connection: Connection, filed: Filed, ids: Ids) -> Words:
    """The languages of an import, save of those who chose one for themselves: a person's own word stands."""
    chose = bitmaps.one(connection, CHOSEN, "language") & BitMap(ids.tolist())
    if not chose:
        return filed.languages
    known = of(connection, chose)
    spoken = filed.languages.spelled()
    for row, number in enumerate(ids.tolist()):
        if number in chose:
            spoken[row] = known[number].language or spoken[row]
    return words_of(spoken)


def _keep(connection: Connection, number: int, choice: Choice, way: Way, *, known: bool) -> None:
    row = {
        "refused": ",".join(sorted(choice.refused)),
        "language": choice.language,
        "least": choice.least,
        "at": way.at,
    }
    if known:
        connection.execute(update(choices).where(choices.c.recipient == number).values(row))
    else:
        connection.execute(insert(choices).values(row | {"recipient": number}))


def _note(connection: Connection, number: int, both: Sequence[Choice], way: Way) -> None:
    before, after = (choice.fields() for choice in both)
    rows = [
        {"recipient": number, "what": what, "before": before[what], "after": after[what]}
        | {"way": way.by, "actor": way.actor, "at": way.at}
        for what in before
        if before[what] != after[what]
    ]
    connection.execute(insert(choices_history), rows)


def _file(changes: bitmaps.Changes, number: int, old: Choice, new: Choice) -> None:
    before, after = (_keys(choice) for choice in (old, new))
    for key in before - after:
        changes.taken[key].append(np.array([number], dtype=np.uint32))
    for key in after - before:
        changes.added[key].append(np.array([number], dtype=np.uint32))


def _keys(choice: Choice) -> set[tuple[str, str]]:
    """Every bitmap a person with this choice is in."""
    keys = {(OPTOUT, channel) for channel in choice.refused}
    if choice.least:
        keys.add((WISH, str(choice.least)))
    if choice.language is not None:
        keys.add((CHOSEN, "language"))
    return keys


def _speak(connection: Connection, changes: bitmaps.Changes, number: int, language: str) -> None:
    """Files a person under another language."""
    row = recipients.c.id == number
    spoken = connection.execute(select(recipients.c.language).where(row)).scalar_one()
    if spoken == language:
        return
    connection.execute(update(recipients).where(row).values(language=language))
    changes.taken[bitmaps.LANGUAGE, spoken].append(np.array([number], dtype=np.uint32))
    changes.added[bitmaps.LANGUAGE, language].append(np.array([number], dtype=np.uint32))


def _set(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))
