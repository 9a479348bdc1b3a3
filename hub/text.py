"""Text of an alert made fit for every medium: no control characters, no markup, bounded, cut only between sentences."""

from __future__ import annotations

import re
import unicodedata

# CAP texts are plain text; real ones carry HTML, and a telephone would read the tags aloud.
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|li|ol|p|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
# After a full-width stop at once; after a Latin one only before a space, so that 3.5 and example.org stay whole.
_SENTENCE = re.compile(r"(?<=[。！？；])|(?<=[.!?;؟۔।])(?=\s)|(?<=\n)")
_JOINERS = ("\u200d", "\ufe0f", "\ufe0e")  # hold an emoji together


def clean_text(text: str, most: int) -> str:
    """At most `most` characters, whole sentences where it must be cut. Letters of every script stay as they are."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.replace("\u00a0", " ")  # a no-break space alone would double the price of an SMS
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = "".join(char for char in text if _sendable(char))
    lines = (" ".join(line.split(" ")).strip(" \t\u3000") for line in text.split("\n"))
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(re.sub(r"[ \t]{2,}", " ", line) for line in lines)).strip()
    return cut_text(text, most)


def line(text: str, most: int) -> str:
    """The cleaned text on one line."""
    return cut_text(" ".join(clean_text(text, most).split("\n")), most)


def sentences(text: str) -> list[str]:
    """The text in sentences, nothing lost: joined they are the text again."""
    return [part for part in _SENTENCE.split(text) if part]


def cut_text(text: str, most: int) -> str:
    """At most `most` characters: whole sentences where one fits, else whole graphemes and an ellipsis."""
    if len(text) <= most:
        return text
    kept = ""
    for sentence in sentences(text):
        if len(kept) + len(sentence) > most:
            break
        kept += sentence
    return kept.rstrip() or _hard(text, most)


def _hard(text: str, most: int) -> str:
    end = max(most - 1, 0)
    while end > 0 and _tears_character(text, end):
        end -= 1
    return text[:end].rstrip() + "…" if most > 0 else ""


def _tears_character(text: str, at: int) -> bool:
    """True where a cut before `at` would tear one visible character in two."""
    here = text[at]
    return here in _JOINERS or text[at - 1] == "\u200d" or unicodedata.category(here).startswith("M")


def _sendable(char: str) -> bool:
    """Not a control character, a lone surrogate or a noncharacter: XML 1.0 §2.2 and every provider refuse these."""
    if char in "\n\t":
        return True
    return unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) & 0xFFFE != 0xFFFE
