"""What a warning must state before anyone is asked to sign it (突发事件应对法 2024 art. 64: eight things)."""

from __future__ import annotations

from collections.abc import Iterator

from approvals.level import Level
from hub.alert.alert import Alert, Info, MsgType, Status
from hub.errors import Invalid
from hub.formats.cap.repair_info import STAND_IN_EVENT
from hub.rules.rule import Rule
from hub.settings.settings import ContentSettings

#: 突发事件应对法 2024 art. 67: at I and II specific advice is owed
_GRAVE = frozenset({"red", "orange"})
_FEWEST = 3  #: letters of the shortest advice, such as 请避险

#: our word for each of the eight, the element of CAP 1.2 §3.2 it is stated in, and the word of the law
ELEMENTS = {
    "event": ("alert/info/event", "类别"),
    "level": ("alert/info/severity", "级别"),
    "start": ("alert/info/onset", "起始时间"),
    "area": ("alert/info/area", "可能影响的范围"),
    "matter": ("alert/info/description", "警示事项"),
    "measures": ("alert/info/instruction", "应采取的措施"),
    "issuer": ("alert/info/senderName", "发布单位"),
    "sent": ("alert/sent", "发布时间"),
}


def must_state(alert: Alert, settings: ContentSettings) -> None:
    """Raises Invalid naming the first thing that is missing of those the settings require.

    Asked of an Alert or an Update in earnest; a Cancel says that it is over. Every language states the same.
    """
    if alert.status is not Status.ACTUAL or alert.msg_type not in (MsgType.ALERT, MsgType.UPDATE):
        return
    required = frozenset(ELEMENTS) if settings.law else frozenset(settings.required)
    measures_at = frozenset(settings.measures_at) | (_GRAVE if settings.law else frozenset())
    for info in (info for info in alert.infos if not info.is_all_clear):
        for element, (place, word) in ELEMENTS.items():
            if element in required and not _states(alert, info, element):
                text = f"the warning does not state its {element} ({word}) in {info.language}: write it there"
                raise Invalid(text, rule=Rule.LAW_64, place=place)
        if Level.of_severity(info.severity).word in measures_at and not any(advice_in(info)):
            place, word = ELEMENTS["measures"]
            text = f"at this level a warning says what to do ({word}) in a line of its own, in {info.language}"
            raise Invalid(text, rule=Rule.LAW_67, place=place)


def must_be_all_clear(alert: Alert) -> None:
    """Raises Invalid for a Cancel that reads as the warning it ends: one drafted before the hub wrote all-clears."""
    if alert.msg_type is MsgType.CANCEL and any(
        info.urgency != "Past" or info.severity != "Minor" for info in alert.infos
    ):
        text = "a Cancel says that the warning is over: urgency Past, severity Minor; draft it anew"
        raise Invalid(text, rule=Rule.ALL_CLEAR, place="alert/info/severity")


def is_grave(info: Info) -> bool:
    """Whether a block must say what to do in a line of its own, or may have to once its level is known."""
    return info.severity == "Unknown" or Level.of_severity(info.severity).word in _GRAVE


def advice_in(info: Info) -> Iterator[str]:
    """Lines that say what to do: not a mark alone, and nothing the warning has said of the danger already."""
    said = f"{info.headline}\n{info.description}"
    for line in info.instruction.splitlines():
        if sum(map(str.isalpha, line)) >= _FEWEST and line.strip() not in said:
            yield line


def _states(alert: Alert, info: Info, element: str) -> bool:
    return any(_where(alert, info)[element])


def _where(alert: Alert, info: Info) -> dict[str, tuple[object, ...]]:
    """Where each of the eight may stand; what is empty says nothing."""
    return {
        "event": (info.event.strip() not in ("", STAND_IN_EVENT),),
        "level": (info.severity != "Unknown",),
        # CAP 1.2 §3.2.2: without an onset or an effective time a warning holds from the moment it was sent.
        "start": (info.onset, info.effective, alert.sent),
        "area": tuple(area.description.strip() or area.geocodes for area in info.areas),
        "matter": (info.description.strip(), info.headline.strip()),
        "measures": (info.instruction.strip(),),
        "issuer": (info.sender_name.strip(), alert.sender.strip()),
        "sent": (alert.sent,),
    }
