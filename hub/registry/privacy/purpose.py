"""What a list of people may be taken in for: the purposes there are, and the world each belongs to (PD-1)."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import Invalid
from hub.rules.rule import Rule
from hub.store.register.purposes import ALERT, DRILL, RESPONSIBLE

#: whoever gave a number for an exercise is in no register of real warnings, nor the other way round (EX-1)
WORLDS: Mapping[str, str] = {ALERT: "live", RESPONSIBLE: "live", DRILL: "exercise"}


def purpose_of(asked: str | None, world: str) -> str:
    """The purpose of a list for a hub of this world; unsaid it is what the hub is for. Raises Invalid."""
    purpose = asked or (ALERT if world == "live" else DRILL)
    if WORLDS.get(purpose) != world:
        fitting = ", ".join(sorted(name for name, where in WORLDS.items() if where == world))
        text = f"a list given for {purpose} is not for this hub, which is {world}: it takes {fitting}"
        raise Invalid(text, rule=Rule.PD_1, place="purpose")
    return purpose
