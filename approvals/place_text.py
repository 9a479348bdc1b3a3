"""What may be filled into a prepared notice: the name of a place, and whom to call (pure).

A place is a name and no more: no level, no colour, no warning, no link and no number to call can be made of it, it
gives no order, says of nothing that it is over and means no whole county, however its letters are styled or set apart.
Registered names of places may hold a colour: 红色边疆农场 is a farm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from itertools import pairwise

from approvals.event import Events
from approvals.legible import legible
from approvals.lifting import says_it_is_over
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
#: words of a sentence: an order, its contrary, or what makes the notice void; 危险区 and 险情点 are places
_SAYS = re.compile(
    r"不[要用必得需许能动]|[无毋][需须]|[切请]勿|勿[去走往入进信动离转撤传]|别[去走信动跑离往进转撤怕慌]|禁止|停止|暂停|请|应当|必须"
    r"|立即|立刻|马上(?![乡村])|赶快|[返折]回|[返回]家|留在|[待呆守]在|原地|就地|谣|[虚是]假|假[的消]|作废|无效|误发|结束|没事|演[习练]|真的"
    r"|危险(?![区房点地路源边山河段])|险情(?![点处区])|已[经解过安撤结取恢]|安全[了无]|全部|通知"
)
_ENGLISH_SAYS = frozenset(
    {
        "not",
        "dont",
        "donot",
        "never",
        "nobody",
        "stay",
        "remain",
        "ignore",
        "disregard",
        "cancel",
        "cancelled",
        "canceled",
        "lifted",
    }
    | {"false", "fake", "hoax", "void", "danger", "dangerous", "must", "please", "return", "stop", "drill", "exercise"}
)
#: more than a notice names by a text: regions of the own area are named by their keys
_WHOLE = re.compile(
    r"(?<![安万天保周])全(?:国|省|市|县|区|盟|旗|境|域|城|体|州(?![县镇]))|[各本我](?:省|市|县|区|地|单位)|所有|一切|整个|到处"
)
_ENGLISH_WHOLE = frozenset(
    {"whole", "entire", "everywhere", "everyone", "everybody", "anywhere", "countywide", "citywide", "nationwide"}
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


def fold_place(text: str) -> str:
    """The text as it is judged and told: styled and full-width letters made plain (Unicode Annex #15, NFKC)."""
    composed = unicodedata.normalize("NFC", text.strip())
    return "".join(char if char in _KEPT else unicodedata.normalize("NFKC", char) for char in composed).strip()


def unfit_place(text: str, events: Events, registered: Collection[str] = ()) -> str:
    """Why a text, folded, may not be filled in as a place; empty where it may. `registered` are names of regions."""
    if not 1 <= len(text) <= LONGEST_PLACE:
        return f"1 to {LONGEST_PLACE} characters"
    if text != fold_place(text) or not all(_is_letter(char) or char in _MARKS or char in "0123456789" for char in text):
        return "Chinese or Latin letters, digits, spaces and the marks of place names, on one line"
    if not any(map(_is_letter, text)):
        return "the name of a place has a letter that can be seen"
    return _misleading(text, events, registered)


def _misleading(text: str, events: Events, registered: Collection[str]) -> str:
    """What the letters of a place may be taken for; empty for a place."""
    for name in sorted(filter(None, map(fold_place, registered)), key=len, reverse=True):
        text = text.replace(name, _STAND_IN)
    plain = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)).casefold()
    joined = "".join(filter(str.isalnum, plain))
    if stated_levels(text, events) or _CHINESE.search(joined) or _GRADE.search(plain) or _ENGLISH & set(_words(plain)):
        return "it names no warning, no level and no colour; places are named as they are registered"
    words, told = set(_words(plain)), "".join(filter(str.isalnum, legible(text)))
    if says_it_is_over(text) or _SAYS.search(told) or _ENGLISH_SAYS & words:
        return "it gives no order and says of nothing that it is over or false: it is the name of a place"
    if _WHOLE.search(told) or _ENGLISH_WHOLE & words:
        return "it names the places that are left, one by one: a whole county is named by its region"
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
