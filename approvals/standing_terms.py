"""The paper of a standing authorisation (授权书): its fields, its checks, its digest (pure).

The law lets a government allow a unit, in emergencies, to publish certain warnings by itself (重庆 2011 annex 4). The
paper names grantor, grantee, events, levels, areas, channels, texts and period. The texts are part of it: the persons
who sign it sign every word that can leave under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

from approvals.approval_rule import ApprovalRule
from approvals.paper import STRICT, Mandate, StandingRefused, must_be_name, must_be_set, read_paper
from approvals.wording import Wording, WordingRefused, wording

PARTS = ("event", "sender_name", "headline", "description", "instruction", "area")


@dataclass(frozen=True, slots=True)
class ApprovedText:
    """Every word that may be said in one language; each field a wording with slots, empty for "must be absent".

    `area` is the wording of every area's description. A Cancel has texts of its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    language: str
    event: str
    sender_name: str
    headline: str
    description: str = ""
    instruction: str = ""
    area: str = "{area:text<=40}"
    msg_type: Literal["Alert", "Cancel"] = "Alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingTerms(Mandate):
    """`grantee` is the upstream system and `sender` its CAP sender; `longest_hours` the longest a message may be in
    force; `signed` demands a valid XML signature beside the service's token; `cancel_note` is the wording of a Cancel's
    reason.
    """

    scheme: ClassVar[str] = "fs1"

    grantee: str
    sender: str
    texts: tuple[ApprovedText, ...]
    longest_hours: float
    most_per_hour: int
    signed: bool = True
    may_cancel: bool = False
    cancel_note: str = ""

    def tree(self) -> dict[str, Any]:
        """The document as plain values: sets sorted, times in UTC."""
        tree = Mandate.tree(self)
        tree["texts"] = sorted(tree["texts"], key=lambda text: (text["msg_type"], text["language"]))
        return tree

    @property
    def longest(self) -> timedelta:
        """How long a message under it may be in force."""
        return timedelta(hours=self.longest_hours)


_DOCUMENT = TypeAdapter(StandingTerms)


def document_of(tree: Mapping[str, Any]) -> StandingTerms:
    """Reads and checks a document. Raises StandingRefused naming the field."""
    document = read_paper(_DOCUMENT, tree)
    for place in ("grantee", "sender"):
        must_be_name(document, place)
    must_be_set(document, "texts")
    _check_numbers(document)
    _check_texts(document)
    return document


def _check_numbers(document: StandingTerms) -> None:
    if not 0 < document.longest_hours <= 72:
        raise StandingRefused("longest_hours", "more than 0, at most 72")
    if not 1 <= document.most_per_hour <= 60:
        raise StandingRefused("most_per_hour", "1 to 60: a sensor gone mad must come to an end")


def _check_texts(document: StandingTerms) -> None:
    spoken = [(text.msg_type, text.language.casefold()) for text in document.texts]
    if len(set(spoken)) != len(spoken):
        raise StandingRefused("texts", "one text per language and kind of message")
    if ("Alert", spoken[0][1]) not in spoken and all(kind == "Cancel" for kind, _ in spoken):
        raise StandingRefused("texts", "a warning needs a text")
    if document.may_cancel and not document.cancel_note.strip():
        raise StandingRefused("cancel_note", "a Cancel states its reason (N6)")
    must_be_wordings(document.texts)
    try:
        wording(document.cancel_note)
    except WordingRefused as error:
        raise StandingRefused("cancel_note", str(error), ApprovalRule.STANDING_TEXT) from None


def must_be_wordings(texts: Iterable[ApprovedText]) -> None:
    """Raises StandingRefused for a text that lacks an element every message has, or has a slot that is none."""
    for text in texts:
        if not all(getattr(text, part).strip() for part in ("language", "event", "headline", "sender_name")):
            raise StandingRefused(f"texts.{text.language}", "language, event, headline and sender_name are needed")
        for part in PARTS:
            try:
                wording_of(text, part)
            except WordingRefused as error:
                raise StandingRefused(f"texts.{text.language}.{part}", str(error), ApprovalRule.STANDING_TEXT) from None


def wording_of(text: ApprovedText, part: str) -> Wording:
    """One part of an approved text, parsed; free texts in it use the scripts of all its parts."""
    return wording(getattr(text, part), companions=(text.event, text.headline, text.description, text.instruction))
