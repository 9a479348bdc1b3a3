"""Imports public posts, collected elsewhere, as feedback of the channel "post"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from approvals.moment import read_moment
from hub.clock import to_ms
from hub.errors import Invalid
from hub.feedback.inbox import REFERENCE_LIMIT, Classifier
from hub.feedback.intent import intent_of
from hub.feedback.labelled import json_lines
from hub.feedback.labels import AnswerIntent
from hub.feedback.text import clean_text
from hub.masking import without_addresses
from hub.rules.rule import Rule
from hub.store.records import feedback as store
from hub.store.sql.database import Database

CHANNEL = "post"
BATCH = 1000  #: posts classified and committed together
_KEYS = frozenset({"id", "text", "at", "source", "region"})


class Fingerprints(Protocol):
    """The part of the vault that is needed here."""

    def fingerprints(self, channel: str, address: str) -> tuple[bytes, ...]:
        """Keyed hashes, under the key in force first: equal for equal addresses, not to be reversed without a key."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """`at` bears a zone. `source` is who posted it, kept only as a keyed hash; `region` is a region key."""

    id: str
    text: str
    at: datetime
    source: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out: where it stands and the rule it breaks; never its text."""

    place: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Imported:
    stored: int
    repeated: int
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts in, rows out. Good rows are kept, bad ones listed."""

    db: Database
    vault: Fingerprints
    classifier: Classifier
    intent: Callable[[str], AnswerIntent] = intent_of

    async def take_file(
        self, path: Path, alert: int | None = None, progress: Callable[[int], None] | None = None
    ) -> Imported:
        """Imports JSON lines of {"id", "text", "at", "source"?, "region"?}, `at` in RFC 3339.

        `alert` is what the collection is about. `progress` is told of every so many rows. Raises Invalid where the
        file cannot be read or a line is not a JSON object; the batches before that line are kept then.
        """
        whole = Imported(0, 0)
        batch: list[tuple[str, Mapping[str, Any]]] = []
        for line in json_lines(path):
            batch.append(line)
            if len(batch) == BATCH:
                whole = _sum(whole, await self._take_rows(batch, alert))
                if progress:
                    progress(len(batch))
                batch = []
        whole = _sum(whole, await self._take_rows(batch, alert))
        if progress:
            progress(len(batch))
        return whole

    async def take(self, posts: Sequence[Post], alert: int | None = None) -> Imported:
        """Stores the posts, each id once; returns after the commit. A post of an unknown region is a fault."""
        return await self._take([(f"post {number}", post) for number, post in enumerate(posts, start=1)], alert)

    async def _take_rows(self, rows: Sequence[tuple[str, Mapping[str, Any]]], alert: int | None) -> Imported:
        good: list[tuple[str, Post]] = []
        faults: list[Fault] = []
        for place, row in rows:
            try:
                good.append((place, parse_post(row, place)))
            except Invalid as error:
                faults.append(Fault(place, error.rule, str(error)))
        taken = await self._take(good, alert)
        return replace(taken, faults=(*faults, *taken.faults))

    async def _take(self, posts: Sequence[tuple[str, Post]], alert: int | None) -> Imported:
        keys = {post.region for _, post in posts if post.region}
        regions = await self.db.read(lambda connection: store.region_ids(connection, keys))
        good = [post for _, post in posts if not post.region or post.region in regions]
        faults = tuple(
            Fault(place, "known-region", f'{place}: "region" is not a known region key')
            for place, post in posts
            if post.region and post.region not in regions
        )
        rows = await asyncio.to_thread(self._rows, good, regions, alert)
        stored = await self.db.write(lambda connection: store.add(connection, rows))
        return Imported(stored, len(rows) - stored, faults)

    def _rows(self, posts: Sequence[Post], regions: Mapping[str, int], alert: int | None) -> list[store.FeedbackRow]:
        texts = [clean_text(post.text) for post in posts]
        moods = self.classifier.classify(texts)
        return [
            store.FeedbackRow(
                channel=CHANNEL,
                reference=post.id,
                recipient=None,
                alert=alert,
                region=regions.get(post.region),
                # A post of unknown origin counts as an origin of its own.
                source=self.vault.fingerprints(CHANNEL, post.source or f"id:{post.id}")[0],
                text=without_addresses(text),
                sentiment=mood.value,
                intent=self.intent(text).value,
                at=to_ms(post.at),
            )
            for post, text, mood in zip(posts, texts, moods, strict=True)
        ]


def parse_post(row: Mapping[str, Any], place: str) -> Post:
    """Raises Invalid, naming place, field and rule."""
    if unknown := set(row) - _KEYS:
        raise Invalid(
            f"{place}: unknown fields: {len(unknown)}; known: {sorted(_KEYS)}", rule=Rule.KNOWN_FIELDS, place=place
        )
    texts = {key: row.get(key, "") for key in _KEYS}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise Invalid(f'{place}: "{key}" must be a string', rule=Rule.STRING, place=place)
        if key != "text" and clean_text(value) != value:
            raise Invalid(f'{place}: "{key}" has control or edge white space', rule=Rule.PLAIN_STRING, place=place)
    if not 0 < len(texts["id"]) <= REFERENCE_LIMIT:
        raise Invalid(f'{place}: "id" must have 1 to {REFERENCE_LIMIT} characters', rule=Rule.ID_LENGTH, place=place)
    if not clean_text(texts["text"]):
        raise Invalid(f'{place}: "text" is empty', rule=Rule.TEXT, place=place)
    return Post(texts["id"], texts["text"], _moment(texts["at"], place), texts["source"], texts["region"])


def _moment(value: str, place: str) -> datetime:
    at = read_moment(value)
    if at is None:
        # RFC 3339 §5.6: a moment without its offset is not a moment.
        raise Invalid(f'{place}: "at" must be a date and time with offset', rule=Rule.RFC3339, place=place)
    return at


def _sum(one: Imported, other: Imported) -> Imported:
    return Imported(one.stored + other.stored, one.repeated + other.repeated, one.faults + other.faults)
