"""What may be filled into a prepared notice: the name of a place, and whom to call (pure).

A place is a name and no more: no level, no colour, no warning, no link and no number to call can be made of it, however
its letters are styled or set apart. Registered names of places may hold a colour: 红色边疆农场 is a farm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise

from approvals.event import Events
from approvals.public_name import NamedIssuer
from approvals.stated_level import stated_levels

LONGEST_PLACE = 60  #: characters of a place: a name, not an essay
LONGEST_CONTACT = 60
_MARKS = frozenset(" -·'’、，,()（）")  #: what place names are written with in Chinese and in Latin script
_KEPT = frozenset("，（）’")  #: marks of Chinese and English text that NFKC would make others of
_STAND_IN = "地"  #: in the place of a registered name, so that what stands around it is not drawn together
#: 赤, 红 and the like are in many names of places (赤水, 红桥): a colour is told by 色, and so is one of a warning
_CHINESE = re.compile(
    r"[红紅橙黄黃蓝藍赤朱][色级級]|警[报報戒告示讯訊]|[预預]警"
    r"|(?<![a-z])(?:i{1,3}|iv|[一二三四五1-5])[级級]|最高[级級]|[级級][别別]|特[别別](?:重大|严重|嚴重)"
)
_ENGLISH = frozenset(
    {"red", "orange", "yellow", "blue", "scarlet", "crimson", "warning", "warnings", "alert", "alerts", "alarm"}
    | {"alarms", "hongse", "chengse", "juse", "huangse", "lanse", "chise", "yujing", "jingbao", "jingjie"}
)
_BETWEEN = r"[ \-·'’、，,()（）]*"
_GRADE = re.compile(rf"(?<![a-z])(?:level|grade){_BETWEEN}(?:i{{1,3}}|iv|[1-4])(?![a-z0-9])")
_LINK = re.compile(
    rf"\b(?:https?|www|dot)\b|[a-z0-9] ?· ?[a-z]|[a-z]{_BETWEEN}[点點]{_BETWEEN}[a-z]"
    rf"|[点點]{_BETWEEN}(?:com|cn|net|org|top|xyz|info|vip|cc)\b",
    re.ASCII,
)
_NUMBER = re.compile(r"[0-9]{5}|[零〇一二三四五六七八九幺]{7}")
_TELEPHONE = r"\+?[0-9](?:[ \-()]{0,2}[0-9]){2,17}(?: ?(?:ext\.?|转|轉|分机) ?[0-9]{1,6})?"
_TELEPHONES = re.compile(rf"(?P<name>[^0-9+]*?)[ :：]*{_TELEPHONE}(?:[、，,;；/] ?{_TELEPHONE})*", re.ASCII)


def folded(text: str) -> str:
    """The text as it is judged and told: styled and full-width letters made plain (Unicode Annex #15, NFKC)."""
    composed = unicodedata.normalize("NFC", text.strip())
    return "".join(char if char in _KEPT else unicodedata.normalize("NFKC", char) for char in composed).strip()


def unfit_place(text: str, events: Events, registered: Collection[str] = ()) -> str:
    """Why a text, folded, may not be filled in as a place; empty where it may. `registered` are names of regions."""
    if not 1 <= len(text) <= LONGEST_PLACE:
        return f"1 to {LONGEST_PLACE} characters"
    if text != folded(text) or not all(_is_letter(char) or char in _MARKS or char in "0123456789" for char in text):
        return "Chinese or Latin letters, digits, spaces and the marks of place names, on one line"
    if not any(map(_is_letter, text)):
        return "the name of a place has a letter that can be seen"
    return _misleading(text, events, registered)


def _misleading(text: str, events: Events, registered: Collection[str]) -> str:
    """What the letters of a place may be taken for; empty for a place."""
    for name in sorted(filter(None, map(folded, registered)), key=len, reverse=True):
        text = text.replace(name, _STAND_IN)
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)).casefold()
    joined = "".join(filter(str.isalnum, plain))
    if stated_levels(text, events) or _CHINESE.search(joined) or _GRADE.search(plain) or _ENGLISH & set(_words(plain)):
        return "it names no warning, no level and no colour; places are named as they are registered"
    if _LINK.search(plain):
        return "it names no address of the net"
    if _NUMBER.search(re.sub(r"[ \-·()（）'’]", "", plain)):
        return "it holds no number to call: that is the contact"
    return ""


def is_contact(text: str, issuer: NamedIssuer | None = None) -> bool:
    """Whether a text is telephone numbers alone, with a registered name of the issuer before them at most."""
    found = _TELEPHONES.fullmatch(text) if len(text) <= LONGEST_CONTACT else None
    if found is None:
        return False
    name = found["name"].strip(" :：")
    return not name or (issuer is not None and name in (issuer.unit, *(each.text for each in issuer.names)))


def _is_letter(char: str) -> bool:
    """A Chinese character, or a Latin letter of ASCII, also with a diacritic: others look like what they are not."""
    base = unicodedata.normalize("NFD", char)[0]
    return (base.isascii() and base.isalpha()) or unicodedata.name(char, "").startswith("CJK UNIFIED IDEOGRAPH")


def _words(plain: str) -> Iterator[str]:
    """The Latin words of a text, also those whose letters are set apart by marks or spaces."""
    yield from re.findall(r"[a-z]+", plain)
    for piece in plain.split():
        yield from re.findall(r"[a-z]+", "".join(filter(str.isalnum, piece)))
    for run in re.findall(r"(?<![a-z])[a-z](?:[^\w]+[a-z](?![a-z]))+", plain):
        yield "".join(filter(str.isalpha, run))
    yield from (first + second for first, second in pairwise(re.findall(r"[a-z]+", plain)))
