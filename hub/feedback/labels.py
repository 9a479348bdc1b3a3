"""The words feedback is sorted by; every text gets exactly one of each."""

from __future__ import annotations

from enum import StrEnum


class Sentiment(StrEnum):
    """The mood of a text."""

    NEGATIVE = "negative"  #: fear, anger, grief, complaint
    NEUTRAL = "neutral"  #: facts and questions
    POSITIVE = "positive"  #: relief, thanks, confidence


class AnswerIntent(StrEnum):
    """What the writer wants or tells."""

    RECEIVED = "received"  #: confirms the warning arrived
    HELP = "help"  #: someone needs rescue or aid (求助)
    QUESTION = "question"  #: wants to know something
    RUMOUR = "rumour"  #: passes on or asks about unconfirmed claims
    NOT_RECEIVED = "not_received"  #: the warning did not reach them, or came too late
    FALSE_ALARM = "false_alarm"  #: says the warning was wrong
    OPT_OUT = "opt_out"  #: wants no more messages (STOP, 退订)
    THANKS = "thanks"  #: thanks the sender or the helpers
    OTHER = "other"  #: none of these
