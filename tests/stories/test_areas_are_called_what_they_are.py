"""An area that is called otherwise than it is coded is shown to whoever signs: its people are told of another place."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alert.alert import Area, NamedValue
from hub.alert.views import AlertView
from hub.formats.cap.write import write
from hub.signoff import freeze
from targeting.audience import Polygon
from tests.stories.town import BAOTA, BRIDGE, RIVER, ZHIDAN, Town
from tests.stories.warnings import SCHEME, alert_of

RING = ((36.5, 109.4), (36.5, 109.6), (36.7, 109.6), (36.7, 109.4), (36.5, 109.4))


def area(description: str, *codes: str, drawn: bool = False) -> Area:
    polygons = (Polygon(RING),) if drawn else ()
    return Area(description, polygons, geocodes=tuple(NamedValue(SCHEME, code) for code in codes))


async def submitted(town: Town, *areas: Area) -> AlertView:
    made = alert_of(town.clock.now(), "called-1", areas=areas)
    return await town.submits(await town.drafts(write(made), channels=("sms",)))


def differing(view: AlertView) -> list[dict[str, Any]]:
    return [each["values"] for each in view.findings if each["rule"] == "area-name-differs"]


@pytest.mark.parametrize(
    ("areas", "said", "coded"),
    [
        ([area("志丹县", BRIDGE)], "志丹县", "桥镇"),
        ([area("延安市志丹县桥镇", BRIDGE)], "志丹县", "桥镇"),
        ([area("桥镇、山镇", BRIDGE)], "山镇", "桥镇"),
        ([area("宝塔区及志丹县部分乡镇", BAOTA)], "志丹县", "宝塔区"),
        ([area("桥镇", BRIDGE), area("志丹县", RIVER)], "志丹县", "桥镇、河镇"),
        ([area("河谷，志丹县境内", BRIDGE, drawn=True)], "志丹县", "桥镇"),
        ([area("延安市志\u200b丹县", BAOTA)], "志丹县", "宝塔区"),
    ],
)
async def test_an_area_called_otherwise_than_it_is_coded_is_shown(town: Town, areas, said: str, coded: str) -> None:
    assert differing(await submitted(town, *areas)) == [{"said": said, "coded": coded}] * 2, "in both languages"


@pytest.mark.parametrize(
    "areas",
    [
        [area("桥镇", BRIDGE)],
        [area("陕西省延安市宝塔区桥镇", BRIDGE)],
        [area("陕西省 延安市 宝塔区", BRIDGE)],
        [area("宝塔区：桥镇、河镇", BAOTA)],
        [area("宝塔区桥镇、河镇等地", BRIDGE, RIVER)],
        [area("桥镇、河镇", BRIDGE), area("桥镇、河镇", RIVER)],
        [area("宝塔", BRIDGE)],
        [area("河谷沿岸低洼地带，近志丹县界", BRIDGE)],
        [area("Zhidan County", BRIDGE)],
        [area("志丹县境内河谷", drawn=True)],
        [area("志丹县和宝塔区", BAOTA, ZHIDAN)],
        [area("城区", BRIDGE)],
    ],
)
async def test_chains_short_names_and_several_names_of_a_block_are_no_difference(town: Town, areas) -> None:
    assert differing(await submitted(town, *areas)) == []


async def test_the_draft_shows_it_before_anyone_signs(town: Town) -> None:
    made = alert_of(town.clock.now(), "called-1", areas=(area("志丹县", BRIDGE),))
    draft = await town.drafts(write(made), channels=("sms",))
    (first, _) = [each for each in draft.findings if each["rule"] == "area-name-differs"]
    assert (first["element"], first["level"]) == ("alert/info[1]/area[1]/areaDesc", "warn")


async def test_without_the_look_nobody_would_be_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: the story above would fail."""
    monkeypatch.setattr(freeze, "misnamed_areas", lambda _connection, _alert: [])
    assert differing(await submitted(town, area("志丹县", BRIDGE))) == []
