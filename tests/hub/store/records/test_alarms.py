"""Alarms: seen in order, and written into the audit log in the same transaction."""

from __future__ import annotations

from sqlalchemy import select

from hub.store.records import alarms
from hub.store.schema import audit
from hub.store.sql.database import Database
from tests.hub.dispatch.scene import NOW, scratch


def test_the_newest_alarm_comes_first_and_all_are_counted(db: Database) -> None:
    with scratch(db) as connection:
        for number in range(3):
            alarms.raise_alarm(connection, NOW + number, "forged-job", f"shard/{number}", "no such shard")
        assert [row.subject for row in alarms.recent(connection, 2)] == ["shard/2", "shard/1"]
        assert alarms.count(connection) == 3


def test_an_alarm_is_an_entry_of_the_audit_log(db: Database) -> None:
    with scratch(db) as connection:
        alarms.raise_alarm(connection, NOW, "forged-job", "shard/1", "no such shard")
        (entry,) = connection.execute(select(audit)).all()
        assert (entry.actor, entry.action, entry.subject) == ("hub", "alarm:forged-job", "shard/1")


def test_an_alarm_that_is_rolled_back_leaves_no_entry(db: Database) -> None:
    with scratch(db) as connection:
        alarms.raise_alarm(connection, NOW, "forged-job", "shard/1", "no such shard")
    with scratch(db) as connection:
        assert alarms.count(connection) == 0
        assert connection.execute(select(audit)).all() == []


def test_the_same_alarm_is_raised_again_after_an_hour_and_another_at_once(db: Database) -> None:
    hour = 3600 * 1000
    with scratch(db) as connection:
        for later, detail in ((0, "a"), (1, "a"), (2, "b"), (hour - 1, "a"), (hour + 1, "a")):
            alarms.raise_once(connection, NOW + later, "no-warrant", "alert/1", detail)
        assert [row.detail for row in reversed(alarms.recent(connection))] == ["a", "b", "a"]
