"""What follows from the figures of an estimate is a matter of settings, level by level."""

from __future__ import annotations

import pytest
from pyroaring import BitMap

from hub.estimate.gaps import Formless, UnwrittenLanguage, unwritten
from hub.estimate.judgement import Measurement, judge
from hub.estimate.load import Load
from hub.settings.settings import EstimateSettings, LevelBudget, LevelJudgement

PEOPLE = BitMap(range(10))
DEAF = Formless("hearing_impaired", "听力障碍者", ("text",), 3, 0, offered=False)


def look(**changes: object) -> Measurement:
    told: dict[str, object] = {
        "persons": PEOPLE,
        "unreachable": BitMap(),
        "unwritten": (),
        "formless": (),
        "loads": {24: Load(PEOPLE)},
    }
    return Measurement(**(told | changes))  # type: ignore[arg-type]


def tired(times: int) -> dict[int, Load]:
    load = Load(PEOPLE)
    for _ in range(times):
        load.add(BitMap([1, 2]))
    return {24: load}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"unwritten": (UnwrittenLanguage("en", 4),)}, "missing-language"),
        ({"formless": (DEAF,)}, "missing-accessible-form"),
        ({"unreachable": BitMap([1, 2])}, "unreachable-share"),
        ({"loads": tired(3)}, "fatigue"),
    ],
)
def test_each_rule_warns_blocks_or_is_off_as_the_settings_say_for_the_level(changes: dict, rule: str) -> None:
    name = rule.replace("-", "_")
    for verdict in ("warn", "block", "off"):
        settings = EstimateSettings(**{name: LevelJudgement(blue=verdict)})
        found = [(finding["rule"], finding["level"]) for finding in judge(look(**changes), settings, "blue")]
        assert found == ([] if verdict == "off" else [(rule, verdict)])


def test_a_level_without_a_budget_tires_nobody() -> None:
    assert judge(look(loads=tired(9)), EstimateSettings(), "red") == []
    assert judge(look(loads=tired(2)), EstimateSettings(budget_day=LevelBudget(blue=3)), "blue") == []


def test_a_group_that_some_channel_fits_is_no_finding_though_not_everyone_has_it() -> None:
    offered = Formless("hearing_impaired", "听力障碍者", ("text",), 3, 1, offered=True)
    assert judge(look(formless=(offered,)), EstimateSettings(), "red") == []


def test_a_share_at_the_bound_is_no_finding_and_one_person_more_is() -> None:
    settings = EstimateSettings(unreachable_most=0.2)
    assert judge(look(unreachable=BitMap([1, 2])), settings, "red") == []
    assert judge(look(unreachable=BitMap([1, 2, 3])), settings, "red")


def test_what_blocks_stands_before_what_warns() -> None:
    settings = EstimateSettings(unreachable_share=LevelJudgement(red="block"))
    found = judge(look(unwritten=(UnwrittenLanguage("en", 4),), unreachable=PEOPLE), settings, "red")
    assert [finding["level"] for finding in found] == ["block", "warn"]


def test_a_text_in_a_language_serves_all_who_speak_a_variety_of_it() -> None:
    spoken = {"zh": 5, "zh-TW": 2, "en-US": 3, "ug": 4}
    assert unwritten(spoken, {"zh-CN", "EN"}) == (UnwrittenLanguage("ug", 4),)
