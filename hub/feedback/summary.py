"""What the public answered to some alerts, in numbers: no text, no sender."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from hub.feedback.labels import AnswerIntent, Sentiment
from hub.store.records import feedback as store


def summary(connection: Connection, alert_ids: Collection[int]) -> dict[str, Any]:
    """{"items", "sentiment": {mood: n}, "intents": {intent: n}, "regions": {region key: n}}.

    Every mood is named, intents and regions only where they occur; items without a region are under "".
    """
    items = 0
    moods = Counter({mood.value: 0 for mood in Sentiment})
    intents: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for kind, rows in store.count_answers(connection, alert_ids):
        items += rows
        moods[kind.sentiment] += rows
        intents[kind.intent] += rows
        regions[kind.region or ""] += rows
    return {
        "items": items,
        "sentiment": dict(moods),
        "intents": {intent.value: intents[intent] for intent in AnswerIntent if intents[intent]},
        "regions": dict(sorted(regions.items())),
    }
