"""What the escalation did and why, and what it waits for: counted per channel, for progress and report."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from hub.store.schema import escalations, silence_waits


@dataclass(frozen=True, slots=True)
class Escalation:
    """So many people of an alert were tried on `then` because of what became of `before`. Times in ms."""

    alert: int
    before: str
    then: str
    cause: str
    people: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class SilenceWait:
    """The silence of so many people on a channel is not taken for an answer: why, since when, and how long at most."""

    alert: int
    channel: str
    reason: str
    people: int
    since: int
    until: int


def add(connection: Connection, made: Escalation) -> None:
    """Adds to what is counted for the same step and cause."""
    table = escalations.c
    same = (
        (table.alert == made.alert)
        & (table.from_channel == made.before)
        & (table.to_channel == made.then)
        & (table.cause == made.cause)
    )
    more = update(escalations).where(same).values(people=table.people + made.people, last_at=made.last_at)
    if connection.execute(more).rowcount == 0:
        connection.execute(
            escalations.insert().values(
                alert=made.alert,
                from_channel=made.before,
                to_channel=made.then,
                cause=made.cause,
                people=made.people,
                first_at=made.first_at,
                last_at=made.last_at,
            )
        )


def of_alert(connection: Connection, alert: int) -> tuple[Escalation, ...]:
    """Every step that was taken, in the order it was first taken."""
    table = escalations.c
    rows = connection.execute(select(escalations).where(table.alert == alert).order_by(table.first_at, table.cause))
    return tuple(Escalation(*row) for row in rows)


def waits(connection: Connection, alert: int) -> dict[str, SilenceWait]:
    """What the escalation waits for now, by channel."""
    rows = connection.execute(select(silence_waits).where(silence_waits.c.alert == alert))
    return {row.channel: SilenceWait(*row) for row in rows}


def keep_wait(connection: Connection, wait: SilenceWait) -> None:
    """Replaces what was kept for the channel."""
    end_wait(connection, wait.alert, wait.channel)
    values = (wait.alert, wait.channel, wait.reason, wait.people, wait.since, wait.until)
    connection.execute(silence_waits.insert().values(values))


def end_wait(connection: Connection, alert: int, channel: str) -> None:
    same = (silence_waits.c.alert == alert) & (silence_waits.c.channel == channel)
    connection.execute(delete(silence_waits).where(same))
