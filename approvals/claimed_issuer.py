"""Which bodies a text names as the issuer of a warning, and which it only mentions (pure).

The issuer stands before the verb (重庆市气象台7月12日发布…), alone before the event (…气象台暴雨红色预警), in 【】,
after 由, 签发： or "issued by", at either end of an English headline (… - Chengkou Observatory). Mentioned are bodies
after 据, 根据, 转发, 经…会商, "according to", and the centre of a footer, which publishes for others
(国办秘函〔2015〕32号: the issuer stays responsible).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from approvals.body_words import BODY, TIME, VERB, WARNED
from approvals.gauge_report import without_gauge_reports
from approvals.high_authority import high_authority
from approvals.public_name import NamedIssuer, spelling, visible

_CJK = "\u2e80-\u9fff\uf900-\ufaff"
#: a blank beside a Chinese character says nothing: 重庆市 气象台
_CJK_BLANK = re.compile(rf"(?<=[{_CJK}，。、：；]) +| +(?=[{_CJK}，。、：；])")
_NAMED = re.compile(rf"[^,。;:!?()]{{0,60}}{BODY}")
#: what a body's name ends in where it stands directly before the verb: there a place speaks for its government
_SPEAKER = re.compile(
    rf"(?:{BODY}|气象|氣象|应急|水利|水文|地震|海洋|消防|频道|[\u4e00-\u9fff](?:台|站|局|办|委|厅|院|所|队|会|社|(?<![东西南北中局内各全大])部|(?<![多各何])处)"
    r"|[\u4e00-\u9fff](?:省|市|县|區|区|旗|盟|州|乡|镇|村|街道|自治区|兵团|社区|新区|景区|园区|水库|电站|部门))$"
)
#: who speaks for a body by office: 县长, 指挥长
_OFFICER = r"(?:[省市县區区州盟旗乡镇村局部厅司处站台]长|指挥长|总指挥|书记|主席|总理|主任|司令员?|政委)"
_OFFICER_SPEAKS = re.compile(rf"{_OFFICER}$")
#: on whose order a warning is given, which claims that authority: 奉县长令
_ORDERED = re.compile(r"^(?:兹|现)?(?:奉|遵照?)(?P<body>[^,。;:]{2,40}?)之?(?:命令|令|命|指示|决定|要求|授权)")
#: what stands between a body and what it decides upon: who follows is only asked or quoted
_GROUND = re.compile(r"(?<=.)(?:根据|依据|按照|经(?![济开营])|鉴于|因|针对|据)")
_PUBLISHES = re.compile(r"发布|發布|发出|签发|拉响")
_JOINT = re.compile(r"联合|聯合|共同")
_BEGINNING = re.compile(r"^(?:现|兹|由|经由|并|又|再|\s)+")
_PRONOUN = re.compile(r"^(?:我|本|该|全|各)(?:市|县|区|镇|乡|省|州|旗|台|局|站|街道|单位|部|办)?$")
#: the number of the message before the body's name: 第50号, 2026年第50期; of a document number (渝府发〔2026〕1号) the
#: letters name an authority
_SERIAL = re.compile(r"^(?:[0-9]{4}年度?)?(?:第|No\.? ?)[0-9]{1,5}(?:号|期|次|报)?[:,]?(?![0-9])", re.IGNORECASE)
#: what an authority's name ends in before a colon; 东部: and 各村委: are whom or where it concerns
_OFFICE = re.compile(r"^(?![各全]).*[\u4e00-\u9fff](?:(?<![东西南北中局内外各全大上下底顶腹边])部|办|委)$")
#: a clause that begins so mentions; of 由 it does not
_MENTIONS = re.compile(
    r"^(?:据|根据|依据|按照?|经(?![由开济])|转|受|因|由于|鉴于|针对|关于|对|为|请以|以|详见|来源|接)"
)
_ASKED = r"(?:会商|商定|研判)(?:后|,)?"
_CONSULTED = re.compile(rf"(?:经|与|和|同|、)[^,。;]{{0,60}}{_ASKED}|^[^,。;]{{0,60}}{_ASKED}$|{_ASKED}")
_SOURCE = re.compile(r"\([^()]{0,12}(?:来源|转自|源自)[^()]*\)")
_RELAYED = re.compile(r"\((?:转发|转)\)|[\[【](?:转发|转)[\]】]")
_BRACKETED = re.compile(r"[【\[「]([^【】\[\]「」]{1,60})[】\]」]")
#: a word in parentheses inside a name: 森林(草原)防灭火指挥部
_WITHIN = re.compile(rf"(?<=[{_CJK}])\((?!转)([{_CJK}]{{1,4}})\)(?=[{_CJK}])")
#: a station by a character that looks like its last one: 气象苔
_NEARLY_STATION = re.compile(r"(?<=[气氣][象像])[苔抬胎邰薹]")
_COLON = re.compile(r":(?!\d)")
#: a heading with who issues behind it: 签发：, 发布单位：
_LABELLED = re.compile(
    r"(?:签发|发布|发文|落款|署名)(?:人|者|方|单位|机构|机关|部门):(?P<body>[^,。;:!?()]{2,60})"
    rf"|(?:签发|落款|署名|发布):(?P<office>[^,。;:!?()]{{0,60}}{BODY})(?![\u4e00-\u9fff])"
)
#: 据X： with the verb behind the colon is X speaking; 据X消息： and 据X发布： only quote it
_QUOTED = re.compile(rf"(?:^|[,。;])(?:据|根据|依据|按照?)(?P<body>[^,。;:]{{2,60}}):(?:现|兹)?{VERB.pattern}")
_RELAYING = re.compile(r"转(?:载|播)?(?:发布)?$")
_TRAILING = re.compile(rf"(?:预警信号|预警|警报)([^,。;:]{{1,40}}?{BODY})$")
_FOOTER = re.compile(r"(?:预警|信息|突发事件)+发布中心$")
_JOINERS = re.compile(r"(?:、|,|和|与|及|会同|會同|暨|/|&|;|\s+(?:and|with|jointly with)\s+|\s&\s|,\s*and\s+)")

_ENGLISH_OFFICE = (
    r"observator(?:y|ies)|bureaus?|offices?|stations?|cent(?:re|er)s?|services?|headquarters|commands?|governments?"
    r"|departments?|minist(?:ry|ries)|agenc(?:y|ies)|authorit(?:y|ies)|administrations?|committees?|councils?|institutes?"
    r"|commissions?|brigades?|police|army|military|state council|president|premier|prime minister|ministers?|governor"
    r"|mayor|magistrate|party secretary"
)
_ENGLISH_PLACE = r"municipality|county|city|district|province|prefecture|township|town|village"
_ENGLISH_BODY = re.compile(rf"\b(?:{_ENGLISH_OFFICE}|{_ENGLISH_PLACE})\b", re.IGNORECASE)
_ENGLISH_NAMED = re.compile(rf"\b(?:{_ENGLISH_OFFICE})\b", re.IGNORECASE)
_ENGLISH_VERB = (
    r"(?:issue|lift|cancel|withdraw|extend|upgrade|downgrade|renew|update|raise|lower|announce|declare)"
    r"(?:s|es|d|ed|led)?"
)
_ENGLISH_SAYS = re.compile(
    r"^(?:the\s+)?(?P<body>[^,;:.()]{2,120}?(?:,[^,;:.()]{2,60}?){0,4}?)\s+(?:has\s+|have\s+)?"
    rf"(?:jointly\s+|also\s+)?(?:re)?{_ENGLISH_VERB}\b(?!\s+by\b)",
    re.IGNORECASE,
)
_ENGLISH_BY = re.compile(
    r"\b(?:(?:re-?)?issued|lifted|cancelled|canceled|signed|announced|declared|published|warned)\s+by\s+(?:the\s+)?"
    r"(?P<body>(?::\d|[^,;:.()]){2,120})",
    re.IGNORECASE,
)
_ENGLISH_HEAD = re.compile(r"^(?:the\s+)?(?P<body>[^:]{3,100}):(?!\d)")
_ENGLISH_FROM = re.compile(r"\b(?:warning|alert)\s+(?:from|of)\s+the\s+(?P<body>[^,;.()]{2,100})", re.IGNORECASE)
#: an office at the end of a headline, or at its head before a dash: … warning - X Observatory, … by the X Government
_ENGLISH_OWN = (
    rf"(?:[Tt]he\s+)?(?P<body>[A-Z][^,;:.()|–—]{{1,100}}?\b(?i:{_ENGLISH_OFFICE})(?:\s+of\s+[^,;:.()|–—]{{2,60}})?)"
)
_ENGLISH_CLOSE = re.compile(
    r"\b(?i:warning|alert|notice|signal)s?\b.*?(?:\s[-–—|]+|[–—|,(]|\b(?i:by|from|on\s+behalf\s+of))\s*"
    rf"{_ENGLISH_OWN}\)?\s*$"
)
_ENGLISH_OPEN = re.compile(rf"^{_ENGLISH_OWN}\s*(?:\s-|[–—|])")
#: who is known by letters alone: CMA issues
_ACRONYM = re.compile(r"(?!SMS|SOS|SAME|CAP)[A-Z]{2,6}")
_ENGLISH_MENTION = re.compile(r"^(?:according to|based on|after consulting|relayed|forwarded)\b", re.IGNORECASE)
_ENGLISH_SUBJECT = re.compile(r"\b(?:warnings?|alerts?|advisor(?:y|ies)|watch|notice|signals?|update)\b", re.IGNORECASE)
_ENGLISH_TIME = re.compile(r"\s+(?:(?:at|on|until|for|from)\s+|\d{1,2}[:.]\d).*$", re.IGNORECASE)

#: whom a text sends its readers to: 请听从当地政府安排
_ADDRESSED = re.compile(r"^(?:请|敬请|务必|应|要)?(?:[^,。;:]{0,4}?)(?:请|听从|服从|配合|联系|拨打|致电|咨询|关注)")
#: the word for a warning, as it ends one: 预警信息发布中心 is a body
_SAID = re.compile(r"(?:预警信号|預警信號|预警|預警|警报|警報)(?!信息|发布|中心|响应)")
#: a body says it all by such a word: 城口县人民政府通告
_SIGNS = re.compile(r"(?:通告|公告|通知|告示|布告|令|宣|启)?")
_JOINED = re.compile(r"^(?:会同|与|和|同|由|并)")
#: who speaks of what falls or blows is no body: 暴雨来袭发布…
_NO_NAME = re.compile(r"[雨风雪雷雾霾汛洪水旱热寒冷冻火震]|预计|紧急|最新|重要|注意|快讯|^(?:SMS|SOS|SAME|CAP)$")

Claim = str  #: the words a text names its issuer, or several issuers, with

#: of what names several issuers: every run between two joiners is compared, which grows with the cube of their number
_LONGEST_NAMES, _MOST_JOINERS = 2000, 60
_LONGEST_NAME = 16  #: of one body that no rule knows
_LONGEST = 500  #: characters that are read: nobody reads further to learn who speaks


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Words for whoever says something; `issues` where that is the warning itself, `publishes` where by 发布 or the
    like, so that whoever stands before it is somebody.
    """

    words: str
    issues: bool = True
    publishes: bool = True


