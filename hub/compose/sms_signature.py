"""The signature of a text message: what stands in 【】 at its head is registered with the carrier, and nothing else is.

Carriers take one 【…】 at the head of a message, or at its end, as who sends it, and admit only what is registered for
the account; people read it so too. So no text brings a 【】 of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from approvals.public_name import spelling
from hub.errors import Invalid
from hub.rules.rule import Rule

#: what the hub itself puts at the head of a text: it says what the message is, and reads as nobody's name
MARKS = frozenset({"预警解除", "預警解除", "解除", "演练", "演練", "测试", "測試", "转发", "轉發"})

_BRACKETED = re.compile(r"【([^【】]*)】")
_MARK = rf"【(?:{'|'.join(sorted(MARKS))})】|\[[^\[\]]*\] "
_HEAD = re.compile(rf"(?P<marks>(?:{_MARK})*)(?:【(?P<name>[^【】]*)】)?(?P<rest>.*)", re.DOTALL)
#: brackets that read as 【】 where a text begins or ends, in whatever width
_ALIKE = str.maketrans("[]［］〔〕〖〗「」『』﹝﹞", "【】" * 7)
_ENDS = re.compile(r"^\s*【([^【】]*)】|【([^【】]*)】\s*$")


def disarm_brackets(text: str) -> str:
    """A text whose own 【】 read as no signature: 【防御指南】 stands in 〔〕; a 【 without its end is dropped."""
    whole = {at for found in _BRACKETED.finditer(text) for at in (found.start(), found.end() - 1)}
    paired = "".join(char for at, char in enumerate(text) if char not in "【】" or at in whole)
    return _BRACKETED.sub(lambda found: found[0] if found[1] in MARKS else f"〔{found[1]}〕", paired)


def ends_in_brackets(text: str) -> Iterator[str]:
    """What stands in 【】 at the head and at the end of a text, where a signature would."""
    yield from (found[1] or found[2] or "" for found in _ENDS.finditer(text))


def signed_in_brackets(text: str) -> Iterator[str]:
    """What stands in brackets of any kind at the ends of a text, where people read a signature."""
    yield from ends_in_brackets(text.translate(_ALIKE))


def put_signature(body: str, sender: str, registered: Sequence[str]) -> str:
    """A text message under a signature registered for its channel: the issuer's name where it is one, else the first,
    with the issuer named behind it unless the text says it anyway. Nothing registered: the issuer's name stays.
    """
    if not registered:
        return body
    marks, _, rest = _parts(body)
    name = next((each for each in registered if spelling(each) == spelling(sender)), registered[0])
    unsaid = spelling(name) != spelling(sender) and spelling(sender) not in spelling(rest)
    speaker = f"{sender}：" if unsaid else ""
    return f"{marks}【{name}】{speaker}{rest}"


def behind_signature(body: str, words: str) -> str:
    """A text message with further words where its signature ends, or at its head where it has none."""
    marks, name, rest = _parts(body)
    signature = f"【{name}】" if name else ""
    return f"{marks}{signature}{words}{rest}"


def must_be_signed(body: str, sender: str, registered: Sequence[str], place: str) -> None:
    """Raises Invalid where a text would carry any 【】 but the marks of the hub and its one registered signature."""
    allowed = frozenset(map(spelling, registered or (sender,)))
    _, signature, rest = _parts(body)
    strange = [name for name in _BRACKETED.findall(rest) if name not in MARKS]
    if signature and spelling(signature) not in allowed:
        strange.append(signature)
    if strange:
        text = f"【{strange[0]}】 is no signature registered for the channel: take it out of the text"
        raise Invalid(text, rule=Rule.SIGNATURE_UNREGISTERED, place=place)


def _parts(body: str) -> tuple[str, str, str]:
    """The hub's own marks at the head, the signature behind them, and the rest."""
    found = _HEAD.fullmatch(body)
    return (found["marks"], found["name"] or "", found["rest"]) if found is not None else ("", "", body)
