"""The TwiML documents of a call: the alert that is spoken, and the thanks for a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from twilio.twiml.voice_response import Gather, VoiceResponse

KEY_WAIT_S = 8  # after the last word; hands are busy in an emergency
LONGEST_TWIML = 4000  # characters Twilio takes in `Twiml`


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the machine itself says, in one language."""

    voice: str  #: BCP 47 tag Twilio's <Say> takes
    press: str
    thanks: str


PHRASES: Mapping[str, Phrases] = {
    "zh": Phrases("zh-CN", "收到请按1。", "已确认，谢谢。"),
    "en": Phrases("en-US", "Press 1 to confirm that you have heard this.", "Thank you. Confirmed."),
}


def action_url(hook: str, language: str) -> str:
    """Where a key pressed is reported; `hook` is `DriverContext.hook(channel)`. The same for every person."""
    return f"{hook}?gather=1&language={quote(language, safe='-')}"


def document(text: str, language: str, hook: str, times: int = 2) -> str:
    """The TwiML that speaks `text` up to `times` times and takes one key; the body of a voice form.

    `hook` must be absolute: an inline document has no URL of its own for Twilio to fall back on.
    """
    phrases = _phrases(language)
    response = VoiceResponse()
    gather = Gather(num_digits=1, timeout=KEY_WAIT_S, action=action_url(hook, language), method="POST")
    for _ in range(times):
        gather.say(text, language=phrases.voice)
        gather.say(phrases.press, language=phrases.voice)
    response.append(gather)
    return str(response)


def thanks(language: str) -> bytes:
    """The answer to a key pressed."""
    phrases = _phrases(language)
    response = VoiceResponse()
    response.say(phrases.thanks, language=phrases.voice)
    response.hangup()
    return str(response).encode()


def _phrases(language: str) -> Phrases:
    return PHRASES.get(language.lower().partition("-")[0], PHRASES["en"])
