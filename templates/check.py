"""Renders every message in every language and medium, so that a broken template is found before a warning needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from templates.catalog import LANGUAGES, MESSAGES, Catalog, Copy, Files, TemplateRefused
from templates.facts import Facts

KINDS = {"alert": "Alert", "update": "Update", "cancel": "Cancel", "notice": "Alert"}
ISSUED = datetime(2026, 7, 1, 18, 30, tzinfo=UTC)

_FULL = Facts(
    kind="Alert",
    status="Actual",
    language="en",
    level="orange",
    event="Rainstorm",
    headline="Rainstorm warning",
    description="Heavy rain is expected.",
    instruction="Stay indoors.",
    area="Riverside",
    sender="Bureau",
    reference="check-1",
    issued=ISSUED,
    expires=ISSUED + timedelta(hours=6),
    begins=ISSUED + timedelta(hours=2),
    note="Checked.",
    web="https://example.org/",
    contact="the duty desk",
    gather_url="https://example.org/gather",
    cap="<alert/>",
    sender_id="bureau.example.org",
    severity="Severe",
)
#: An alert that says as little as CAP allows: only the event.
_BARE = replace(
    _FULL, headline="", description="", instruction="", area="", note="", web="", contact="", expires=None, begins=None
)


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One rendering that may not be sent."""

    place: str  #: message/language/medium
    text: str


def check(
    catalog: Catalog, media: Mapping[str, Files], too_long: Callable[[str, Copy], str] | None = None
) -> Iterator[TemplateProblem]:
    """Every message × language × medium × level × status, full and bare. No problem means every text can be sent.

    `media` are the files of each medium by its name. `too_long(medium, copy)` says what limit a medium's text breaks,
    empty for none: a template's own words must fit.
    """
    for message in MESSAGES:
        for language in LANGUAGES:
            for medium, files in media.items():
                place = f"{message}/{language}/{medium}"
                fits = partial(too_long, medium) if too_long else None
                for facts in _samples(message, language):
                    text = _try(catalog, (message, language, files), facts, fits)
                    if text:
                        yield TemplateProblem(place, text)


def _samples(message: str, language: str) -> Iterator[Facts]:
    for sample in (_FULL, _BARE):
        for level in ("red", "orange", "yellow", "blue"):
            for status in ("Actual", "Exercise", "Test"):
                yield replace(sample, kind=KINDS[message], language=language, level=level, status=status)


def _try(catalog: Catalog, which: tuple[str, str, Files], facts: Facts, too_long: Callable[[Copy], str] | None) -> str:
    try:
        copy = catalog.render(*which, facts)
    except TemplateRefused as error:
        return str(error)
    if not copy.body.strip():
        return "renders to nothing"
    return too_long(copy) if too_long else ""
