"""A batch of people in columns: what costs a tenth of one object per person, and can be sorted and grouped at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub.crypto.vault import Vault
from targeting import cell

MARK_BYTES = 8  #: of a keyed address hash that are kept: 2⁶⁴ against tens of millions of addresses
NOWHERE = 0  #: the cell of who has no coordinates; no H3 cell has this number


@dataclass(frozen=True, slots=True)
class CodedTexts:
    """A column of few different texts: for each row the place of its text in `texts`."""

    codes: NDArray[np.uint32]
    texts: tuple[str, ...]

    def texts_of_rows(self) -> list[str]:
        """The text of each row."""
        texts = self.texts
        return [texts[code] for code in self.codes.tolist()]

    def take(self, rows: NDArray[np.intp]) -> CodedTexts:
        """The column of these rows only."""
        return CodedTexts(self.codes[rows], self.texts)


@dataclass(frozen=True, slots=True)
class IndexColumns:
    """What the index follows from, in columns of one length; `cells` are of the finest resolution or NOWHERE.

    `groups` and `channels` are sorted and comma-separated, `marks` the first 8 bytes of the keyed hash of each address
    in the order of the channels.
    """

    regions: NDArray[np.int64]
    cells: NDArray[np.int64]
    lats: NDArray[np.float64]
    lons: NDArray[np.float64]
    languages: CodedTexts
    groups: CodedTexts
    channels: CodedTexts
    marks: list[bytes]

    def take(self, rows: NDArray[np.intp]) -> IndexColumns:
        """These rows only, in their order."""
        return IndexColumns(
            self.regions[rows],
            self.cells[rows],
            self.lats[rows],
            self.lons[rows],
            self.languages.take(rows),
            self.groups.take(rows),
            self.channels.take(rows),
            [self.marks[row] for row in rows.tolist()],
        )

    def __len__(self) -> int:
        return len(self.marks)


@dataclass(frozen=True, slots=True)
class Batch:
    """People ready to be stored; no external id is there twice. `lines` are the places they come from."""

    external_ids: list[str]
    filed: IndexColumns
    sealed: list[bytes]
    lines: NDArray[np.int64]
    kids: tuple[str, str]  #: names of the keys that sealed and hashed the addresses

    def take(self, rows: NDArray[np.intp]) -> Batch:
        """These rows only, in their order."""
        picked = rows.tolist()
        return Batch(
            [self.external_ids[row] for row in picked],
            self.filed.take(rows),
            [self.sealed[row] for row in picked],
            self.lines[rows],
            self.kids,
        )

    def by_place(self) -> Batch:
        """Sorted by region and cell: ids given in this order lie together in every bitmap, which keeps them small."""
        return self.take(np.lexsort((self.filed.cells, self.filed.regions)))

    def __len__(self) -> int:
        return len(self.sealed)


class RegisterRow(NamedTuple):
    """One person as a register says it, every field in its canonical form.

    `region` is a region key, `groups` are sorted and comma-separated, `addresses` by channel in the order of names.
    """

    external_id: str
    region: str
    language: str
    lat: float | None
    lon: float | None
    groups: str
    addresses: Mapping[str, str]


def words_of(texts: Sequence[str]) -> CodedTexts:
    """The column of these texts."""
    known = {text: code for code, text in enumerate(dict.fromkeys(texts))}
    codes = np.fromiter((known[text] for text in texts), dtype=np.uint32, count=len(texts))
    return CodedTexts(codes, tuple(known))


def batch_of(
    vault: Vault, regions: Mapping[str, int], entries: Sequence[RegisterRow], lines: Sequence[int] | None = None
) -> Batch:
    """Seals the addresses of people with different external ids and finds their cells. Raises KeyError for a region."""
    columns = zip(*entries, strict=True) if entries else ((),) * len(RegisterRow._fields)
    external_ids, places, languages, lats, lons, groups, addresses = columns
    box = vault.box  # one for all of them: a rotation may come at any moment
    fingerprint = box.fingerprint
    filed = IndexColumns(
        np.array([regions[key] for key in places], dtype=np.int64),
        cells_of(lats, lons),
        np.array(lats, dtype=np.float64),
        np.array(lons, dtype=np.float64),
        words_of(languages),
        words_of(groups),
        words_of([",".join(each) for each in addresses]),
        [b"".join([fingerprint(name, to)[:MARK_BYTES] for name, to in each.items()]) for each in addresses],
    )
    numbers = np.arange(1, len(entries) + 1) if lines is None else np.array(lines, dtype=np.int64)
    return Batch(list(external_ids), filed, box.seal_many(addresses), numbers, (box.seal_kid, box.hash_kid))


def cells_of(lats: Sequence[float | None], lons: Sequence[float | None]) -> NDArray[np.int64]:
    """The finest cell of each place, or NOWHERE."""
    found, find = [], cell.cell_of
    for lat, lon in zip(lats, lons, strict=True):
        found.append(NOWHERE if lat is None or lon is None else find(lat, lon))
    return np.array(found, dtype=np.int64)
