"""Feedback in numbers."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from hub.feedback.labels import AnswerIntent, Sentiment
from hub.feedback.summary import summary
from hub.store.records.feedback import FeedbackRow, add
from hub.store.schema import regions
from hub.store.sql.database import Database


def row(number: int, **changes: Any) -> FeedbackRow:
    given = {
        "channel": "sms", "reference": str(number), "recipient": None, "alert": 1, "region": None, "source": b"s",
        "text": "t", "sentiment": "neutral", "intent": "other", "at": number,
    } | changes  # fmt: skip
    return FeedbackRow(**given)


async def test_an_alert_nobody_answered_has_no_items_and_no_mood(db: Database) -> None:
    nothing = {
        "items": 0,
        "sentiment": {"negative": 0, "neutral": 0, "positive": 0},
        "intents": {},
        "regions": {},
    }
    assert await db.read(lambda connection: summary(connection, [1])) == nothing
    assert await db.read(lambda connection: summary(connection, [])) == nothing


async def test_a_summary_counts_the_named_alerts_by_mood_intent_and_region(db: Database) -> None:
    def rows(connection: Connection) -> None:
        connection.execute(insert(regions).values(id=7, key="r:7", name="x", level=4))
        add(
            connection,
            [
                row(1, sentiment="negative", intent="help", region=7),
                row(2, sentiment="negative", intent="rumour"),
                row(3, alert=2, sentiment="positive", intent="thanks", region=7),
                row(4, alert=3, sentiment="positive", intent="thanks"),
                row(5, alert=None),
            ],
        )

    await db.write(rows)
    assert await db.read(lambda connection: summary(connection, {1, 2})) == {
        "items": 3,
        "sentiment": {"negative": 2, "neutral": 0, "positive": 1},
        "intents": {"help": 1, "rumour": 1, "thanks": 1},
        "regions": {"": 1, "r:7": 2},
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(Sentiment), st.sampled_from(AnswerIntent), st.sampled_from([None, 7]))))
def test_moods_intents_and_regions_each_add_up_to_the_items(sqlite_db: Database, cells: list[Any]) -> None:
    with sqlite_db.engine.connect() as connection, connection.begin() as undone:
        listed = [row(n, sentiment=s.value, intent=i.value, region=r) for n, (s, i, r) in enumerate(cells)]
        assert add(connection, listed) == len(cells)
        found = summary(connection, [1])
        undone.rollback()
    assert found["items"] == len(cells)
    for name in ("sentiment", "intents", "regions"):
        assert sum(found[name].values()) == len(cells)
