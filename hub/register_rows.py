"""One row of a register file to one recipient, or to the column and rule that it breaks; never the value itself."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from channels.address import mailbox, phone
from hub.errors import Invalid
from targeting import region
from targeting.recipient import Recipient

LINE_LIMIT = 8192  #: characters of one row; no field of ours needs a hundredth of it
REQUIRED = ("external_id", "region")
OPTIONAL = ("language", "lat", "lon", "groups")
IGNORED = frozenset({"name"})  #: nobody's name is needed to warn them, so it is not kept

_EXTERNAL_ID = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff][^\x00-\x1f\x7f-\x9f\ud800-\udfff]{0,127}")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8}){0,5}")  # BCP 47 §2.1, the part registers use
_HANDLE = re.compile(r"[A-Za-z0-9_.@-]{1,64}")
# The form nearly every row has: accepted without the numbering plan of the whole world.
_CANONICAL_MOBILE = re.compile(r"\+861[3-9][0-9]{9}")
_DEFAULT_LANGUAGE = "zh"


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that was left out: its line in the file (the header is 1), the column, and the rule it breaks."""

    row: int
    column: str
    rule: str


class Breach(Exception):
    """A rule that a row breaks."""

    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.column = column
        self.rule = rule


def _telephone(text: str) -> str:
    if _CANONICAL_MOBILE.fullmatch(text):
        return text
    return phone(text)


def _handle(text: str) -> str:
    if not _HANDLE.fullmatch(text):
        raise ValueError("not a user id: 1 to 64 letters, digits, _ . @ -")
    return text


#: how each address column is checked; the column's name is the channel's
ADDRESSES: Mapping[str, Callable[[str], str]] = {
    "sms": _telephone,
    "voice": _telephone,
    "email": mailbox,
    "wecom": _handle,
}


@dataclass(frozen=True, slots=True)
class Header:
    """Which column stands where."""

    columns: tuple[str, ...]

    @classmethod
    def read(cls, line: str) -> Header:
        """Raises Invalid naming the first column that is unknown, doubled or missing."""
        columns = tuple(name.strip().casefold() for name in _fields(line.removeprefix("\ufeff")))
        allowed = {*REQUIRED, *OPTIONAL, *ADDRESSES, *IGNORED}
        for name in columns:
            shown = repr(name) if name.isprintable() and len(name) <= 40 else "one of the columns"
            if name not in allowed:
                raise _header(f"{shown} is not a column of a register; allowed: {', '.join(sorted(allowed))}")
            if columns.count(name) > 1:
                raise _header(f"{shown} is there twice")
        for name in REQUIRED:
            if name not in columns:
                raise _header(f"the column {name!r} is missing")
        return cls(columns)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows under one header; `groups` are the keys of the population groups there are."""

    header: Header
    groups: frozenset[str]

    def read(self, line: str) -> Recipient:
        """Raises Breach."""
        cells = _fields(line)
        if len(cells) != len(self.header.columns):
            raise Breach("row", f"has {len(cells)} fields, the header {len(self.header.columns)}")
        row = {name: text.strip() for name, text in zip(self.header.columns, cells, strict=True)}
        lat, lon = _place(row.get("lat", ""), row.get("lon", ""))
        return Recipient(
            external_id=_matched(row, "external_id", _EXTERNAL_ID, "is 1 to 128 characters without control characters"),
            region=_region(row["region"]),
            language=_language(row.get("language", "")),
            lat=lat,
            lon=lon,
            groups=self._groups(row.get("groups", "")),
            addresses=_addresses(row),
        )

    def _groups(self, text: str) -> frozenset[str]:
        if not text:
            return frozenset()
        named = frozenset(filter(None, (key.strip() for key in text.split(";"))))
        if not named <= self.groups:
            raise Breach("groups", "names a group that does not exist; config/groups.toml lists them")
        return named


def rows(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The non-empty lines with their numbers from 1."""
    for number, line in enumerate(lines, 1):
        if line.strip("\r\n"):
            yield number, line


def _fields(line: str) -> Sequence[str]:
    """One line is one row: a quote that is never closed costs its own row and not the rest of the file."""
    if len(line) > LINE_LIMIT:
        raise Breach("row", f"is longer than {LINE_LIMIT:,} characters")
    if "\0" in line:
        raise Breach("row", "holds a NUL byte")
    try:
        line.encode()
    except UnicodeEncodeError:
        raise Breach("row", "is not UTF-8 text") from None
    try:
        return next(csv.reader((line,), strict=True), [])
    except csv.Error as error:
        raise Breach("row", f"is not CSV: {error}") from None


def _matched(row: Mapping[str, str], column: str, form: re.Pattern[str], rule: str) -> str:
    text = row[column]
    if not form.fullmatch(text):
        raise Breach(column, rule)
    return text


def _region(text: str) -> str:
    if not text:
        raise Breach("region", "is empty")
    return region.normalise("", text)


def _language(text: str) -> str:
    if not text:
        return _DEFAULT_LANGUAGE
    if len(text) > 35 or not _LANGUAGE.fullmatch(text):
        raise Breach("language", "is not a language tag (BCP 47)")
    return text.lower()


def _place(lat: str, lon: str) -> tuple[float | None, float | None]:
    if not lat and not lon:
        return None, None
    return _degrees("lat", lat, 90.0), _degrees("lon", lon, 180.0)


def _degrees(column: str, text: str, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise Breach(column, f"is not a number from {-most:.0f} to {most:.0f}; lat and lon come together")
    return value


def _addresses(row: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for channel, check in ADDRESSES.items():
        if text := row.get(channel):
            try:
                found[channel] = check(text)
            except ValueError as error:
                raise Breach(channel, str(error)) from None
    return found


def _header(text: str) -> Invalid:
    return Invalid(f"header: {text}", rule="header", place="row 1")
