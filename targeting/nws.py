"""County numbers of American warnings (SAME, FIPS 6) as the UGC codes by which their outlines are kept."""

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


def ugc_of(scheme: str, value: str) -> str | None:
    """`CAC037` for SAME 006037; None where it is no code of these schemes, or names a state or country as a whole.

    A part of a county (a first digit other than 0) is taken as the whole of it: no outline of parts is published, and
    in doubt one warns. `is_part` tells.
    """
    found = _CODE.fullmatch(value) if scheme.upper() in SCHEMES else None
    if found is None or found["state"] not in _LETTERS or found["county"] == "000":
        return None
    return _LETTERS[found["state"]] + found["county"]


def is_part(scheme: str, value: str) -> bool:
    """True for a code that means only a part of the county it is taken for."""
    found = _CODE.fullmatch(value)
    return found is not None and found["part"] not in ("", "0") and ugc_of(scheme, value) is not None
