"""What officials are shown of a person's preferences, and by which a choice is set for somebody who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from approvals.level import Level
from hub.clock import from_ms
from hub.store.register import preferences
from hub.store.register.preferences import Preferences


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change: `way` is a channel's name, page, official or import; `actor` is empty where it was the person."""

    at: datetime
    what: str
    before: str
    after: str
    way: str
    actor: str


@dataclass(frozen=True, slots=True)
class PreferencesView:
    """`refused` holds channels, or * for every one; `language` and `least` are null where none was chosen.

    `places` are keys of regions beside the one they are registered in, `order` the channels to be tried first.
    """

    external_id: str
    refused: tuple[str, ...]
    language: str | None
    least: str | None
    places: tuple[str, ...]
    order: tuple[str, ...]
    history: tuple[ChangeView, ...]


def view(connection: Connection, recipient: int, external_id: str) -> PreferencesView:
    """Of one person; no address."""
    choice = preferences.of(connection, [recipient]).get(recipient, Preferences())
    least = Level(choice.least).word if choice.least else None
    changes = tuple(
        ChangeView(from_ms(line.at), line.what, line.before, line.after, line.way, line.actor)
        for line in preferences.history(connection, recipient)
    )
    refused, places = tuple(sorted(choice.refused)), tuple(sorted(choice.places))
    return PreferencesView(external_id, refused, choice.language, least, places, choice.order, changes)
