"""What Twilio's machine answers a person who pressed a key, and how long a document may be."""

from __future__ import annotations

from collections.abc import Mapping

from twilio.twiml.voice_response import VoiceResponse

LONGEST_TWIML = 4000  # characters Twilio takes in `Twiml`

#: language -> (BCP 47 tag Twilio's <Say> takes, what it says)
THANKS: Mapping[str, tuple[str, str]] = {
    "zh": ("zh-CN", "已确认，谢谢。"),
    "en": ("en-US", "Thank you. Confirmed."),
}


def thanks(language: str) -> bytes:
    """The answer to a key pressed, in English where `language` (BCP 47) has no words here."""
    voice, words = THANKS.get(language.lower().partition("-")[0], THANKS["en"])
    response = VoiceResponse()
    response.say(words, language=voice)
    response.hangup()
    return str(response).encode()
