"""What of the calling does not read is set aside by itself and told of: everybody else is called all the same."""

from __future__ import annotations

from sqlalchemy import Connection

from hub.callout.matter import Unknowable
from hub.store.alerts import calls
from hub.store.alerts.calls import UnreadableMatter
from hub.store.records import alarms
from hub.store.register import roster

UNREADABLE = "matter-unreadable"
FAILING = "calls-failing"  #: the alarm where a whole round fails; it is over with the next that does not


def tell_unknowable(connection: Connection, found: Unknowable, now: int) -> None:
    """An alarm about something of which the hub cannot say whether it waits."""
    where = found.subject or f"every {found.kind}"
    raise_unreadable(connection, f"calls/{found.kind}", f"whether {where} waits cannot be said: {found.reason}", now)


def tell_unreadable(connection: Connection, now: int) -> None:
    """An alarm for each open matter, shift or contact whose row does not read, once an hour."""
    for matter in calls.unreadable(connection):
        tell_unreadable_matter(connection, matter, now)
    for subject in roster.unreadable(connection, now):
        raise_unreadable(connection, subject, "it cannot be read: whose it is, is called as if it were not there", now)


def tell_unreadable_matter(connection: Connection, matter: UnreadableMatter, now: int) -> None:
    """An alarm about a matter whose row does not read, open or closed, of something that waits."""
    text = f"{matter.reason} cannot be read: nobody is called about it"
    raise_unreadable(connection, f"matter/{matter.id}", text, now)


def raise_unreadable(connection: Connection, subject: str, text: str, now: int) -> None:
    """Raises the alarm, once an hour."""
    alarms.raise_once(connection, now, UNREADABLE, subject, text)
