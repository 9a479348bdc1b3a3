"""Rows of what the public answered, and whom an answer may be about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from channels.message import MAY_HAVE_REACHED
from hub.store.schema import alerts, campaigns, co_holders, deliveries, endpoints, feedback, regions

CAMPAIGNS_SEEN = 200  #: an answer is about one of the newest campaigns; bounds the look-up as years pass
PART = 500  #: rows or keys per statement, below every parameter limit


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One answer as it is kept. `source` is a keyed hash of the sender, `at` is in ms."""

    channel: str
    reference: str
    recipient: int | None
    alert: int | None
    region: int | None
    source: bytes
    text: str
    sentiment: str
    intent: str
    at: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A delivery that may have reached a person."""

    campaign: int
    recipient: int
    alert: int
    channel: str
    released_at: int


def add(connection: Connection, rows: Sequence[FeedbackRow]) -> int:
    """Stores what is new and returns how many that were; the same channel and reference is stored once."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    stored = 0
    for part in _parts(rows):
        statement = (
            insert(feedback)
            .values([asdict(row) for row in part])
            .on_conflict_do_nothing(index_elements=["channel", "reference"])
            .returning(feedback.c.id)
        )
        stored += len(connection.execute(statement).all())
    return stored


def unknown(connection: Connection, rows: Sequence[FeedbackRow]) -> set[tuple[str, str]]:
    """Channel and reference of those that are not stored yet."""
    found = {(row.channel, row.reference) for row in rows}
    for part in _parts(sorted({reference for _, reference in found})):
        query = select(feedback.c.channel, feedback.c.reference).where(feedback.c.reference.in_(part))
        found -= {(row.channel, row.reference) for row in connection.execute(query)}
    return found


def deliveries_to(connection: Connection, people: Iterable[int]) -> dict[int, list[Reached]]:
    """Recipient to the deliveries that may have reached them, newest release first; also those that others bore."""
    # Deliveries of one-to-many channels count endpoints, whose numbers mean other things: they are left out.
    known = _campaigns(connection, campaigns.c.channel.not_in(select(endpoints.c.channel)))
    arrived = deliveries.c.state.in_([state.value for state in MAY_HAVE_REACHED])
    own = select(deliveries.c.campaign, deliveries.c.recipient, deliveries.c.recipient.label("person")).where(arrived)
    borne = (
        select(deliveries.c.campaign, deliveries.c.recipient, co_holders.c.holder.label("person"))
        .join(
            co_holders,
            (co_holders.c.campaign == deliveries.c.campaign) & (co_holders.c.bearer == deliveries.c.recipient),
        )
        .where(arrived)
    )
    found: dict[int, list[Reached]] = defaultdict(list)
    for part in _parts(sorted(set(people))):
        queries = (own.where(deliveries.c.recipient.in_(part)), borne.where(co_holders.c.holder.in_(part)))
        for row in chain.from_iterable(
            connection.execute(query.where(deliveries.c.campaign.in_(list(known)))) for query in queries
        ):
            alert, channel, released_at = known[row.campaign]
            found[row.person].append(Reached(row.campaign, row.recipient, alert, channel, released_at))
    for seen in found.values():
        seen.sort(key=lambda one: (one.released_at, one.alert, one.campaign), reverse=True)
    return dict(found)


def alerts_on(connection: Connection, channel: str) -> list[tuple[int, int]]:
    """(released_at, alert) of the alerts that went out on a one-to-many channel, newest first; else empty."""
    known = _campaigns(connection, campaigns.c.channel == channel, campaigns.c.channel.in_(select(endpoints.c.channel)))
    return sorted(((released_at, alert) for alert, _, released_at in known.values()), reverse=True)


def region_ids(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Region key to regions.id, of those that exist."""
    found: dict[str, int] = {}
    for part in _parts(sorted(set(keys))):
        query = select(regions.c.key, regions.c.id).where(regions.c.key.in_(part))
        found |= {row.key: row.id for row in connection.execute(query)}
    return found


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """What answers have in common: mood, intent and the key of a region, None where none is known."""

    sentiment: str
    intent: str
    region: str | None


def count_answers(connection: Connection, alert_ids: Collection[int]) -> Iterator[tuple[AnswerKind, int]]:
    """Of each kind among the answers to the alerts, how many there are."""
    total: Counter[tuple[str, str, str | None]] = Counter()
    for part in _parts(sorted(set(alert_ids))):
        query = (
            select(feedback.c.sentiment, feedback.c.intent, regions.c.key, func.count().label("rows"))
            .select_from(feedback.outerjoin(regions, regions.c.id == feedback.c.region))
            .where(feedback.c.alert.in_(part))
            .group_by(feedback.c.sentiment, feedback.c.intent, regions.c.key)
        )
        for row in connection.execute(query):
            total[row.sentiment, row.intent, row.key] += row.rows
    for (sentiment, intent, region), rows in total.items():
        yield AnswerKind(sentiment, intent, region), rows


def _campaigns(connection: Connection, *conditions: Any) -> dict[int, tuple[int, str, int]]:
    """Campaign to (alert, channel, released_at), of the newest released alerts."""
    query = (
        select(campaigns.c.id, campaigns.c.alert, campaigns.c.channel, alerts.c.released_at)
        .join(alerts, alerts.c.id == campaigns.c.alert)
        .where(alerts.c.released_at.is_not(None), *conditions)
        .order_by(alerts.c.released_at.desc(), campaigns.c.id.desc())
        .limit(CAMPAIGNS_SEEN)
    )
    return {row.id: (row.alert, row.channel, row.released_at) for row in connection.execute(query)}


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), PART):
        yield items[start : start + PART]
