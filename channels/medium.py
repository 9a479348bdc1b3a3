"""A medium: what the channels that carry the same thing have in common, whoever provides them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from channels.address import AddressKind
from channels.message import Form


class Sense(StrEnum):
    """How a message is taken in: who cannot hear needs text, who cannot see needs speech."""

    TEXT = "text"
    SPEECH = "speech"


class BodyFormat(StrEnum):
    """What the body of a form is, and so where words can be put before all others."""

    SIGNED_TEXT = "signed-text"  #: plain text that begins with the name of its sender in 【】
    TEXT = "text"  #: plain text
    SPEECH = "speech"  #: TwiML around the words that are spoken
    MARKDOWN = "markdown"
    HTML = "html"  #: with a subject and the same in plain text
    DATA = "data"  #: for machines, which are told in fields (CAP, JSON)


class Templates(NamedTuple):
    """The files of a medium in the folder of each message and language; empty where the medium has no such thing.

    A medium without a body's carries the alert itself, as CAP.
    """

    body: str
    subject: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Medium:
    """What a channel carries. A medium that fits or measures its texts overrides `fit` and `excess`.

    `column` is the register's: addresses, and what people chose, are stored under it for all channels of the medium. It
    is part of each address's keyed hash, and so never changes. Empty where only endpoints are told.
    """

    name: str
    address: AddressKind
    column: str
    templates: Templates
    document: BodyFormat
    taken_in: frozenset[Sense] = frozenset({Sense.TEXT})
    signs: bool = False  #: its texts are read or heard from their first sign on, which must name the issuer
    one_form: bool = False  #: one form carries every language
    most: int = 0  #: the longest text, in what the medium counts; 0 where it has no limit

    def fit(self, form: Form) -> Form:
        """The form in the spelling that costs least, with its cost (segments, seconds). Says the same, cuts nothing."""
        return form

    def excess(self, form: Form) -> str:
        """Which limit of the medium the form breaks, in words; empty for none."""
        del form
        return ""
