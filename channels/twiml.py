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


CONFIRMS = "1"  #: the key every form announces; no other is a person's word that they have heard
REPEATS = "2"  #: the key that plays the message again

#: language -> what a key that means nothing is answered
UNKNOWN_KEY: Mapping[str, tuple[str, str]] = {
    "zh": ("zh-CN", "按键无效。"),
    "en": ("en-US", "This key means nothing."),
}


def unknown_key(language: str) -> bytes:
    """The answer to a key nobody announced: it confirms nothing, and the call ends."""
    return _render_speech(UNKNOWN_KEY, language)


def thanks(language: str) -> bytes:
    """The answer to a key pressed, in English where `language` (BCP 47) has no words here."""
    return _render_speech(THANKS, language)


def _render_speech(texts: Mapping[str, tuple[str, str]], language: str) -> bytes:
    voice, words = texts.get(language.lower().partition("-")[0], texts["en"])
    response = VoiceResponse()
    response.say(words, language=voice)
    response.hangup()
    return str(response).encode()
