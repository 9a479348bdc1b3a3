"""The paper of a standing authorisation (授权书): its fields, its checks, its digest (pure).

The law lets a government allow a unit, in emergencies, to publish certain warnings by itself (重庆 2011 annex 4). The
paper names grantor, grantee, events, levels, areas, channels, texts and period. The texts are part of it: the persons
who sign it sign every word that can leave under it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from approvals.digest import canonical
from approvals.level import Level
from approvals.stakes import Stakes
from approvals.wording import Wording, WordingRefused, wording

SCHEME = "fs1"  #: of the digest that officials sign; grows with any change of what is hashed or how
LONGEST_VALID = timedelta(days=366)  #: AUTH-2: at most 12 months, then it is looked at again

_STRICT = ConfigDict(extra="forbid")
PARTS = ("event", "sender_name", "headline", "description", "instruction", "area")


class StandingRefused(Exception):
    """The document cannot be proposed: names the place and the rule it breaks."""

    def __init__(self, place: str, text: str, rule: str = "standing-document") -> None:
        super().__init__(f"{place}: {text}")
        self.place = place
        self.rule = rule


@dataclass(frozen=True, slots=True)
class ApprovedText:
    """Every word that may be said in one language; each field a wording with slots, empty for "must be absent".

    `area` is the wording of every area's description. A Cancel has texts of its own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    language: str
    event: str
    sender_name: str
    headline: str
    description: str = ""
    instruction: str = ""
    area: str = "{area:text<=40}"
    msg_type: Literal["Alert", "Cancel"] = "Alert"


@dataclass(frozen=True, slots=True)
class Document:
    """The paper. `levels` is the explicit set, never "level Z and above" (AUTH-5). Times carry a zone.

    `grantee` is the upstream system and `sender` its CAP sender; `longest_hours` the longest a message may be in
    force; `signed` demands a valid XML signature beside the service's token; `cancel_note` is the wording of a
    Cancel's reason.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: str
    document_no: str
    grantor: str
    grantee: str
    sender: str
    events: tuple[str, ...]
    levels: tuple[Literal["red", "orange", "yellow", "blue"], ...]
    areas: tuple[str, ...]
    channels: tuple[str, ...]
    texts: tuple[ApprovedText, ...]
    longest_hours: float
    most_per_hour: int
    valid_from: datetime
    valid_until: datetime
    review_by: datetime
    max_persons: int | None = None
    emergency_only: bool = True
    signed: bool = True
    may_cancel: bool = False
    cancel_note: str = ""

    def tree(self) -> dict[str, Any]:
        """The document as plain values: sets sorted, times in UTC."""
        tree: dict[str, Any] = _DOCUMENT.dump_python(self, mode="json")
        for name in ("events", "areas", "channels"):
            tree[name] = sorted(tree[name])
        tree["levels"] = sorted(self.levels, key=Level.of, reverse=True)
        tree["texts"] = sorted(tree["texts"], key=lambda text: (text["msg_type"], text["language"]))
        for name in ("valid_from", "valid_until", "review_by"):
            tree[name] = getattr(self, name).astimezone(UTC).isoformat()
        return tree

    def digest(self) -> str:
        """``fs1:`` and 64 hex digits over every field; the order of sets never changes it."""
        return f"{SCHEME}:{hashlib.sha256(canonical(self.tree()).encode()).hexdigest()}"

    @property
    def maximum(self) -> tuple[Stakes, ...]:
        """Everything that is at stake at most, one for each level and event: what its signers must be entitled to."""
        return tuple(
            Stakes(
                level=Level.of(word),
                event=event,
                areas=frozenset(self.areas),
                channels=frozenset(self.channels),
                persons=self.max_persons or 0,
                msg_type="Alert",
                world="live",
                lasts=timedelta(hours=self.longest_hours),
            )
            for word in self.levels
            for event in self.events
        )


_DOCUMENT = TypeAdapter(Document)


def document_of(tree: Mapping[str, Any]) -> Document:
    """Reads and checks a document. Raises StandingRefused naming the field."""
    try:
        document = _DOCUMENT.validate_python(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise StandingRefused(".".join(map(str, first["loc"])) or "document", first["msg"]) from None
    _check(document)
    return document


def _check(document: Document) -> None:
    for place in ("name", "document_no", "grantor", "grantee", "sender"):
        value = getattr(document, place)
        if not value.strip() or len(value) > 200:
            raise StandingRefused(place, "1 to 200 characters")
    for place in ("events", "levels", "areas", "channels", "texts"):
        values = getattr(document, place)
        if not values or len(set(values)) != len(values):
            raise StandingRefused(place, "at least one, each once")
    for pattern in document.events:
        if set("?[]") & set(pattern) or not pattern.strip("* "):
            raise StandingRefused("events", f"{pattern!r}: name the events; only * stands for other text")
    _check_numbers(document)
    _check_times(document)
    _check_texts(document)


def _check_numbers(document: Document) -> None:
    if not 0 < document.longest_hours <= 72:
        raise StandingRefused("longest_hours", "more than 0, at most 72")
    if not 1 <= document.most_per_hour <= 60:
        raise StandingRefused("most_per_hour", "1 to 60: a sensor gone mad must come to an end")
    if document.max_persons is not None and document.max_persons < 1:
        raise StandingRefused("max_persons", "at least 1")


def _check_times(document: Document) -> None:
    for place in ("valid_from", "valid_until", "review_by"):
        if getattr(document, place).tzinfo is None:
            raise StandingRefused(place, "a time without a zone")
    if document.valid_until <= document.valid_from:
        raise StandingRefused("valid_until", "before it begins")
    if document.valid_until - document.valid_from > LONGEST_VALID:
        raise StandingRefused("valid_until", "at most 12 months after it begins", "AUTH-2")
    if not document.valid_from < document.review_by <= document.valid_until:
        raise StandingRefused("review_by", "within the period of the document", "AUTH-2")


def _check_texts(document: Document) -> None:
    spoken = [(text.msg_type, text.language.casefold()) for text in document.texts]
    if len(set(spoken)) != len(spoken):
        raise StandingRefused("texts", "one text per language and kind of message")
    if ("Alert", spoken[0][1]) not in spoken and all(kind == "Cancel" for kind, _ in spoken):
        raise StandingRefused("texts", "a warning needs a text")
    if document.may_cancel and not document.cancel_note.strip():
        raise StandingRefused("cancel_note", "a Cancel states its reason (N6)")
    for text in document.texts:
        if not all(getattr(text, part).strip() for part in ("language", "event", "headline", "sender_name")):
            raise StandingRefused(f"texts.{text.language}", "language, event, headline and sender_name are needed")
        for part in PARTS:
            try:
                wording_of(text, part)
            except WordingRefused as error:
                raise StandingRefused(f"texts.{text.language}.{part}", str(error), "standing-text") from None
    try:
        wording(document.cancel_note)
    except WordingRefused as error:
        raise StandingRefused("cancel_note", str(error), "standing-text") from None


def wording_of(text: ApprovedText, part: str) -> Wording:
    """One part of an approved text, parsed; free texts in it use the scripts of all its parts."""
    return wording(getattr(text, part), companions=(text.event, text.headline, text.description, text.instruction))
