"""Names that people take for each other, and names that tell nobody apart (pure).

After the skeleton of Unicode Technical Standard #39 §4, cut down to what names of bodies are written in: Han in either
form, Latin, and the Cyrillic and Greek letters of the same look.
"""

from __future__ import annotations

import re
import unicodedata

from approvals.public_name import visible

#: traditional and variant characters of bodies' names, each above or beside the simplified one it is read as
_TRADITIONAL = (
    "臺檯颱氣縣區鎮鄉慶應門務員會總揮隊電視廣廳預報發髮佈監測災減環護資運輸衛國農業產醫辦關處島灣龍東長陽陝寧蘇雲貴遼瀋濟漢"
    "聯網節點設執檢駐軍團紅協質種畫後開關鐵軌車機場館樓橋莊溝嶺嶽峽澤湖濱遠興華萬"
)
_SIMPLIFIED = (
    "台台台气县区镇乡庆应门务员会总挥队电视广厅预报发发布监测灾减环护资运输卫国农业产医办关处岛湾龙东长阳陕宁苏云贵辽沈济汉"
    "联网节点设执检驻军团红协质种画后开关铁轨车机场馆楼桥庄沟岭岳峡泽湖滨远兴华万"
)
#: characters that differ by a stroke (UTS #39 confusables and what a reader on a telephone confuses)
_HAN = ("巿曰入末士已巳夭", "市日人未土己己天")
_CYRILLIC = ("АВЕЅІЈКМНОРСТУХаеѕіјорсухһԁԛԝвкмнт", "ABESIJKMHOPCTYXaesijopcyxhdqwbkmht")
_GREEK = ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοιρνκτυε", "ABEZHIKMNOPTYXaoipvktue")
_LATIN = ("ıɑɡ", "iag")
#: the characters that are read as others by whoever reads a text, not a name alone
SIMPLIFIED = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
LATIN_LETTERS = str.maketrans(*("".join(side) for side in zip(_CYRILLIC, _GREEK, _LATIN, strict=True)))
_ALIKE = str.maketrans(
    *("".join(side) for side in zip((_TRADITIONAL, _SIMPLIFIED), _HAN, _CYRILLIC, _GREEK, _LATIN, strict=True))
)
#: letters and digits nobody tells apart in a name, whatever the case
_FOLDED = str.maketrans("0i1|", "olll")

#: words that every body's name may hold: alone they name none
_GENERIC = re.compile(
    r"(?:人民政府|政府|办公室|委员会|指挥部|指挥中心|气象[台局站]?|天气|水利局?|水文局?|地震[台局]?|应急|管理局?|公安局?|警察"
    r"|防汛|抗旱|防灾|减灾|救援|发布|预警|警报|信号|信息|通知|公告|官方|权威|紧急|突发|事件|中心|部门|单位|机关|当局|台|局|站|的"
    r"|the|of|and|by|for|official|local|public|national|emergency|government|authorit(?:y|ies)|police|weather|meteorological"
    r"|observatory|bureau|office|station|cent(?:re|er)|service|agency|department|headquarters|warnings?|alerts?|issue[dr]?"
    r"|information|management)+",
    re.IGNORECASE,
)


def look(name: str) -> str:
    """What a name looks like: two names of one look cannot be told apart by those who read a warning."""
    whole = unicodedata.normalize("NFKD", visible(name).translate(_ALIKE))
    letters = "".join(char for char in whole if char.isalnum())
    return letters.translate(_ALIKE).casefold().translate(_FOLDED)


def is_generic(name: str) -> bool:
    """Whether a name is made of words alone that many bodies' names hold, so that it is nobody's: 政府."""
    return _GENERIC.fullmatch("".join(char for char in visible(name).translate(_ALIKE) if char.isalnum())) is not None
