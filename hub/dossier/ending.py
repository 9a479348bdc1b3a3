"""How a warning ends."""

from __future__ import annotations

from enum import StrEnum

from hub.alert.alert import Alert, Info, MsgType


class Ending(StrEnum):
    """What a Cancel says of the warning it ends (突发事件应对法 2024 art. 70)."""

    LIFTED = "lifted"  #: 解除: the danger is over
    ISSUED_IN_ERROR = "issued_in_error"  #: 撤销: there was none

    @classmethod
    def of(cls, info: Info) -> Ending:
        """As the block of a Cancel says it: in error where nothing is to be done and the event is unlikely."""
        in_error = "AllClear" not in info.response_types and info.certainty == "Unlikely"
        return cls.ISSUED_IN_ERROR if in_error else cls.LIFTED


def ending_of(alert: Alert) -> Ending | None:
    """How a Cancel ends what it refers to, in error only where all its blocks say so; None for other messages."""
    if alert.msg_type is not MsgType.CANCEL:
        return None
    in_error = bool(alert.infos) and all(Ending.of(info) is Ending.ISSUED_IN_ERROR for info in alert.infos)
    return Ending.ISSUED_IN_ERROR if in_error else Ending.LIFTED