def claimed_issuers(text: str) -> tuple[Claim, ...]:
    """Each place where the text names who issues, in the words it does; several joined bodies are one claim."""
    return tuple(dict.fromkeys(spoken.words for spoken in _speakers(text) if spoken.issues))


def mentioned_bodies(text: str, issuers: Collection[NamedIssuer]) -> tuple[str, ...]:
    """Whoever speaks in the text beside its issuers and the strangers that `strange_issuers` has, and is not quoted.

    Such are a body that does something else (县教育局通知停课), whoever stands before 发布 and is known as nobody
    (川渝天气), and what everybody knows (中央).
    """
    names = _names_of(issuers)
    beside = [spoken.words for spoken in _speakers(text) if not spoken.issues and is_body(spoken.words)]
    claims = dict.fromkeys(spoken.words for spoken in _speakers(text) if spoken.issues and spoken.publishes)
    parts = [part for claim in claims for part in unknown_parts(claim, names)]
    unknown = [part for part in parts if not is_body(part) and _may_be_name(part) and not _holds(part, names)]
    clauses = [clause for clause in re.split(r"[,。;!?()]", _without_sources(text)) if not _MENTIONS.match(clause)]
    high = [name for clause in clauses if (name := high_authority(_CONSULTED.sub("", clause)))]
    strangers = set(strange_issuers(text, issuers))
    found = [words for words in (*beside, *unknown, *high) if spelling(words) not in names]
    return tuple(dict.fromkeys(words for words in found if not any(words in stranger for stranger in strangers)))


