"""Takes in replies of the public: sorted, linked to person and alert, and durable before the provider is answered."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Connection

from channels import address
from channels.message import DeliveryState, Receipt, Reply
from hub.clock import Clock, to_ms
from hub.crypto.delivery_ids import DeliveryIds, DeliveryKey
from hub.crypto.vault import Vault
from hub.feedback import opt_out
from hub.feedback.intent import intent_reader
from hub.feedback.labels import AnswerIntent, Sentiment
from hub.feedback.opt_out_words import OptOutWords
from hub.feedback.opt_out_words import load as load_words
from hub.feedback.text import clean_text
from hub.masking import without_addresses
from hub.store.records import feedback as store
from hub.store.register.addresses import holders_of
from hub.store.register.recipients import regions_of
from hub.store.register.refusals import Source
from hub.store.sql.database import Database

#: providers stamp whole seconds and their clocks differ: a reply may seem a little older than what it answers
CLOCK_SLACK = timedelta(seconds=5)
REFERENCE_LIMIT = 255  #: the column's width
CHANNEL_LIMIT = 32


class Classifier(Protocol):
    """Hears the mood of texts."""

    def classify(self, texts: Sequence[str]) -> Sequence[Sentiment]:
        """One mood per text, in order; may take long, so it is called in a thread."""
        ...


@dataclass(frozen=True, slots=True)
class InboxResult:
    """What became of a batch. Hand `receipts` to the receipt service: they commute and may come again."""

    stored: int
    repeated: int  #: had been stored before: the provider sent them again
    receipts: tuple[Receipt, ...] = ()
    said: str = ""  #: what to answer the only reply of the batch, where it refused the channel or took that back


@dataclass(frozen=True, slots=True)
class _Read:
    """A reply, read."""

    reply: Reply
    sources: tuple[bytes, ...]
    text: str
    intent: AnswerIntent
    sentiment: Sentiment
    latest: int  #: ms; an alert released after this cannot be what it answers

    @property
    def source(self) -> bytes:
        """The sender as kept: hashed under the key in force."""
        return self.sources[0]


@dataclass(frozen=True, slots=True)
class _Link:
    """Whom and what a reply is about. `delivery` is there when a delivery on the reply's own channel is."""

    recipient: int | None = None
    alert: int | None = None
    region: int | None = None
    delivery: DeliveryKey | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    """Replies in, rows and confirmations out. Neither senders nor texts are logged."""

    db: Database
    clock: Clock
    vault: Vault
    ids: DeliveryIds
    classifier: Classifier
    intent: Callable[[str], AnswerIntent] = field(default_factory=intent_reader)
    words: OptOutWords = field(default_factory=load_words)
    #: by channel, the column of the register that holds who answers over it
    columns: Mapping[str, str] = field(default_factory=dict)

    async def take(self, replies: Sequence[Reply]) -> InboxResult:
        """Returns after the commit. A replay (same channel and reference) is stored once, and confirms again.

        A plain confirmation ("1", "收到", "OK") yields a CONFIRMED receipt for the newest delivery of the reply's
        channel that may have reached the sender. Raises StoreUnavailable; then nothing was kept.
        """
        if not replies:
            return InboxResult(0, 0)
        read = await asyncio.to_thread(self._read, replies)
        links = await self.db.read(lambda connection: _link_replies(connection, read))
        rows = [_row(one, link) for one, link in zip(read, links, strict=True)]
        stored = await self.db.write(lambda connection: self._keep(connection, read, rows))
        return InboxResult(stored, len(rows) - stored, self._confirmations(read, links), self._word_of(read))

    def _keep(self, connection: Connection, read: Sequence[_Read], rows: Sequence[store.FeedbackRow]) -> int:
        """Keeps the rows, and what the new ones among them say of their channel: a replay must not say it again."""
        new = store.unknown(connection, rows)
        for one, row in sorted(zip(read, rows, strict=True), key=lambda pair: pair[0].reply.at):
            word = self.words.read(one.reply.text)
            if word is not None and (row.channel, row.reference) in new:
                new.discard((row.channel, row.reference))
                people = holders_of(connection, [one.sources]).get(one.source, [])
                at = min(row.at, to_ms(self.clock.now()))
                column = self._column(row.channel)
                source = Source.of(self.vault.box, column, _canonical(one.reply.sender))
                opt_out.apply_opt_out(connection, opt_out.OptOutReply(word, source, people, at))
        return store.add(connection, rows)

    def _confirmations(self, read: Sequence[_Read], links: Sequence[_Link]) -> tuple[Receipt, ...]:
        """A receipt per delivery that somebody confirmed by answering; the earliest answer counts."""
        receipts: dict[tuple[str, DeliveryKey], Receipt] = {}
        for one, link in sorted(zip(read, links, strict=True), key=lambda pair: pair[0].reply.at):
            if one.intent is AnswerIntent.RECEIVED and link.delivery is not None:
                channel = one.reply.channel
                receipt = Receipt(
                    channel=channel,
                    state=DeliveryState.CONFIRMED,
                    at=one.reply.at,
                    reference=one.reply.reference,
                    delivery=self.ids.one(channel, *link.delivery),
                    detail="reply",
                )
                receipts.setdefault((channel, link.delivery), receipt)
        return tuple(receipts.values())

    def _column(self, channel: str) -> str:
        return self.columns.get(channel, channel)

    def _word_of(self, read: Sequence[_Read]) -> str:
        word = self.words.read(read[0].reply.text) if len(read) == 1 else None
        return self.words.said[word] if word is not None else ""

    def _read(self, replies: Sequence[Reply]) -> list[_Read]:
        texts = [clean_text(reply.text) for reply in replies]
        now = self.clock.now()
        moods = self.classifier.classify(texts)
        return [
            _Read(
                reply=reply,
                sources=self.vault.fingerprints(self._column(reply.channel), _canonical(reply.sender)),
                text=text,
                intent=self.intent(text),
                sentiment=mood,
                latest=to_ms(min(reply.at, now) + CLOCK_SLACK),
            )
            for reply, text, mood in zip(replies, texts, moods, strict=True)
        ]


