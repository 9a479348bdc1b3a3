"""What is said to an official who is called: that something waits, for which unit, under which number, where to act.

Never what: no text, level, event or area of a warning leaves before it is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from channels.medium import BodyFormat, Medium
from channels.message import Form
from hub.compose.sms_signature import disarm_brackets

EXERCISE = {"zh": "【演练】", "en": "[EXERCISE] "}  # as every form of an exercise is marked (templates/words.toml)
TEXTS = {
    "zh": "【{signature}】有事项待您处理，编号{reference}，单位：{unit}。"
    "请登录处理：{link} 。回复{reference}仅表示知悉。",
    "en": "[{signature}] Something waits for you, {reference}, unit: {unit}. Act here: {link} . "
    "Reply {reference} to say that you know; that decides nothing.",
}
SUBJECTS = {"zh": "有事项待您处理", "en": "Something waits for you"}
SPOKEN = {
    "zh": "烽火值班呼叫。{unit}有事项待您处理，编号{number}。请登录系统处理。知悉请按1。",
    "en": "This is the duty call of Fenghuo. Something waits for you at {unit}, reference {number}. "
    "Please sign in and act. To say that you know, press 1.",
}
VOICES = {"zh": "zh-CN", "en": "en-US"}
HUB = "烽火"  #: how the hub calls itself where nothing is registered
LETTER = "R"  #: before a reference number, so that a bare number is none


@dataclass(frozen=True, slots=True)
class CallSubject:
    """What one call is about: `reference` is the number of the matter."""

    reference: int
    unit: str
    link: str
    world: str
    signature: str = HUB  #: what is registered with the carrier for the channel, where anything is


def reference(number: int) -> str:
    """How a matter is called when it is spoken of."""
    return f"{LETTER}{number}"


def form_of(notice: CallSubject, over: tuple[str, Medium], language: str, hook: Mapping[str, str]) -> Form:
    """What is said `over` a channel of a medium.

    `hook` is the query of the address where a key pressed is reported, under its `url`.
    """
    mark = EXERCISE[language] if notice.world == "exercise" else ""
    channel, medium = over
    if medium.document is BodyFormat.SPEECH:
        return Form(channel, language, _speak(notice, language, mark, hook))
    told = {"reference": reference(notice.reference), "unit": disarm_brackets(notice.unit), "link": notice.link}
    told["signature"] = notice.signature
    text = mark + TEXTS[language].format(**told)
    return Form(channel, language, text, subject=mark + SUBJECTS[language], text=text)


def _speak(notice: CallSubject, language: str, mark: str, hook: Mapping[str, str]) -> str:
    words = mark + SPOKEN[language].format(unit=notice.unit, number=notice.reference)
    query = sorted((name, value) for name, value in hook.items() if name != "url")
    action = f"{hook['url']}?{urlencode(query)}"
    say = f'<Say language="{VOICES[language]}" loop="2">{escape(words)}</Say>'
    gather = f'<Gather numDigits="1" timeout="5" method="POST" action={quoteattr(action)}>{say}</Gather>'
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{gather}</Response>'
