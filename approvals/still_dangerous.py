"""Which words of the reason for an all-clear say that a danger goes on (pure).

降雨仍在持续并将加强，请继续转移 is the opposite of 解除 (突发事件应对法 2024 art. 70: the danger is over). What no
longer goes on (不再上涨, 无需继续转移), and what is only to be watched (继续加强巡查), is passed over.
"""

from __future__ import annotations

import re

from approvals.legible import legible

_NOT = r"(?<![未不无没勿])(?<!不再)(?<!不会)(?<!没有)(?<!停止)(?<!无需)(?<!不必)(?<!不用)(?<!不需)"
_WITHIN = r"[^,，。；;！!？?\n]"
#: 加强巡查 and 加强防范 are no danger
_WORSENS = r"(?:加强(?!防|巡|监|值|管|排|观|警|预|宣|应|信|安|自)|增强|加大|上涨|恶化|蔓延|加剧|加重|扩大)"
_LASTS = r"(?:持续|继续|发展|发生|存在|处于|超过?警戒|很?危险|有险)"
_WANES = r"(?!减弱|下降|回落|关注|监测|防|向好|好转)"
_LEAVING = r"(?:转移|撤离|避险|疏散)(?!人员|群众|居民|的|点|户|安置|后|令)"
_TRADITIONAL = str.maketrans("繼續將發進", "继续将发进")  #: beside those of `legible`
_PATTERNS = (
    rf"(?:仍|还|依然|依旧|尚)(?:然|旧)?(?:在|将|会|可能|不断)*(?:{_WORSENS}|{_LASTS}{_WANES})",
    rf"(?:[雨雪风火水]势?|风力|水位|险情|洪水|余震|滑坡)(?:正在?|又|突然)?(?:{_WORSENS}|[未没]有?(?:停|止|退|熄?灭|扑灭|减弱))",
    rf"{_NOT}(?:持续|继续|不断|将|会|进一步|再次|可能)(?:进一步|继续|再|有所|会|明显)*{_WORSENS}",
    rf"{_NOT}(?:继续|立即|马上|尽快|迅速|抓紧|赶快|请)(?:组织|做好|向|往)?{_WITHIN}{{0,6}}?{_LEAVING}",
    r"(?:不得|切勿|请勿|勿|不要|不能|禁止|暂不)(?:擅自|提前|自行|急于)*(?:返回|返家|回家|回村|返村|入住|靠近|前往|进入)",
    rf"(?:危险|险情|威胁|风险|隐患|灾情){_WITHIN}{{0,6}}[仍尚还并]?(?:没有|未)(?:得到)?(?:全部|完全|彻底)?(?:[解消排]除|结束|过去)",
    r"(?:预警|警报)(?:信号)?(?:仍然?|依然|继续)(?:有效|生效)",
    r"\b(?:is|are|remains?) still (?:rising|strengthening|intensifying|spreading|dangerous|in danger)\b",
    r"\b(?:continues?|expected|going|will|may|could) (?:to )?(?:rise|strengthen|intensify|worsen|spread|increase)\b",
    r"\b(?:rain|storm|wind|flood(?:ing)?|danger|fire) (?:is |still )*(?:continu(?:es|ing)|go(?:es|ing) on|persists?)\b",
    r"\b(?:keep|continue|go on) (?:to )?(?:evacuat|shelter|mov)\w*|\bevacuate (?:now|immediately|at once)\b",
    r"\b(?:stay away|do not (?:return|go back|come back))\b",
    r"\b(?:danger|threat) (?:is|has) not (?:yet )?(?:over|passed|ended)\b",
)
_GOES_ON = tuple(re.compile(pattern) for pattern in _PATTERNS)


def dangers_that_go_on(text: str) -> tuple[str, ...]:
    """The words of a text that say that a danger goes on or that people are to leave, as they are read."""
    plain = legible(text).translate(_TRADITIONAL)
    return tuple(dict.fromkeys(found[0] for pattern in _GOES_ON for found in pattern.finditer(plain)))