def _link_replies(connection: Connection, read: Sequence[_Read]) -> list[_Link]:
    by_channel: dict[str, dict[bytes, list[int]]] = {}
    airings: dict[str, list[tuple[int, int]]] = {}
    for channel in {one.reply.channel for one in read}:
        sources = [one.sources for one in read if one.reply.channel == channel]
        by_channel[channel] = holders_of(connection, sources)
        airings[channel] = store.alerts_on(connection, channel)
    people = {person for known in by_channel.values() for persons in known.values() for person in persons}
    seen = store.deliveries_to(connection, people)
    regions = regions_of(connection, people | {it.recipient for those in seen.values() for it in those})
    links = []
    for one in read:
        persons = by_channel[one.reply.channel].get(one.source, [])
        links.append(_of_person(one, persons, seen, regions) if persons else _of_group(one, airings[one.reply.channel]))
    return links


def _of_person(
    one: _Read, persons: Sequence[int], seen: Mapping[int, Sequence[store.Reached]], regions: Mapping[int, int]
) -> _Link:
    """Links to the newest delivery, on the reply's own channel if there is one.

    Where several persons share the address, one of them answered and nobody knows who: only the delivery sent last,
    or the first of equals, is confirmed, and the escalation goes on for the others.
    """
    possible = [it for person in persons for it in seen.get(person, ()) if it.released_at <= one.latest]
    own = [it for it in possible if it.channel == one.reply.channel]
    if not possible:
        return _Link(recipient=persons[0], region=regions.get(persons[0]))
    best = max(own or possible, key=lambda it: (it.released_at, it.alert, -it.recipient))
    delivery = DeliveryKey(best.campaign, best.recipient) if own else None
    return _Link(best.recipient, best.alert, regions.get(best.recipient), delivery)


def _of_group(one: _Read, aired: Sequence[tuple[int, int]]) -> _Link:
    """An unknown sender in a one-to-many channel answers what was last aired there; elsewhere it is about nothing."""
    return _Link(alert=next((alert for released_at, alert in aired if released_at <= one.latest), None))


def _row(one: _Read, link: _Link) -> store.FeedbackRow:
    return store.FeedbackRow(
        channel=one.reply.channel[:CHANNEL_LIMIT],
        reference=_reference(one),
        recipient=link.recipient,
        alert=link.alert,
        region=link.region,
        source=one.source,
        text=without_addresses(one.text),  # people write numbers of others into their answers
        sentiment=one.sentiment.value,
        intent=one.intent.value,
        at=to_ms(one.reply.at),
    )


def _reference(one: _Read) -> str:
    """The provider's id; where it gives none or one that does not fit, a hash that a replay has too."""
    given = one.reply.reference
    if given and len(given) <= REFERENCE_LIMIT and clean_text(given) == given:
        return given
    told = (one.source, str(to_ms(one.reply.at)).encode(), one.text.encode())
    parts = (given.encode("utf-8", "replace"),) if given else told
    return f"sha256:{hashlib.sha256(b'/'.join(parts)).hexdigest()}"


def _canonical(sender: str) -> str:
    """The address as the register keeps it, where it is one; else the sender's name as given, made encodable."""
    try:
        return address.mailbox(sender) if "@" in sender else address.phone(sender)
    except ValueError:
        return sender.encode("utf-8", "replace").decode()
