"""The spellings of CAP values: times, numbers, coordinates, lists, addresses (CAP 1.2 §3.2, §3.3)."""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlsplit

from approvals.moment import LONGEST_OFFSET, YEARS

XML_BLANKS = " \t\r\n"

_NO_BLANKS = str.maketrans("", "", XML_BLANKS)

# CAP 1.2 §3.3.2; written out, because the schema's class [-,+] lets a comma through.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d", re.ASCII)
_LOOSE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)([.,]\d{1,9})?\s*(Z|z|[-+]\d\d:?\d\d)?", re.ASCII)

_MAX_FEET = 1e9

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)"
_DECIMAL = re.compile(_NUMBER, re.ASCII)
_LOOSE_NUMBER = rf"{_NUMBER}(?:[eE][-+]?\d{{1,4}})?"
_PAIRS = re.compile(
    rf"(?:{_LOOSE_NUMBER},{_LOOSE_NUMBER}[{XML_BLANKS}]+)*+[{XML_BLANKS}]*", re.ASCII
)  # never turns back
_CIRCLE = re.compile(rf"({_NUMBER}),({_NUMBER})[{XML_BLANKS}]+({_NUMBER})", re.ASCII)

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # RFC 3066, xs:language
_BARE = re.compile(r"[^\s,<&]+")  # CAP 1.2 §3.2.1 identifier and sender
_URI_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2}|[\u00a1-\ud7ff\uf900-\ufdcf])+")
_IP_LITERAL = re.compile(r"//\[[0-9A-Fa-f:.]+\]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^:]")
_DIGEST = re.compile(r"[0-9a-fA-F]{40}")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2 Char
_MARKUP = re.compile(
    r"</?[A-Za-z][^<>]*>|<!--|<!\[CDATA\[|&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});"
)
_LIST_ITEM = re.compile(r'"([^"]*)"|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class ReadTime:
    """`value` is None where the meaning is unclear; `fault` is empty where the spelling is CAP's own.

    `zoneless` marks a value whose zone was missing; it is then given in UTC.
    """

    value: datetime | None
    fault: str = ""
    zoneless: bool = False


def time_fault(moment: datetime) -> str:
    """Why this moment has no CAP spelling; empty where it has (rules L1, L2)."""
    offset = moment.utcoffset()
    if offset is None:
        return "the time has no zone"
    if moment.microsecond or offset.seconds % 60 or offset.microseconds:
        return "the time or its offset has fractions"
    if abs(offset) > LONGEST_OFFSET or moment.year not in YEARS:
        return "the offset is beyond 14 hours or the year out of reason"
    return ""


def read_time(text: str) -> ReadTime:
    """A CAP date-time, leniently: what is clear is kept with its fault named, what is not is dropped."""
    match = _LOOSE_TIME.fullmatch(text)
    if match is None:
        return ReadTime(None, "is not of the form YYYY-MM-DDThh:mm:ss+hh:mm")
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{_zone(zone)}")
    except ValueError:
        return ReadTime(None, "is no real moment")
    if time_fault(moment):
        return ReadTime(None, time_fault(moment))
    if zone is None:
        return ReadTime(moment, "has no zone", zoneless=True)
    if _TIME.fullmatch(text):
        return ReadTime(moment)
    fault = "is written with Z instead of -00:00" if zone in "Zz" else "is not of the form YYYY-MM-DDThh:mm:ss+hh:mm"
    return ReadTime(moment, "has a fraction of a second" if fraction else fault)


def _zone(zone: str | None) -> str:
    return "+00:00" if zone is None or zone in "Zz" else zone


def is_time(text: str) -> bool:
    """True for exactly CAP's form of a real moment (rules L1, L2)."""
    return bool(_TIME.fullmatch(text)) and not read_time(text).fault


def read_number(text: str) -> float | None:
    """A decimal (xs:decimal); None for anything else, exponents included."""
    return float(text) if _DECIMAL.fullmatch(text) else None


def is_feet(value: float) -> bool:
    """True for a height a message may state: finite, and below any satellite's (L11)."""
    return abs(value) <= _MAX_FEET


def is_radius(value: float) -> bool:
    """True for a radius in kilometres: finite and at least 0 (L10)."""
    return math.isfinite(value) and value >= 0


def read_pairs(text: str) -> tuple[list[tuple[float, float]], str]:
    """The ``lat,lon`` pairs of a polygon and the first text that is none (empty when all are)."""
    # One look at the whole text: a polygon may have tens of thousands of pairs.
    if not _PAIRS.fullmatch(f"{text} "):
        return [], next((word for word in text.split() if not _PAIRS.fullmatch(f"{word} ")), text)
    numbers = map(float, text.replace(",", " ").split())
    return list(zip(numbers, numbers, strict=True)), ""


def read_circle(text: str) -> tuple[float, float, float] | None:
    """``lat,lon radius`` with the radius in kilometres; None where it is spelled otherwise."""
    match = _CIRCLE.fullmatch(text)
    return (float(match[1]), float(match[2]), float(match[3])) if match else None


def in_range(lat: float, lon: float) -> bool:
    """WGS 84 degrees; false for numbers that are not finite."""
    return -90 <= lat <= 90 and -180 <= lon <= 180


def number_text(value: float) -> str:
    """The shortest plain decimal that reads back as this number; never an exponent."""
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def read_list(text: str) -> tuple[tuple[str, ...], bool]:
    """A blank-separated list with double quotes around values that hold blanks; and whether it was spelled so (L6)."""
    items = tuple(first or second for first, second in _LIST_ITEM.findall(text))
    rest = _LIST_ITEM.sub("", text)
    return tuple(item for item in items if item.strip()), not rest.strip()


def list_text(items: Sequence[str]) -> str:
    """The list as CAP writes it (L6)."""
    return " ".join(f'"{item}"' if re.search(r"\s", item) else item for item in items)


def is_list_item(item: str) -> bool:
    """True where the value can stand in such a list and come back the same."""
    return bool(item.strip()) and '"' not in item


def is_language(text: str) -> bool:
    return bool(_LANGUAGE.fullmatch(text))


def is_bare(text: str) -> bool:
    """True for what `identifier`, `sender` and the parts of a reference may be: no blanks, commas, < or &."""
    return bool(_BARE.fullmatch(text)) and not forbidden_character(text)


def is_uri(text: str) -> bool:
    """True for a well-formed address, absolute or relative (RFC 3986, with letters of RFC 3987)."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    bare = _IP_LITERAL.sub("//host", text, count=1)
    return bool(_URI_CHARACTERS.fullmatch(bare)) and bare.count("#") <= 1 and not bare.startswith(":")


def is_absolute_uri(text: str) -> bool:
    """True for an address with a scheme and something behind it."""
    return bool(_SCHEME.match(text)) and is_uri(text)


def is_base64(text: str) -> bool:
    """True for base64, line breaks allowed (RFC 2045 §6.8)."""
    try:
        binascii.a2b_base64(text.translate(_NO_BLANKS).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    return True


def is_sha1_hex(text: str) -> bool:
    return bool(_DIGEST.fullmatch(text))


def forbidden_character(text: str) -> str:
    """The first character XML 1.0 cannot carry, as ``U+XXXX``; empty where there is none."""
    match = _NOT_XML.search(text)
    return f"U+{ord(match[0]):04X}" if match else ""


def markup(text: str) -> str:
    """The first HTML tag or entity in a text (L16); empty where there is none."""
    match = _MARKUP.search(text)
    return match[0] if match else ""
