"""One row of a register file to one recipient, or to the column and rule that it breaks; never the value itself."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from channels.address import READERS, AddressKind, phone
from channels.media.registry import MEDIA
from hub.errors import Invalid
from hub.masking import holds_address
from hub.rules.rule import Rule
from hub.store.register.batch import RegisterRow
from targeting import region

LINE_LIMIT = 8192  #: characters of one row; no field of ours needs a hundredth of it
REQUIRED = ("external_id", "region")
OPTIONAL = ("language", "lat", "lon", "groups")
IGNORED = frozenset({"name"})  #: nobody's name is needed to warn them, so it is not kept

_EXTERNAL_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff][^\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,127}")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,5}")  # BCP 47 §2.1, the part registers use
# Where an id of ASCII letters and digits may hold a telephone number (hub.masking): 00 or a mobile's first digits.
_NUMBER_BEGINS = re.compile(r"(?<![0-9])(?:00|(?:86)?1[3-9])[0-9]{7}")
# The forms nearly every row has: accepted without the numbering plan of the whole world.
_MOBILE = re.compile(r"(?:\+86)?1[3-9][0-9]{9}")
_DEFAULT_LANGUAGE = "zh"
_Column = tuple[str, int, Callable[[str], str]]  #: name, place in the row, and how it is checked
REMEMBERED = 100_000  #: texts of one column whose reading is kept; there are 45,000 regions


class RowBreach(Exception):
    """A rule that a row breaks."""

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.column = column
        self.rule = rule


def _telephone(text: str) -> str:
    if _MOBILE.fullmatch(text):
        return text if len(text) > 11 else f"+86{text}"
    return phone(text)


_CHECKS: Mapping[AddressKind, Callable[[str], str]] = {**READERS, AddressKind.PHONE: _telephone}
#: how each address column is checked: one per medium, under which the addresses of all its channels are stored
ADDRESSES: Mapping[str, Callable[[str], str]] = {
    medium.column: _CHECKS[medium.address] for medium in MEDIA.values() if medium.column
}
#: by kind of address, the columns that one of that kind fills: a number in `phone` takes text messages and calls
KINDS: Mapping[str, tuple[str, ...]] = {
    str(kind): tuple(sorted(medium.column for medium in MEDIA.values() if medium.column and medium.address is kind))
    for kind in AddressKind
}


@dataclass(frozen=True, slots=True)
class Header:
    """Which column stands where."""

    columns: tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> Header:
        """Raises Invalid naming the first column that is unknown, doubled or missing."""
        columns = tuple(name.casefold() for name in fields_of(line.removeprefix("\ufeff")))
        allowed = {*REQUIRED, *OPTIONAL, *ADDRESSES, *KINDS, *IGNORED}
        for name in columns:
            shown = (
                repr(name)
                if name.isprintable() and len(name) <= 40 and not holds_address(name)
                else "one of the columns"
            )
            if name not in allowed:
                raise _header(f"{shown} is not a column of a register; allowed: {', '.join(sorted(allowed))}")
            if columns.count(name) > 1:
                raise _header(f"{shown} is there twice")
        for name in REQUIRED:
            if name not in columns:
                raise _header(f"the column {name!r} is missing")
        return cls(columns)


class _Memo(dict[str, str]):
    """What a text was read as: a register repeats its regions, languages and lists of groups millions of times."""

    def __init__(self, read: Callable[[str], str]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[text] = self._read(text)
        return found


class RowReader:
    """Reads rows under one header; `groups` are the keys of the population groups there are."""

    def __init__(self, header: Header, groups: frozenset[str]) -> None:
        columns = header.columns
        self._groups = groups
        self._width = len(columns)
        # An absent column is read from behind the last field, where an empty one is put.
        self._at = tuple(columns.index(name) if name in columns else -1 for name in (*REQUIRED, *OPTIONAL))
        self._addresses = tuple(
            (name, columns.index(name), ADDRESSES[name]) for name in sorted(ADDRESSES) if name in columns
        )
        self._kinds = tuple(
            (kind, columns.index(kind), _CHECKS[AddressKind(kind)]) for kind in sorted(KINDS) if kind in columns
        )
        self._regions = _Memo(_region)
        self._languages = _Memo(_language)
        self._lists = _Memo(self._group_list)

    def read(self, line: str) -> RegisterRow:
        """Raises Breach."""
        cells = fields_of(line)
        if len(cells) != self._width:
            raise RowBreach("row", f"has {len(cells)} fields, the header {self._width}")
        cells.append("")
        id_at, region_at, language_at, lat_at, lon_at, groups_at = self._at
        external_id = cells[id_at]
        # What nearly every id is; the whole check costs as much as all the rest of the row.
        if (
            not (external_id.isalnum() and external_id.isascii())
            or len(external_id) > 128
            or _NUMBER_BEGINS.search(external_id)
        ):
            _check_id(external_id)
        lat, lon = _place(cells[lat_at], cells[lon_at])
        addresses = _check_addresses(self._addresses, cells)
        if self._kinds:
            addresses = (
                _spread(_check_addresses(self._kinds, cells)) | addresses
            )  # a column of its own says it more closely
            addresses = {name: addresses[name] for name in sorted(addresses)}
        region, language = self._regions[cells[region_at]], self._languages[cells[language_at]]
        return RegisterRow(external_id, region, language, lat, lon, self._lists[cells[groups_at]], addresses)

    def _group_list(self, text: str) -> str:
        named = frozenset(filter(None, (key.strip() for key in text.split(";"))))
        if not named <= self._groups:
            raise RowBreach("groups", "names a group that does not exist; config/groups.toml lists them")
        return ",".join(sorted(named))


def _check_addresses(columns: Sequence[_Column], cells: Sequence[str]) -> dict[str, str]:
    """The addresses of a row by column. Raises Breach."""
    found = {}
    for name, at, check in columns:
        if text := cells[at]:
            try:
                found[name] = check(text)
            except ValueError as error:
                raise RowBreach(name, str(error)) from None
    return found


def _spread(by_kind: Mapping[str, str]) -> dict[str, str]:
    """One address of a kind in every column of this kind."""
    return {column: address for kind, address in by_kind.items() for column in KINDS[kind]}


def fields_of(line: str) -> list[str]:
    """The cells of one line, which is one row: a quote that is never closed costs its own row and not the file's rest.

    Raises Breach.
    """
    if len(line) > LINE_LIMIT:
        raise RowBreach("row", f"is longer than {LINE_LIMIT:,} characters")
    line = line.rstrip("\r\n")
    # What nearly every row is: nothing in it that CSV or white space could mean anything by.
    if line.isascii() and line.isprintable() and '"' not in line and " " not in line:
        return line.split(",") if line else []
    if "\0" in line:
        raise RowBreach("row", "holds a NUL byte")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise RowBreach("row", "is not UTF-8 text") from None
    try:
        return [text.strip() for text in next(csv.reader((line,), strict=True), [])]
    except csv.Error as error:
        raise RowBreach("row", f"is not CSV: {error}") from None


def _check_id(text: str) -> None:
    if not _EXTERNAL_ID.fullmatch(text):
        raise RowBreach("external_id", "is 1 to 128 characters without control characters")
    if holds_address(text):  # it is shown and kept in the open, an address is not
        raise RowBreach("external_id", "looks like a telephone number or a mailbox; give people numbers of their own")


def _region(text: str) -> str:
    if not text:
        raise RowBreach("region", "is empty")
    return region.normalise("", text)


def _language(text: str) -> str:
    if not text:
        return _DEFAULT_LANGUAGE
    if len(text) > 35 or not _LANGUAGE.fullmatch(text):
        raise RowBreach("language", "is not a language tag (BCP 47)")
    return text.lower()


def _place(lat: str, lon: str) -> tuple[float | None, float | None]:
    if not lat and not lon:
        return None, None
    try:
        north, east = float(lat), float(lon)
        # Numbers that are on no map are judged later: the person is kept, by region (hub.registry.places).
        if math.isfinite(north) and math.isfinite(east):
            return north, east
    except ValueError:
        pass  # which of the two it is, the next line says
    return _degrees("lat", lat), _degrees("lon", lon)


def _degrees(column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RowBreach(column, "is not a number of degrees; lat and lon come together")
    return value


def _header(text: str) -> Invalid:
    return Invalid(f"header: {text}", rule=Rule.HEADER, place="row 1")
