"""Texts made fit to leave: no markup, no blanks around them, no characters XML cannot carry."""

from __future__ import annotations

import html
import re
from typing import TypeVar

from hub.formats.cap.elements import Notes
from hub.formats.cap.lexical import XML_BLANKS, forbidden_character, is_bare, is_list_item, markup
from hub.formats.cap.parse import longest

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COMMENT = re.compile(r"<!--(?:[^-]|-(?!->))*-->|<!--|<!\[CDATA\[|\]\]>")
_BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|table|h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_NOT_BARE = re.compile(r"[\s,<&]+")
_ROUNDS = 4

T = TypeVar("T")


def plain_text(text: str, path: str, notes: Notes) -> str:
    """The text without markup, forbidden characters and blanks around it, no longer than it may leave."""
    plain = text
    if forbidden_character(plain):
        notes.add("S9", path, "characters XML cannot carry are dropped")
        plain = _NOT_XML.sub("", plain)
    if markup(plain):
        notes.add("L16", path, "markup is taken out, its text is kept")
        plain = _without_markup(plain)
    if len(plain) > (most := longest(path)):
        notes.add("P7", path, f"cut to {most} characters")
        plain = plain[:most]
    return plain.strip(XML_BLANKS)


def _without_markup(text: str) -> str:
    for _ in range(_ROUNDS):
        text = _TAG.sub("", _BREAKING_TAG.sub("\n", _COMMENT.sub("", text)))
        text = _NOT_XML.sub("", html.unescape(text))
        if not markup(text):
            return text
    # Markup hidden in markup, many layers deep: nothing of it is wanted.
    return text.replace("<", "").replace("&", "")


def bare(text: str, path: str, notes: Notes) -> str:
    """An identifier or sender that can stand in a reference (L3)."""
    if is_bare(text):
        return text
    notes.add("L3", path, "blanks, commas, < and & are replaced by _")
    return _NOT_BARE.sub("_", _NOT_XML.sub("", text).strip()) or "_"


def list_items(items: tuple[str, ...], path: str, notes: Notes) -> tuple[str, ...]:
    """The values of addresses or incidents, fit for a list with quotes (L6)."""
    kept = tuple(plain_text(item, path, notes).replace('"', "'") for item in items)
    return note_change(items, tuple(item for item in kept if is_list_item(item)), path, notes, case="L6")


def note_change(before: T, after: T, path: str, notes: Notes, *, case: str = "S10") -> T:
    """`after`, noted where it differs from `before`."""
    if before != after:
        notes.add(case, path, "an empty or unfit value is dropped or rewritten")
    return after
