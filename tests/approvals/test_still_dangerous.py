"""A reason for an all-clear is read for words that say the danger goes on, and for nothing that has ended."""

from __future__ import annotations

import pytest

from approvals.still_dangerous import dangers_that_go_on

GOES_ON = (
    "降雨仍在持续并将加强。",
    "降雨持续，请继续转移",
    "降雨仍將持續，請繼續轉移",
    "水位还将继续上涨",
    "雨势将进一步加强",
    "降雨未停",
    "雨势又加大",
    "险情尚未排除",
    "危险仍未完全解除",
    "请立即撤离",
    "群众请勿返回",
    "滑坡仍可能发生",
    "预警仍然有效",
    "The rain continues.",
    "The river is still rising",
    "Rain will intensify.",
    "Evacuate now.",
    "Do not return.",
    "The danger is not over.",
)
IS_OVER = (
    "险情解除",
    "降雨已停止，水位持续下降，请继续关注天气变化。",
    "雨势持续减弱，各地继续加强巡查。",
    "雨停了，水位退至二级警戒以下，防汛Ⅳ级应急响应终止。",
    "水位不再上涨，无需继续转移。",
    "误报，请勿惊慌",
    "请继续做好防范",
    "转移群众可有序返回",
    "已转移人员何时返回，以当地政府通知为准。",
    "降雨不会继续加强",
    "能见度将持续升高",
    "火势已得到控制，未继续蔓延",
    "雨带已经东移。",
    "The rain is over; the water continues to fall.",
    "Wait for the local authorities to say when you may return.",
)


@pytest.mark.parametrize("reason", GOES_ON)
def test_a_danger_that_goes_on_is_read(reason: str) -> None:
    assert dangers_that_go_on(reason)


@pytest.mark.parametrize("reason", IS_OVER)
def test_what_has_ended_is_no_danger(reason: str) -> None:
    assert dangers_that_go_on(reason) == ()
