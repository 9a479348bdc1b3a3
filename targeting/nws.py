"""County numbers of American warnings (SAME, FIPS 6) as the UGC codes by which their outlines are kept, and the codes
that name many places at once: a whole state, a range.
"""

from __future__ import annotations

import re

SCHEMES = frozenset({"SAME", "FIPS6"})
# PSSCCC: part of the county, state, county (47 CFR §11.31(c)). FIPS is often written without the part.
_CODE = re.compile(r"(?P<part>[0-9]?)(?P<state>[0-9]{2})(?P<county>[0-9]{3})")

# Numbers and letters of the states and territories: INCITS 38 (formerly FIPS 5-2).
_STATES = """
01 AL 02 AK 04 AZ 05 AR 06 CA 08 CO 09 CT 10 DE 11 DC 12 FL 13 GA 15 HI 16 ID 17 IL 18 IN 19 IA 20 KS 21 KY 22 LA 23 ME
24 MD 25 MA 26 MI 27 MN 28 MS 29 MO 30 MT 31 NE 32 NV 33 NH 34 NJ 35 NM 36 NY 37 NC 38 ND 39 OH 40 OK 41 OR 42 PA 44 RI
45 SC 46 SD 47 TN 48 TX 49 UT 50 VT 51 VA 53 WA 54 WV 55 WI 56 WY 60 AS 64 FM 66 GU 68 MH 69 MP 70 PW 72 PR 78 VI
"""
# Numbers and letters of the waters: National Weather Service Instruction 10-1712. Their UGC codes are zones.
_WATERS = "57 PZ 58 PK 59 PH 61 PS 65 PM 73 AN 75 AM 77 GM 91 LS 92 LM 93 LH 94 LC 96 LE 97 LO 98 SL"


def _pairs(table: str, kind: str) -> dict[str, str]:
    words = table.split()
    return {number: letters + kind for number, letters in zip(words[::2], words[1::2], strict=True)}


_LETTERS = _pairs(_STATES, "C") | _pairs(_WATERS, "Z")

# SSFNNN, where 000 and ALL stand for every one of the state, and > for a range with both its ends (National Weather
# Service Instruction 10-1702).
_UGC = re.compile(r"(?P<stem>[A-Z]{2}[CZ])?(?P<first>[0-9]{3}|ALL)(?:>(?P<last>[0-9]{3}))?")
_EVERY = ("000", "ALL")
_COUNTRY = "SAME:000000"  # 47 CFR §11.31(c): all of the United States
_KEY = "UGC:"


def ugc_of(scheme: str, value: str) -> str | None:
    """`CAC037` for SAME 006037, `CAC000` for the state as a whole, SAME 006000; None for a code of no such scheme.

    A part of a county (a first digit other than 0) is taken as the whole of it: no outline of parts is published, and
    in doubt one warns. `is_part` tells.
    """
    found = _CODE.fullmatch(value) if scheme.upper() in SCHEMES else None
    if found is None or found["state"] not in _LETTERS:
        return None
    return _LETTERS[found["state"]] + found["county"]


def is_part(scheme: str, value: str) -> bool:
    """True for a code that means only a part of the county or state it is taken for."""
    found = _CODE.fullmatch(value)
    return found is not None and found["part"] not in ("", "0") and ugc_of(scheme, value) is not None


def parts_of(scheme: str, value: str) -> tuple[str, ...]:
    """The codes and ranges of a UGC group, each with its letters: ``TXZ001-003>005`` is TXZ001 and TXZ003>005.

    Anything else is itself.
    """
    if scheme.upper() != "UGC":
        return (value,)
    stem, parts = "", list[str]()
    for word in value.strip().removesuffix("-").split("-"):
        found = _UGC.fullmatch(word)
        stem = (found["stem"] or stem) if found is not None else ""
        if found is None or not stem:
            return (value,)
        parts.append(word if found["stem"] else stem + word)
    return tuple(parts)


def spans_of(key: str) -> tuple[tuple[str, str], ...]:
    """First and last region key of what a key names as a whole; nothing for the key of one place."""
    if key == _COUNTRY:
        return tuple((f"{_KEY}{stem}001", f"{_KEY}{stem}999") for stem in _LETTERS.values() if stem.endswith("C"))
    found = _UGC.fullmatch(key.removeprefix(_KEY)) if key.startswith(_KEY) else None
    if found is None or not found["stem"]:
        return ()
    first, last = found["first"], found["last"]
    if first in _EVERY and last is None:
        return ((f"{_KEY}{found['stem']}001", f"{_KEY}{found['stem']}999"),)
    if last is not None and "001" <= first <= last:
        return ((f"{_KEY}{found['stem']}{first}", f"{_KEY}{found['stem']}{last}"),)
    return ()


def holds(whole: str, key: str) -> bool:
    """True where the place of a key is one of those that `whole` names."""
    place = key.partition("/")[0]
    return any(len(place) == len(first) and first <= place <= last for first, last in spans_of(whole))