def _may_be_name(words: str) -> bool:
    return 2 <= len(words) <= _LONGEST_NAME and _NO_NAME.search(words) is None


def _holds(words: str, names: Collection[str]) -> bool:
    """Whether one of the names stands in the words: 重庆市气象台决定."""
    return any(name in spelling(words) for name in names)


def _speakers(text: str) -> Iterator[_Spoken]:
    plain = _without_sources(text)
    yield from (_Spoken(found[1]) for found in _BRACKETED.finditer(plain) if _is_speaker(found[1]))
    bare = without_gauge_reports(_SERIAL.sub("", _BRACKETED.sub("", plain).strip()))
    if _RELAYED.search(_plain(text[: 2 * _LONGEST])[:_LONGEST]) is None:
        yield from map(_Spoken, _labelled_issuers(bare))
        yield from _chinese(bare)
        yield from map(_Spoken, _english(bare))


def _without_sources(text: str) -> str:
    """The text as it is seen, without the marks of a relay and of a source."""
    return _RELAYED.sub("", _SOURCE.sub("", _plain(text[: 2 * _LONGEST])[:_LONGEST]))


def strange_issuers(text: str, issuers: Collection[NamedIssuer], known: Collection[str] = ()) -> tuple[str, ...]:
    """Bodies the text names as the issuer that are none of `issuers`; `known` are spellings of other units' names."""
    names = _names_of(issuers)
    parts = (part for claim in claimed_issuers(text) for part in unknown_parts(claim, names, known))
    bodies = (part for part in parts if is_body(part, known) or _ACRONYM.fullmatch(part))
    return tuple(dict.fromkeys(part for part in bodies if not _PRONOUN.match(part)))


