"""A text as its reader takes it: whatever letters, styles and signs it is written in, and with whatever lies hidden
between them (pure).

After the skeleton of Unicode Technical Standard #39 §4, for the words that decide what a warning says: what is hidden
is left out (tags, unseen characters, marks above letters), styled, full-width and traditional characters are made
plain, letters of one look are made Latin, coloured signs become the words for their colours.
"""

from __future__ import annotations

import re
import unicodedata

from approvals.look_alike import LATIN_LETTERS, SIMPLIFIED
from approvals.public_name import visible

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
#: traditional and variant characters of levels, warnings and hazards, beside those of bodies' names
_TRADITIONAL = str.maketrans(
    "紅黃級别別預變為爲調號訊銷嚴較壹貳贰弐參叁叄肆燈轉風溫熱強雲凍乾霧塵潰壩決洩滾霜結澇災險陰霾藍蘭訂無須請離還經過銫铯",
    "红黄级别别预变为为调号讯销严较一二二二三三三四灯转风温热强云冻干雾尘溃坝决泄滚霜结涝灾险阴霾蓝兰订无须请离还经过色色",
)
#: signs that show a colour: a circle, a square, a heart, a flag
_SIGNS = str.maketrans(
    dict.fromkeys("🔴🟥❤🚩⛔🛑", " 红色 ")
    | dict.fromkeys("🟠🟧🧡", " 橙色 ")
    | dict.fromkeys("🟡🟨💛", " 黄色 ")
    | dict.fromkeys("🔵🟦💙", " 蓝色 ")
)
#: small capitals, which NFKC keeps, and letters on a dark ground (U+1F150, U+1F170) or of flags (U+1F1E6)
_SMALL = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
_ENCLOSED = {first + at: chr(ord("a") + at) for first in (0x1F150, 0x1F170, 0x1F1E6) for at in range(26)}
#: Chinese characters that stand apart one by one: 暴 雨 预 警
_CHINESE = "[\u4e00-\u9fff]"
_APART = re.compile(
    rf"(?<!{_CHINESE}){_CHINESE}(?:(?:_|[^\w，。；：！？、,;:!?()\[\]【】]){{1,2}}{_CHINESE}(?!{_CHINESE}))+"
)


def legible(text: str) -> str:
    """The text as it is read, in small letters. Blanks, punctuation and the order of words stay."""
    signs = _TAG.sub("", text).translate(_SIGNS).translate(_ENCLOSED).translate(_SMALL)
    seen = unicodedata.normalize("NFD", visible(signs))
    bare = "".join(char for char in seen if not unicodedata.category(char).startswith("M"))
    plain = unicodedata.normalize("NFC", bare).translate(LATIN_LETTERS)
    simple = plain.translate(SIMPLIFIED).translate(_TRADITIONAL).casefold()
    return _APART.sub(lambda run: re.sub(r"[\W_]", "", run[0]), simple)


def plain_letters(text: str) -> str:
    """The text with as many characters, each as it is read: simplified, small. What is found in it stands at the same
    place of the text itself.
    """
    small = (char.lower() if len(char.lower()) == 1 else char for char in text)
    return "".join(small).translate(SIMPLIFIED).translate(_TRADITIONAL)
