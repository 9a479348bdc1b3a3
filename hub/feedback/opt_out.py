"""What an answer like STOP or 退订 changes: for the address it came from, and so for everyone who has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.feedback.opt_out_words import OptOutChoice
from hub.store.register import preferences, refusals
from hub.store.register.preferences import EVERYTHING, Preferences, Way
from hub.store.register.refusals import Source


@dataclass(frozen=True, slots=True)
class OptOutReply:
    """One answer that is such a word. `source` is the address it came from, `holders` who is registered with it.

    A family may share a telephone, and nobody knows who of them answered: it holds for all of them on this channel.
    """

    word: OptOutChoice
    source: Source
    holders: Sequence[int]
    at: int  #: ms


def apply_opt_out(connection: Connection, answer: OptOutReply) -> int:
    """Keeps it in the caller's transaction, for whoever is registered with the address later, too.

    Saying the same again changes nothing, and neither does a word that is older than the last one known. Returns how
    many people's preferences changed.
    """
    preferences.hold(connection)
    way = Way(answer.source.column, answer.at)
    refused = answer.word is not OptOutChoice.START
    if not refusals.answer(connection, answer.source, way, refused=refused):
        return 0
    known = preferences.of(connection, answer.holders)
    wanted = {number: _after(known.get(number, Preferences()), answer) for number in answer.holders}
    return preferences.store_preferences(connection, wanted, way)


def _after(choice: Preferences, answer: OptOutReply) -> Preferences:
    """Who refused everything and begins again begins with everything: the word names no channel to leave out."""
    channel = answer.source.column
    match answer.word:
        case OptOutChoice.STOP:
            return choice.refusing(choice.refused | {channel})
        case OptOutChoice.STOP_ALL:
            return choice.refusing(choice.refused | {channel, EVERYTHING})
        case OptOutChoice.START:
            return choice.refusing(choice.refused - {channel, EVERYTHING})
