"""Where a warning holds, or ends, in one sentence, for media whose texts do not list its elements
(突发事件应对法 2024 art. 64: the area that may be affected is one of them).
"""

from __future__ import annotations

from collections.abc import Mapping

from templates.facts import Facts


def area_text(words: Mapping[str, str], facts: Facts) -> str:
    """The sentence without its stop; empty where the texts name every area already. What an issuer is called does not
    name one: its warning may be for one township of its county.
    """
    names = facts.area_names
    said = _plain("".join(_texts(facts))).replace(_plain(facts.sender), "")
    if not facts.area_room or all(_plain(name) in said for name in names):
        return ""
    shown = _fitting(names, words["area_comma"], facts.area_room)
    area = words["area_comma"].join(shown)
    if left := len(names) - len(shown):
        area = words["area_more"].format(area=area, count=left)
    over = words.get("area_over") if facts.kind == "Cancel" else None
    return (over or words["area"]).format(area=area)


def _texts(facts: Facts) -> tuple[str, ...]:
    others = (text for one in facts.others for text in (one.place, one.headline, one.description, one.instruction))
    return (facts.headline, facts.description, facts.instruction, facts.note, *others)


def _fitting(names: tuple[str, ...], comma: str, room: int) -> list[str]:
    """As many of the names as there is room for, one at least, which is cut where it alone is too long."""
    first, *others = names
    shown = [first if len(first) <= room else f"{first[: room - 1]}…"]
    for name in others:
        if len(comma.join((*shown, name))) > room:
            break
        shown.append(name)
    return shown


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
