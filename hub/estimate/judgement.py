"""What follows from an estimate, by the settings: findings that warn the reviewers or refuse a submission.

上海市实施《突发事件应对法》办法 (2018) art. 27: the old, the young, the ill and the disabled are warned by means of
their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyroaring import BitMap

from hub.alert.views import Finding
from hub.estimate.gaps import Formless, UnwrittenLanguage
from hub.estimate.load import Load
from hub.rules.rule import Rule
from hub.settings.settings import EstimateSettings
from hub.store.register.shared import CROWD, Sharing

RULES = frozenset(
    {Rule.MISSING_LANGUAGE, Rule.MISSING_ACCESSIBLE_FORM, Rule.UNREACHABLE_SHARE, Rule.FATIGUE, Rule.CROWDED_NUMBER}
)
WARN, BLOCK = "warn", "block"
DAY, WEEK = 24, 168  #: hours


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything that is judged: the people themselves as bitmaps, the rest as counts. `loads` are by hours."""

    persons: BitMap
    unreachable: BitMap
    unwritten: tuple[UnwrittenLanguage, ...]
    formless: tuple[Formless, ...]
    loads: dict[int, Load]
    shared: tuple[Sharing, ...] = ()


def budgets(settings: EstimateSettings, level: str) -> dict[int, int]:
    """Messages a person may be sent, by hours; 0 is no bound."""
    return {DAY: settings.budget_day.of(level), WEEK: settings.budget_week.of(level)}


def over(load: Load, budget: int) -> BitMap:
    """Who has had as many as the budget allows, so that one more is too many."""
    return load.having(budget) if budget else BitMap()


def judge(look: Measurement, settings: EstimateSettings, level: str) -> list[Finding]:
    """Findings in the form they are kept with an alert, `level` being warn or block; the worst first."""
    judged = (
        (Rule.MISSING_LANGUAGE, settings.missing_language.of(level), _languages(look)),
        (Rule.MISSING_ACCESSIBLE_FORM, settings.missing_accessible_form.of(level), _forms(look)),
        (Rule.UNREACHABLE_SHARE, settings.unreachable_share.of(level), _reach(look, settings.unreachable_most)),
        (Rule.FATIGUE, settings.fatigue.of(level), _fatigue(look, budgets(settings, level))),
    )
    found = [
        {"rule": rule, "element": element, "level": verdict, "text": text}
        for rule, verdict, told in judged
        if verdict != "off"
        for element, text in told
    ]
    return sorted([*found, *_crowds(look)], key=lambda finding: finding["level"] != BLOCK)


def _crowds(look: Measurement) -> Iterator[Finding]:
    """Numbers of more people than a family has: what is delivered there counts for all of them, and is known of few.

    Never a reason to send nothing, and always one to ask who else tells them.
    """
    for each in look.shared:
        if each.crowded:
            text = (
                f"{each.crowded} numbers are each of more than {CROWD} persons, {each.crowded_persons} in all, "
                f"{each.most} at one: what is delivered there counts for everyone"
            )
            values = {
                "channel": each.channel,
                "numbers": each.crowded,
                "persons": each.crowded_persons,
                "most": each.most,
            }
            yield {"rule": Rule.CROWDED_NUMBER, "element": each.channel, "level": WARN, "text": text, "values": values}


def _languages(look: Measurement) -> Iterator[tuple[str, str]]:
    for each in look.unwritten:
        yield f"language {each.language}", f"{each.persons} persons want {each.language}, and no info block is in it"


def _forms(look: Measurement) -> Iterator[tuple[str, str]]:
    for each in look.formless:
        if not each.offered:
            need = " or ".join(each.needs)
            yield f"group {each.group}", f"{each.persons} persons of {each.group} need {need}: no chosen channel has it"


def _reach(look: Measurement, most: float) -> Iterator[tuple[str, str]]:
    missed, persons = len(look.unreachable), len(look.persons)
    if persons and missed / persons > most:
        yield "channels", f"{missed} of {persons} persons have none of the chosen channels; {most:.0%} is the bound"


def _fatigue(look: Measurement, allowed: dict[int, int]) -> Iterator[tuple[str, str]]:
    for hours, budget in allowed.items():
        if hours in look.loads and (tired := len(over(look.loads[hours], budget))):
            yield f"{hours} h", f"{tired} persons were sent {budget} or more warnings within {hours} h"
