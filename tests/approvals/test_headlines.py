"""Headlines as officials write them, true and untrue: what is true is never refused, what is untrue is refused where it
is plain and shown to the signers where it is doubtful.

Each is tried as the headline of an orange warning (暴雨橙色预警); `test_issuer_names` has whose name it bears.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from approvals import lifting, stated_level
from approvals.doubtful_level import doubtful_levels
from approvals.event_table import load_events
from approvals.level import Level
from approvals.lifting import loose_endings, reads_as_lifting
from approvals.stated_level import stated_levels

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")
SIGNED = Level.ORANGE

#: true, and nothing in them misleads
PLAIN = [
    "城口县气象台发布暴雨橙色预警信号",
    "城口县气象台7月12日14时30分继续发布暴雨橙色预警信号",
    "将暴雨黄色预警信号升级为橙色",
    "由黄色升级为橙色预警",
    "暴雨预警由黄色升级为橙色",
    "将暴雨红色预警信号降级为橙色",
    "解除暴雨黄色预警信号，发布暴雨橙色预警信号",
    "红桥区暴雨橙色预警，启动Ⅰ级应急响应",
    "太原暴雨橙色预警",
    "暴雨橙色预警（第2号）",
    "暴雨橙色预警，风力3-4级",
    "大风橙色预警，阵风4级",
    "一级公路关闭，暴雨橙色预警",
    "高温橙色预警，最高气温42度",
    "高温橙色预警 最高 42度",
    "暴雨橙色预警 最高雨量200毫米",
    "暴雨橙色预警 特别严重影响交通",
    "暴雨橙色预警，警报解除前勿返回",
    "暴雨橙色预警，取消一切户外活动",
    "暴雨橙色预警，航班取消",
    "暴雨橙色预警 考试取消",
    "暴雨橙色预警期间取消户外活动",
    "暴雨橙色预警 比赛终止",
    "暴雨橙色预警，停止户外作业",
    "暴雨橙色预警尚未解除",
    "暴雨橙色预警未解除前请勿外出",
    "暴雨橙色预警，险情未解除",
    "请在橙色预警结束前留在室内",
    "民警提醒：暴雨橙色预警",
    "Red River flood orange warning",
    "Orange rainstorm warning: do not return until the warning is lifted",
    "Stay inside until the end of the warning: orange rainstorm warning",
    "Orange rainstorm warning has not been lifted",
    "Orange rainstorm warning: flights cancelled",
    "Rainstorm warning upgraded from yellow to orange",
    "Orange rainstorm warning in effect until the warning is cancelled",
]
#: true as often as not: whoever signs sees the words that may mislead
TRUE_AND_SHOWN = [
    "城口县气象台发布暴雨橙色预警，取代8时发布的黄色预警",
    "城口县气象台发布暴雨橙色预警信号，原黄色预警信号解除",
    "城口县气象台发布暴雨橙色预警信号，原暴雨红色预警信号同时解除",
    "发布暴雨橙色预警信号原黄色预警信号解除",
    "暴雨橙色预警，8时黄色预警同时失效",
    "暴雨橙色预警 此前发布的黄色预警同时废止",
    "暴雨橙色预警，此前黄色预警作废",
    "暴雨橙色预警，代替黄色预警",
    "暴雨橙色预警信号替换黄色预警信号",
    "暴雨橙色预警，黄色预警升级",
    "嘉陵江超二级警戒，超红色警戒，发布洪水橙色预警",
    "暴雨橙色预警，水位超黄色警戒线",
    "暴雨橙色预警，超过黄色警戒水位",
    "暴雨橙色预警，水位达到红色警戒",
    "暴雨橙色预警（3）",
    "暴雨橙色预警（Ⅲ）",
    "暴雨橙色预警，红色旅游区关闭",
    "Orange rainstorm warning replaces the yellow warning",
    "Orange rainstorm warning supersedes the yellow warning issued at 08:00",
    "Orange rainstorm warning, replacing the yellow warning",
    "Orange rainstorm warning in place of yellow warning",
    "Orange rainstorm warning, formerly a yellow warning",
    "Orange rainstorm warning (previously yellow)",
    "Orange rainstorm warning in force, yellow warning lifted",
    "Orange rainstorm warning, yellow warning lifted",
]
#: doubtful: it may be true, and reads as something else
SHOWN = [
    "暴雨一级",
    "暴雨猪肝色预警",
    "白色暴雨预警",
    "特级暴雨预警",
    "Category 1 rainstorm warning",
    "红色城口县暴雨橙色预警",
    "暴雨橙色预警，大风预警解除",
    "暴雨橙色预警，险情已解除",
    "暴雨橙色预警将于20时解除",
    "暴雨橙色预警有效期至20时结束",
    "发布暴雨橙色预警，暴雨橙色预警解除",
]
#: another level
OTHER_LEVEL = [
    "暴雨红色预警",
    "暴雨橙色预警、红色预警",
    "暴雨橙色预警，取代蓝色预警的红色预警",
    "暴雨橙色预警升级红色",
    "暴雨预警由蓝变红",
    "暴雨预警进入红色",
    "暴雨Ⅰ级（特别严重）预警",
    "暴雨预警Ⅰ级（特别严重）",
    "暴雨红牌预警",
    "暴雨红码",
    "暴雨红铯预警",
    "暴雨洪色预警",
    "暴雨篮色预警",
    "暴雨橙色预警（红）",
    "暴雨橙色预警（特别严重）",
    "🛑暴雨预警",
    "原红色预警",
    "Red storm warning",
    "Highest rainstorm warning",
    "Rainstorm warning becomes red",
    "Orange warning superseded by red warning",
    "Instead of an orange warning, red warning",
]
#: an end
OVER = [
    "暴雨橙色预警予以解除",
    "暴雨橙色预警今日解除",
    "暴雨橙色预警己解除",
    "发布暴雨橙色预警解除",
    "城口县气象台7月12日发布暴雨橙色预警解除",
    "暴雨橙色预警信号现已全部予以解除",
    "暴雨橙色预警结束",
    "暴雨橙色预警终止",
    "暴雨橙色预警撤消",
    "撤消暴雨橙色预警",
    "终止暴雨橙色预警",
    "结束暴雨橙色预警",
    "暴雨橙色预警失效",
    "暴雨橙色预警已失效",
    "暴雨橙色预警作废",
    "暴雨橙色预警为误报",
    "暴雨橙色预警系误发",
    "暴雨橙色预警不再有效",
    "【预警】暴雨橙色预警解除",
    "预警信息：城口县气象台解除暴雨橙色预警",
    "Orange rainstorm warning expired",
    "Orange rainstorm warning has ended",
    "Orange rainstorm warning called off",
    "End of orange rainstorm warning",
    "Cancellation of orange rainstorm warning",
    "Stand down: orange rainstorm warning",
    "Orange rainstorm warning: false alarm",
    "Orange rainstorm warning issued in error",
    "Warning: orange rainstorm warning lifted",
]


def is_refused(headline: str) -> bool:
    return bool(stated_levels(headline, EVENTS) - {SIGNED}) or reads_as_lifting(headline)


def is_shown(headline: str) -> bool:
    doubts = [doubt for doubt in doubtful_levels(headline, EVENTS) if doubt.level is not SIGNED]
    return bool(doubts or loose_endings(headline, SIGNED))


@pytest.mark.parametrize("headline", PLAIN)
def test_what_is_true_and_plain_goes_out_as_it_is(headline: str) -> None:
    assert (is_refused(headline), is_shown(headline)) == (False, False)


@pytest.mark.parametrize("headline", [*TRUE_AND_SHOWN, *SHOWN])
def test_what_may_mislead_is_shown_and_stops_no_warning(headline: str) -> None:
    assert (is_refused(headline), is_shown(headline)) == (False, True)


@pytest.mark.parametrize("headline", OTHER_LEVEL)
def test_another_level_is_refused(headline: str) -> None:
    assert stated_levels(headline, EVENTS) - {SIGNED}


@pytest.mark.parametrize("headline", OVER)
def test_an_end_is_refused(headline: str) -> None:
    assert reads_as_lifting(headline)


@pytest.mark.parametrize(
    "headline",
    [
        "暴雨预警已解除，大风预警生效",
        "暴雨橙色预警解除；注意大风预警",
        "解除暴雨预警，大风预警继续",
        "Rainstorm warning lifted; a gale warning is issued",
    ],
)
def test_the_end_of_one_warning_beside_another_that_holds_is_no_end(headline: str) -> None:
    assert not reads_as_lifting(headline)


def test_it_is_the_reading_of_what_was_that_lets_true_warnings_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading taken out: a warning that says what it replaces is taken for two levels."""
    monkeypatch.setattr(stated_level, "without_former", lambda text: text)
    monkeypatch.setattr(stated_level, "without_gauges", lambda text: text)
    refused = [headline for headline in TRUE_AND_SHOWN if is_refused(headline)]
    assert len(refused) > len(TRUE_AND_SHOWN) / 2


def test_it_is_the_look_at_what_is_waited_for_that_lets_true_warnings_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look taken out: "until the warning is lifted" is taken for its end."""
    monkeypatch.setattr(lifting, "_ENGLISH_LATER", re.compile("(?!)"))
    assert is_refused("Rainstorm warning: do not return until the warning is lifted")