def _names_of(issuers: Collection[NamedIssuer]) -> frozenset[str]:
    return frozenset[str]().union(*(issuer.spellings for issuer in issuers))


def unnamed_issuers(text: str, issuers: Sequence[NamedIssuer]) -> tuple[NamedIssuer, ...]:
    """Of several issuers those that the text leaves out where it names another of them; none where it names nobody."""
    claims = [spelling(claim) for claim in claimed_issuers(text)]
    named = {issuer for issuer in issuers if any(name in claim for claim in claims for name in issuer.spellings)}
    return tuple(issuer for issuer in issuers if issuer not in named) if named else ()


def is_body(words: str, known: Collection[str] = ()) -> bool:
    """Whether words read as a body or a place that speaks, not as a heading such as 预警解除."""
    plain = _plain(words)
    is_named = high_authority(plain) or _ENGLISH_BODY.search(plain)
    return spelling(plain) in known or _is_speaker(plain) or bool(is_named)


def is_footer(words: str) -> bool:
    """Whether words are the centre that publishes for others, as it stands at the end of a text."""
    return _FOOTER.search(_plain(words)) is not None


def _plain(text: str) -> str:
    seen = " ".join(visible(text).split()).replace("，", ",").replace("；", ";").replace("：", ":")
    return _WITHIN.sub(r"\1", _NEARLY_STATION.sub("台", _CJK_BLANK.sub("", seen)))


def _labelled_issuers(text: str) -> Iterator[Claim]:
    """Who stands behind a heading that says who issues, or before a colon with the verb behind it."""
    for found in _LABELLED.finditer(text):
        yield (found["body"] or found["office"]).strip()
    yield from (found["body"] for found in _QUOTED.finditer(text))


