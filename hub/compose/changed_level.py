"""What a headline says a warning changes: an Update changes the level of what it follows, in the direction it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from approvals.event import Events
from approvals.event_words import find_event
from approvals.level import Level
from approvals.level_change import LevelChange, level_changes
from hub.alert.alert import Alert, Info, MsgType
from hub.dossier.chain import earlier_of
from hub.dossier.frozen import content_of
from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.alerts.alert_row import AlertRow


def must_change_what_holds(connection: Connection, row: AlertRow, alert: Alert, events: Events) -> None:
    """Raises Invalid where a headline calls a rise what is none, or changes another level than that of the message
    that an Update follows.
    """
    for number, info, change in _level_changes(alert):
        place = f"alert/info[{number}]/headline"
        if change.is_contradictory:
            said = "raised" if change.rises else "lowered"
            text = f"the headline says that {change.former.word} is {said} to {change.new.word}: mend the words"
            raise Invalid(text, rule=Rule.LEVEL_CHANGE_SAID, place=place)
        held = _levels_before(connection, row) if _is_of_event(change, info, events) else frozenset()
        if held and change.former not in held:
            words = ", ".join(level.word for level in sorted(held))
            text = f"the headline changes {change.former.word}, and what this Update follows is {words}: mend the words"
            raise Invalid(text, rule=Rule.LEVEL_CHANGE_SAID, place=place)


def unknown_changes(connection: Connection, row: AlertRow, alert: Alert) -> list[dict[str, Any]]:
    """What signers are told: a headline changes a warning where nothing that was sent before is known."""
    if _levels_before(connection, row):
        return []
    text = "the headline changes a {} warning, and this message follows none that is known here"
    return [
        {
            "rule": Rule.LEVEL_CHANGE_SAID,
            "element": f"alert/info[{number}]/headline",
            "level": "advice",
            "text": text.format(change.former.word),
            "values": {"former": change.former.word, "new": change.new.word},
        }
        for number, _, change in _level_changes(alert)
    ]


def _level_changes(alert: Alert) -> Iterator[tuple[int, Info, LevelChange]]:
    if alert.msg_type is MsgType.CANCEL:
        return
    for number, info in enumerate(alert.infos, start=1):
        if not info.is_all_clear:
            yield from ((number, info, change) for change in level_changes(info.headline))


def _is_of_event(change: LevelChange, info: Info, events: Events) -> bool:
    """Whether what is changed is a warning of the block's own event, as far as its words say."""
    former, own = find_event(events, change.before), find_event(events, info.event)
    return former is None or own is None or former.key == own.key


def _levels_before(connection: Connection, row: AlertRow) -> frozenset[Level]:
    """The levels of the newest message of the chain that warned and was sent before this one; none where none was."""
    if row.relays is not None:
        return frozenset()
    sent = [each for each in earlier_of(connection, row) if each.released_at and each.msg_type != MsgType.CANCEL]
    infos = [info for each in sent[-1:] for info in content_of(each).infos if not info.is_all_clear]
    return frozenset(Level.of_severity(info.severity) for info in infos)
