"""A batch of people in columns: what costs a tenth of one object per person, and can be sorted and grouped at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hub.vault import Vault
from targeting import cell

MARK_BYTES = 8  #: of a keyed address hash that are kept: 2⁶⁴ against tens of millions of addresses
NOWHERE = 0  #: the cell of who has no coordinates; no H3 cell has this number


@dataclass(frozen=True, slots=True)
class Words:
    """A column of few different texts: for each row the place of its text in `texts`."""

    codes: NDArray[np.uint32]
    texts: tuple[str, ...]

    def spelled(self) -> list[str]:
        """The text of each row."""
        texts = self.texts
        return [texts[code] for code in self.codes.tolist()]

    def taken(self, rows: NDArray[np.intp]) -> Words:
        """The column of these rows only."""
        return Words(self.codes[rows], self.texts)


@dataclass(frozen=True, slots=True)
class Filed:
    """What the index follows from, in columns of one length; `cells` are of the finest resolution or NOWHERE.

    `groups` and `channels` are sorted and comma-separated, `marks` the first 8 bytes of the keyed hash of each address
    in the order of the channels.
    """

    regions: NDArray[np.int64]
    cells: NDArray[np.int64]
    lats: NDArray[np.float64]
    lons: NDArray[np.float64]
    languages: Words
    groups: Words
    channels: Words
    marks: list[bytes]

    def taken(self, rows: NDArray[np.intp]) -> Filed:
        """These rows only, in their order."""
        return Filed(
            self.regions[rows],
            self.cells[rows],
            self.lats[rows],
            self.lons[rows],
            self.languages.taken(rows),
            self.groups.taken(rows),
            self.channels.taken(rows),
            [self.marks[row] for row in rows.tolist()],
        )

    def __len__(self) -> int:
        return len(self.marks)


@dataclass(frozen=True, slots=True)
class Batch:
    """People ready to be stored; no external id is there twice. `lines` are the places they come from."""

    external_ids: list[str]
    filed: Filed
    sealed: list[bytes]
    lines: NDArray[np.int64]

    def taken(self, rows: NDArray[np.intp]) -> Batch:
        """These rows only, in their order."""
        picked = rows.tolist()
        return Batch(
            [self.external_ids[row] for row in picked],
            self.filed.taken(rows),
            [self.sealed[row] for row in picked],
            self.lines[rows],
        )

    def by_place(self) -> Batch:
        """Sorted by region and cell: ids given in this order lie together in every bitmap, which keeps them small."""
        return self.taken(np.lexsort((self.filed.cells, self.filed.regions)))

    def __len__(self) -> int:
        return len(self.sealed)


@dataclass(frozen=True, slots=True)
class Entry:
    """One person on the way into a batch; `region` is a region id, `groups` are sorted and comma-separated."""

    external_id: str
    region: int
    language: str
    lat: float | None
    lon: float | None
    groups: str
    addresses: Mapping[str, str]


class _Column:
    """Texts on their way into Words."""

    __slots__ = ("codes", "known")

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.known: dict[str, int] = {}

    def add(self, text: str) -> None:
        known = self.known
        code = known.get(text)
        if code is None:
            code = known[text] = len(known)
        self.codes.append(code)

    def words(self) -> Words:
        return Words(np.array(self.codes, dtype=np.uint32), tuple(self.known))


def words_of(texts: Sequence[str]) -> Words:
    """The column of these texts."""
    column = _Column()
    for text in texts:
        column.add(text)
    return column.words()


@dataclass(slots=True)
class BatchMaker:
    """Collects people; seals their addresses and finds their cells on the way. One batch, then it is done."""

    vault: Vault
    _ids: list[str] = field(default_factory=list)
    _regions: list[int] = field(default_factory=list)
    _cells: list[int] = field(default_factory=list)
    _lats: list[float | None] = field(default_factory=list)
    _lons: list[float | None] = field(default_factory=list)
    _columns: tuple[_Column, _Column, _Column] = field(default_factory=lambda: (_Column(), _Column(), _Column()))
    _marks: list[bytes] = field(default_factory=list)
    _addresses: list[Mapping[str, str]] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)

    def add(self, entry: Entry, line: int) -> None:
        """Adds a person. The external id must be new to the batch."""
        lat, lon, addresses = entry.lat, entry.lon, entry.addresses
        channels = sorted(addresses)
        languages, groups, having = self._columns
        self._ids.append(entry.external_id)
        self._regions.append(entry.region)
        self._cells.append(NOWHERE if lat is None or lon is None else cell.cell_of(lat, lon))
        self._lats.append(lat)
        self._lons.append(lon)
        languages.add(entry.language)
        groups.add(entry.groups)
        having.add(",".join(channels))
        fingerprint = self.vault.fingerprint
        self._marks.append(b"".join([fingerprint(name, addresses[name])[:MARK_BYTES] for name in channels]))
        self._addresses.append(addresses)
        self._lines.append(line)

    def batch(self) -> Batch:
        """What was collected."""
        languages, groups, having = self._columns
        filed = Filed(
            np.array(self._regions, dtype=np.int64),
            np.array(self._cells, dtype=np.int64),
            np.array(self._lats, dtype=np.float64),
            np.array(self._lons, dtype=np.float64),
            languages.words(),
            groups.words(),
            having.words(),
            self._marks,
        )
        return Batch(self._ids, filed, self.vault.seal_many(self._addresses), np.array(self._lines, dtype=np.int64))
