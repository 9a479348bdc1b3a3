"""Every way to begin a headline with every way to go on: true it is never refused, of another level it always is."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from approvals.claimed_issuer import strange_issuers
from approvals.event_table import load_events
from approvals.level import Level
from approvals.lifting import reads_as_lifting
from approvals.public_name import NamedIssuer, PublicName
from approvals.stated_level import stated_levels

EVENTS = load_events(Path(__file__).resolve().parents[2] / "config" / "events.toml")
STATION = NamedIssuer("城口县气象局", (PublicName("zh", "城口县气象台"), PublicName("en", "Chengkou Observatory")))
COLOURS = {Level.RED: "红", Level.ORANGE: "橙", Level.YELLOW: "黄", Level.BLUE: "蓝"}
GRADES = {Level.RED: "Ⅰ", Level.ORANGE: "Ⅱ", Level.YELLOW: "Ⅲ", Level.BLUE: "Ⅳ"}

CHINESE = [
    "城口县气象台发布{event}{colour}色预警信号",
    "城口县气象台2026年7月12日14时30分继续发布{event}{colour}色预警",
    "{event}{colour}色预警",
    "{event}{colour}色预警信号（{grade}级）",
    "【预警】{event}{colour}色预警",
    "城口县气象台将{event}{former}色预警信号升级为{colour}色预警信号",
    "城口县气象台将{event}{former}色预警变更为{event}{colour}色预警信号",
]
CHINESE_TAILS = [
    "",
    "，请注意防范",
    "：预计未来3小时降雨量将达50毫米以上",
    "，8级以上阵风",
    "，阵风8～9级",
    "，风力4～5级，阵风7级",
    "，浪高3级",
    "，最高气温可达40℃",
    "，局地最大雨强80毫米/小时",
    "启动防汛四级应急响应",
    "，县防指启动防汛Ⅲ级应急响应",
    "，全县中小学停课",
    "，所有航班取消",
    "，取消集体活动",
    "，请立即转移到安全地带",
    "，危险区域人员立即撤离",
    "，黄河水位上涨",
    "，红石河、赤水河、黄沙溪超警戒水位",
    "，嘉陵江超警戒",
    "，超警戒水位1.2米",
    "，达到二级水位",
    "，一级公路限行",
    "，三级医院开放急诊",
    "，红十字会提供救援",
    "，请拨打119、110",
    "，详情请关注城口气象",
    "，有效期至20时",
    "，预警解除时间另行通知",
    "，解除时间待定",
    "，雨势减弱前请勿返回",
    "，预警解除后再返回",
    "，未接到解除通知不得返回",
    "，待解除后返家",
    "，险情排除前勿返回",
    "，危险尚未解除",
    "，由县应急局负责解释",
    "，请听从当地政府和村委会指挥",
    "，请服从现场工作人员引导",
    "，由公安交警管制",
    "，县消防救援大队已出动",
    "，武警已集结",
    "，县委县政府要求全力防范",
    "，红色通道关闭",
    "，佩戴红色袖标的人员引导转移",
    "，请沿黄色标线撤离",
    "，车辆请移出红黄线",
    "，请前往蓝天小学避险",
    "，请到红旗广场集合",
    "，橙子坡地质灾害点转移",
    "，地质灾害二级风险点撤离",
    "，第3号",
    "（第2期）",
    "（三）",
    "（2026年第12号）",
    "，雨强为最高",
    "，为今年最高级别",
    "，影响特别严重",
    "，影响较大",
    "，取代此前预警",
    "，此前预警同时解除",
    "，替代12日8时发布的预警",
    "，延长至18时",
    "，继续生效",
    "，更新落区",
    "，扩大到高燕镇",
    "，可能升级",
    "，不排除升级为更高级别",
]
ENGLISH = [
    "{colour} {event} warning",
    "{colour} warning for {event}",
    "{event} warning ({colour})",
    "Chengkou Observatory issued a {colour} {event} warning at 14:30 on 12 July",
    "{colour} {event} warning issued by Chengkou Observatory",
    "{colour} {event} warning issued by the Chengkou Observatory 14:30",
    "{event} warning upgraded from {former} to {colour}",
]
ENGLISH_TAILS = [
    "",
    ": stay indoors",
    ", move to higher ground now",
    ". Avoid travel",
    ": expect 50 mm in 3 hours",
    ", gusts of force 8",
    ", level 3 gusts",
    ", river 2 m above the warning level",
    ": water level above the yellow line",
    ", all flights cancelled",
    ", event cancelled",
    ", Yellow River rising",
    ": Blue Bridge closed",
    ", Red Cross shelters open",
    ": follow the advice of the county government",
    ", county government orders evacuation",
    ", police direct traffic",
    ", valid until 20:00",
    ", expires at 20:00",
    ", until the warning is lifted",
    ": stay away until the all-clear",
    ": wait for the all-clear",
    ", may be upgraded",
    ", could be raised to a higher level",
    ", replaces earlier warning",
    ", remains in force",
    ", the highest rainfall on record",
    ", highest temperature 42 C",
    ", category 3 road closed",
    ", grade 2 highway closed",
    ", level II emergency response activated",
    ", No. 3",
    "(3)",
    ", previous warning cancelled",
    ", the danger is not over",
    ", when the danger is over you will be told",
]
ENDS = [
    "{event}{colour}色预警解除",
    "发布{event}{colour}色预警解除",
    "{event}{colour}色预警信号予以解除",
    "{event}{colour}色预警失效",
]


def headlines(level: Level) -> list[str]:
    former = Level.YELLOW if level is Level.BLUE else Level.BLUE
    colours = {"colour": COLOURS[level], "former": COLOURS[former], "grade": GRADES[level]}
    said = [
        head.format(event=event, **colours) + tail
        for head, event, tail in product(CHINESE, ("暴雨", "大风", "地质灾害气象风险"), CHINESE_TAILS)
    ]
    words = {"colour": level.word.title(), "former": former.word}
    return said + [
        head.format(event=event, **words) + tail
        for head, event, tail in product(ENGLISH, ("rainstorm", "flash flood", "gale"), ENGLISH_TAILS)
    ]


@pytest.mark.parametrize("level", list(Level))
def test_a_true_headline_is_refused_for_nothing_that_follows(level: Level) -> None:
    said = headlines(level)
    assert len(said) > 1500
    assert {text: stated_levels(text, EVENTS) for text in said} == dict.fromkeys(said, frozenset({level}))
    assert [text for text in said if reads_as_lifting(text)] == []
    assert {text: names for text in said if (names := strange_issuers(text, [STATION]))} == {}


def test_an_end_is_read_whatever_follows_that_warns_of_nothing() -> None:
    tails = [tail for tail in CHINESE_TAILS if "预警" not in tail and "更新" not in tail]
    said = [
        end.format(event="暴雨", colour=colour) + tail for end, colour, tail in product(ENDS, COLOURS.values(), tails)
    ]
    assert len(said) > 900
    assert [text for text in said if not reads_as_lifting(text)] == []