def _chinese(text: str) -> Iterator[_Spoken]:
    warned = False
    for sentence in re.split(r"[。;!?]", text):
        for clause in _clauses(sentence):
            yield from (
                spoken for spoken in _clause(clause, warned=warned) if not (warned and _FOOTER.search(spoken.words))
            )
            warned = warned or WARNED.search(clause) is not None


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence, those one in which several bodies speak together: A,B联合发布."""
    clauses = [part for part in re.split(r"[,()]", sentence) if part]
    joint = next((number for number, part in enumerate(clauses) if _JOINT.search(part)), None)
    if joint is None:
        return clauses
    warned = [part for part in clauses[:joint] if WARNED.search(part)]
    together = [part for part in clauses[: joint + 1] if not _MENTIONS.match(part) and part not in warned]
    return [*warned, "、".join(together), *clauses[joint + 1 :]]


def _clause(clause: str, *, warned: bool) -> Iterator[_Spoken]:
    """Who speaks in one clause: before its verb or its colon, alone before what it warns of, behind either.

    Once the text has warned, whoever does something else is no issuer of it.
    """
    whole = _CONSULTED.sub("", clause, count=1)
    if ordered := _ORDERED.search(whole):
        yield _Spoken(ordered["body"])
    if _MENTIONS.match(whole):
        return
    verb, colon = VERB.search(whole), _COLON.search(whole)
    end = min((found.start() for found in (verb, colon) if found is not None), default=len(whole))
    subject = re.split(r"(?<=.)将(?![乐军])|把|对|关于", whole[:end].rpartition("由")[2] or whole[:end])[0]
    speaker = _speaker(subject)
    if verb is not None and end == verb.start() and speaker and not WARNED.search(speaker):
        issues = not warned or _is_of_warning(whole[verb.end() :])
        publishes = _PUBLISHES.search(verb[0]) is not None and not whole.startswith("的", verb.end())
        yield _Spoken(speaker if issues else _JOINED.sub("", speaker), issues, publishes)
        if not _is_speaker(speaker) and (deciding := _NAMED.match(_GROUND.split(speaker)[0])):
            yield _Spoken(deciding[0], issues)  # 县人民政府决定发出
    elif colon is not None and end == colon.start() and _speaks_by_office(speaker):
        yield _Spoken(speaker)
    elif leading := _NAMED.match(speaker):
        yield from _leading(leading[0], speaker[leading.end() :], warned=warned)
    if verb is not None and (behind := _NAMED.match(whole[verb.end() :])) and not _RELAYING.search(whole[: verb.end()]):
        yield _Spoken(behind[0], not _ADDRESSED.match(behind[0]))
    if (trailing := _TRAILING.search(whole)) and not _ADDRESSED.match(trailing[1]):
        yield _Spoken(TIME.sub("", trailing[1]))


def _speaker(subject: str) -> str:
    """Who is the subject of a clause, without the time; 12379 is no time."""
    return _BEGINNING.sub("", TIME.sub("", subject)) or high_authority(subject)


def _leading(body: str, predicate: str, *, warned: bool) -> Iterator[_Spoken]:
    """The body a clause begins with that says no more of issuing: alone it signs, else it does something of its own."""
    said = _SAID.search(body)
    if _ADDRESSED.match(body[said.end() :] if said is not None else body):
        return
    signs = _SIGNS.fullmatch(TIME.sub("", predicate)) is not None
    if said is not None:  # 暴雨红色预警 县教育局通知停课
        if not signs:
            yield _Spoken(body[said.end() :], issues=False)
    else:
        issues = signs or not warned
        yield _Spoken(body if issues else _JOINED.sub("", body), issues)


def _is_of_warning(words: str) -> bool:
    """Whether what follows a verb is a warning, or nothing: A发布, A发布预警, and not A发布避险指南."""
    return not TIME.sub("", words).strip() or WARNED.search(words) is not None


def _speaks_by_office(words: str) -> bool:
    return bool(_OFFICER_SPEAKS.search(words) or _OFFICE.search(words) or high_authority(words))


def _english(text: str) -> Iterator[Claim]:
    for sentence in re.split(r"[;!?]|\.(?=\s|$)", text):
        plain = re.split(rf"(?<=:)(?!\d)[^:]*[{_CJK}]", sentence.strip(), maxsplit=1)[
            0
        ]  # an English body: 暴雨红色预警
        if not plain or _ENGLISH_MENTION.match(plain) or re.search(f"[{_CJK}]", plain):
            continue
        for shape in (_ENGLISH_SAYS, _ENGLISH_BY, _ENGLISH_HEAD, _ENGLISH_FROM, _ENGLISH_CLOSE, _ENGLISH_OPEN):
            found = shape.search(plain)
            body = _ENGLISH_TIME.sub("", found["body"]).strip() if found is not None else ""
            if shape is _ENGLISH_HEAD and not (_ENGLISH_NAMED.search(body) or high_authority(body)):
                continue  # a place before a colon is where it warns
            if body and (shape is _ENGLISH_BY or not _ENGLISH_SUBJECT.search(body)):
                yield body


def unknown_parts(claim: Claim, names: Collection[str], others: Collection[str] = ()) -> Iterator[str]:
    """The parts of a claim, such as a whole senderName, that are none of the names, given in the spelling they are
    compared by; a name may itself hold what joins two, as may those of `others`, which are such parts. What is too long
    to be names of issuers is one unknown part.
    """
    joiners = list(islice(_JOINERS.finditer(claim), _MOST_JOINERS + 1))
    if len(claim) > _LONGEST_NAMES or len(joiners) > _MOST_JOINERS:
        yield claim[:_LONGEST].strip()
        return
    starts = [0, *(found.end() for found in joiners)]
    ends = [*(found.start() for found in joiners), len(claim)]
    at = 0
    while at < len(starts):
        runs = [(last, spelling(claim[starts[at] : ends[last]])) for last in range(len(ends) - 1, at - 1, -1)]
        last = next((last for last, said in runs if said in names), None)
        if last is None:
            last = next((last for last, said in runs if said in others), at)
            yield claim[starts[at] : ends[last]].strip()
        at = last + 1


def _is_speaker(words: str) -> bool:
    plain = TIME.sub("", words)
    return any(speaks.search(plain) for speaks in (_SPEAKER, _OFFICER_SPEAKS)) or bool(
        high_authority(words) or (words.isascii() and _ENGLISH_BODY.search(words))
    )
