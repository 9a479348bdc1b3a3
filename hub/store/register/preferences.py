"""Statements about what people chose for themselves: rows, their history, and the bitmaps a release asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection, delete, insert, select, update

from hub.store.register import bitmaps, regions
from hub.store.register.batch import CodedTexts, IndexColumns, words_of
from hub.store.schema import preferences, preferences_history, recipients
from hub.store.sql.blocks import Ids
from hub.store.sql.keyed import lock_for_numbering, rows_by

#: kinds of the bitmap index: who refused a channel (or EVERYTHING), whose lowest level wished this is, who chose what,
#: who wants the channels tried in this order (their names with commas)
OPTOUT, WISH, CHOSEN, ORDER = "optout", "wish", "chosen", "order"
EVERYTHING = "*"  #: in the place of a channel's name


@dataclass(frozen=True, slots=True)
class Preferences:
    """What one person chose; nothing by default.

    `refused` holds channels or EVERYTHING, `least` is a level or 0. `places` are keys of regions beside the one they
    are registered in; `order` the channels they want tried first, the first first.
    """

    refused: frozenset[str] = frozenset()
    language: str | None = None
    least: int = 0
    places: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()

    def refusing(self, refused: Collection[str]) -> Preferences:
        """These preferences with these refused and no others."""
        return replace(self, refused=frozenset(refused))

    def fields(self) -> dict[str, str]:
        """As the history names them."""
        return {
            "refused": ",".join(sorted(self.refused)),
            "language": self.language or "",
            "least": str(self.least) if self.least else "",
            "places": ",".join(sorted(self.places)),
            "order": ",".join(self.order),
        }


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


def of(connection: Connection, ids: Iterable[int]) -> dict[int, Preferences]:
    """What these people chose; who chose nothing is left out."""
    statement = (
        "SELECT recipient, refused, language, least, places, column_order FROM preferences WHERE recipient {among}"
    )
    return {
        number: Preferences(frozenset(_parts(refused)), language, least, frozenset(_parts(places)), _parts(order))
        for number, refused, language, least, places, order in rows_by(connection, statement, ids)
    }


def regions_of(connection: Connection, recipient: int) -> frozenset[str]:
    """Keys of the regions of the places a person chose, and of those above them."""
    choice = of(connection, [recipient]).get(recipient, Preferences())
    return frozenset(key for chain in _above(connection, choice.places).values() for key in chain)


def hold(connection: Connection) -> None:
    """Until the transaction ends nobody else changes preferences or the index, an import neither.

    Whole bitmaps are read and written again: of two at once the later would undo the earlier. A choice that follows
    from the one before is read only after this.
    """
    lock_for_numbering(connection, "recipients")


def store_preferences(connection: Connection, wanted: Mapping[int, Preferences], way: Way) -> int:
    """Keeps preferences, their history and the index, in the caller's transaction; how many people changed anything."""
    if not wanted:
        return 0
    hold(connection)
    before = of(connection, wanted)
    above = _above(connection, {key for each in (*before.values(), *wanted.values()) for key in each.places})
    changes = bitmaps.Changes()
    changed = 0
    for number, choice in sorted(wanted.items()):
        old = before.get(number, Preferences())
        if old == choice:
            continue
        changed += 1
        _keep(connection, number, choice, way, known=number in before)
        _note(connection, number, (old, choice), way)
        _file(changes, number, _keys(old, above), _keys(choice, above))
        if choice.language is not None and choice.language != old.language:
            _speak(connection, changes, number, choice.language, way.at)
    bitmaps.apply(connection, changes)
    return changed


def history(connection: Connection, recipient: int) -> list[Change]:
    """Every change, oldest first."""
    table = preferences_history.c
    query = select(table.what, table.before, table.after, table.way, table.actor, table.at)
    found = connection.execute(query.where(table.recipient == recipient).order_by(table.id))
    return [Change(*row) for row in found]


def forget(connection: Connection, recipient: int) -> None:
    """Drops what a person chose and its history: with the person, not before."""
    changes = bitmaps.Changes()
    old = of(connection, [recipient]).get(recipient, Preferences())
    _file(changes, recipient, _keys(old, _above(connection, old.places)), set())
    bitmaps.apply(connection, changes)
    connection.execute(delete(preferences).where(preferences.c.recipient == recipient))
    connection.execute(delete(preferences_history).where(preferences_history.c.recipient == recipient))


def heed_languages(connection: Connection, filed: IndexColumns, ids: Ids) -> CodedTexts:
    """The languages of an import, save of those who chose one for themselves: a person's own word stands."""
    chose = bitmaps.one(connection, CHOSEN, "language") & BitMap(ids.tolist())
    if not chose:
        return filed.languages
    known = of(connection, chose)
    spoken = filed.languages.texts_of_rows()
    for row, number in enumerate(ids.tolist()):
        if number in chose:
            spoken[row] = known[number].language or spoken[row]
    return words_of(spoken)


def _keep(connection: Connection, number: int, choice: Preferences, way: Way, *, known: bool) -> None:
    told = choice.fields()
    row = {
        "refused": told["refused"],
        "language": choice.language,
        "least": choice.least,
        "at": way.at,
        "places": told["places"],
        "column_order": told["order"],
    }
    if known:
        connection.execute(update(preferences).where(preferences.c.recipient == number).values(row))
    else:
        connection.execute(insert(preferences).values(row | {"recipient": number}))


def _note(connection: Connection, number: int, both: Sequence[Preferences], way: Way) -> None:
    before, after = (choice.fields() for choice in both)
    rows = [
        {"recipient": number, "what": what, "before": before[what], "after": after[what]}
        | {"way": way.by, "actor": way.actor, "at": way.at}
        for what in before
        if before[what] != after[what]
    ]
    connection.execute(insert(preferences_history), rows)


def _file(changes: bitmaps.Changes, number: int, before: set[tuple[str, str]], after: set[tuple[str, str]]) -> None:
    for key in before - after:
        changes.taken[key].append(np.array([number], dtype=np.uint32))
    for key in after - before:
        changes.added[key].append(np.array([number], dtype=np.uint32))


def _keys(choice: Preferences, above: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Every bitmap a person with this choice is in; `above` is for each place its key and those above it."""
    keys = {(OPTOUT, channel) for channel in choice.refused}
    keys |= {(bitmaps.PLACE, key) for place in choice.places for key in above.get(place, ())}
    if choice.least:
        keys.add((WISH, str(choice.least)))
    if choice.language is not None:
        keys.add((CHOSEN, "language"))
    if choice.order:
        keys.add((ORDER, ",".join(choice.order)))
    return keys


def _above(connection: Connection, places: Collection[str]) -> dict[str, list[str]]:
    """A person is warned for a place of their own as for the one they live in: with every region above it."""
    if not places:
        return {}
    chains = regions.ancestors(connection, regions.ids_by_key(connection, places).values())
    return {chain[0][1]: [key for _, key in chain] for chain in chains.values()}


def _speak(connection: Connection, changes: bitmaps.Changes, number: int, language: str, at_ms: int) -> None:
    """Files a person under another language."""
    row = recipients.c.id == number
    spoken = connection.execute(select(recipients.c.language).where(row)).scalar_one()
    if spoken == language:
        return
    connection.execute(update(recipients).where(row).values(language=language, updated_at=at_ms))
    changes.taken[bitmaps.LANGUAGE, spoken].append(np.array([number], dtype=np.uint32))
    changes.added[bitmaps.LANGUAGE, language].append(np.array([number], dtype=np.uint32))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
