"""Region keys: the names by which alerts, recipients and jurisdictions mean the same place.

A key is a bare 12-digit Chinese statistical division code, or ``scheme:code`` for any other geocode. A place made
inside another takes its key and a slash: ``UGC:NMZ528/03`` lies in ``UGC:NMZ528``. American county numbers (SAME,
FIPS 6) take the key of the UGC code of the same county; ``UGC:NMC000`` covers every county of its state.
"""

from __future__ import annotations

import hashlib
import re

from targeting import nws

#: the whole country; covers every Chinese code
NATION = "000000000000"
KEY_LIMIT = 96  #: longest key the store holds

# Digits that name a place at each level, nation to village: province 2, prefecture 2, county 2, township 3, village 3
# (National Bureau of Statistics, statistical division codes).
_DIGITS = (0, 2, 4, 6, 9, 12)
# First digit: the six regions of the country, and Taiwan, Hong Kong with Macao (GB/T 2260).
_PROVINCES = frozenset(
    f"{part}{number}"
    for part, numbers in {"1": "12345", "2": "123", "3": "1234567", "4": "123456", "5": "01234", "6": "12345"}.items()
    for number in numbers
) | {"71", "81", "82"}
# Only these schemes are read as Chinese codes. A value alone proves nothing: German regional keys also have 12 digits
# and begin with 11 to 16.
_CHINESE_SCHEMES = frozenset(
    {"cpeas geographic code", "cpeas", "12379", "gb/t 2260", "行政区划代码", "统计用区划代码", "地区编码"}
)
_CHINESE_CODE = re.compile(r"[0-9]{12}")
_COUNTRY_BY_ADCODE = "100000000000"  # GB/T 2260 writes the country as 100000

#: the level of a place whose scheme has no levels we know: about a county
FOREIGN_LEVEL = 3
TOWNSHIP = 4


def normalise(scheme: str, value: str) -> str:
    """The region key of a CAP geocode (valueName, value); an empty scheme is a value that is already a key.

    Chinese codes of 2, 4, 6, 9 or 12 digits are padded with zeros to 12; SAME 006037 is ``UGC:CAC037``. Never fails:
    what is not understood becomes a key that nobody lives under, which the caller can report. Keys are at most 96
    characters; longer ones are cut and end in a digest, so that two of them stay two.
    """
    scheme, value = scheme.strip(), value.strip()
    if scheme.casefold() in _CHINESE_SCHEMES or not scheme:
        code = _chinese(value)
        if code:
            return code
    county = nws.ugc_of(scheme, value) if scheme else nws.ugc_of(*value.rpartition(":")[::2])
    if county:
        return f"UGC:{county}"
    return _bound_key(f"{scheme}:{value}" if scheme else value)


def is_chinese(key: str) -> bool:
    """True for a bare 12-digit code of a real province, or the nation."""
    return bool(_CHINESE_CODE.fullmatch(key)) and (key == NATION or key[:2] in _PROVINCES)


def level_of(key: str) -> int:
    """0 nation, 1 province, 2 prefecture, 3 county, 4 township, 5 village; another scheme's place counts as a county
    and each slash as one level below.
    """
    if not is_chinese(key):
        return FOREIGN_LEVEL + key.count("/")
    return next(level for level, digits in enumerate(_DIGITS) if not key[digits:].strip("0"))


def parent_of(key: str) -> str | None:
    """The key of the next place above that the code itself names; None at the top.

    A township directly under a prefecture (Dongguan, 441900003000) has the prefecture as its parent.
    """
    if not is_chinese(key):
        return key.rpartition("/")[0] or None
    if key == NATION:
        return None
    level = level_of(key)
    return next(above for digits in reversed(_DIGITS[:level]) if (above := key[:digits].ljust(12, "0")) != key)


def covers(ancestor: str, key: str) -> bool:
    """True where `key` is `ancestor` or lies in it."""
    if ancestor == key:
        return True
    if not is_chinese(ancestor):
        return key.startswith(ancestor + "/") or nws.holds(ancestor, key)
    return is_chinese(key) and key.startswith(stem_of(ancestor))


def stem_of(code: str) -> str:
    """What the Chinese codes of all places in a place begin with; empty for the nation."""
    return code[: _DIGITS[level_of(code)]]


def _chinese(value: str) -> str:
    if value.isascii() and value.isdigit() and len(value) in _DIGITS:
        code = value.ljust(12, "0")
        if code in (_COUNTRY_BY_ADCODE, NATION):
            return NATION
        if code[:2] in _PROVINCES:
            return code
    return ""


def _bound_key(key: str) -> str:
    if len(key) <= KEY_LIMIT:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{key[: KEY_LIMIT - 17]}~{digest}"
