"""A warning is named after the fact by its event alone, in whatever letters its author wrote a colour."""

from __future__ import annotations

import pytest

from hub.dossier.event_name import hazard_of


@pytest.mark.parametrize(
    ("event", "hazard"),
    [
        ("暴雨", "暴雨"),
        ("暴雨红色预警信号", "暴雨"),
        ("暴雨紅色預警信號", "暴雨"),
        ("颱風紅色預警", "颱風"),
        ("红色暴雨预警", "暴雨"),
        ("桔色暴雨预警", "暴雨"),
        ("暴雨预警[Ⅰ级/特别严重]", "暴雨"),
        ("白色台风预警信号", "台风"),
        ("Flash Flood Warning", "flash flood"),
        ("Amber Wind Warning", "wind"),
        ("Red Tide", "red tide"),
        ("红色预警", "红色预警"),
    ],
)
def test_the_event_stands_without_its_colour_and_its_rank(event: str, hazard: str) -> None:
    assert hazard_of(event) == hazard
