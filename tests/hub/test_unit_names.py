"""What a unit is called in public: registered by two, its own alone, and read by everybody as one name."""

from __future__ import annotations

import pytest

from hub.errors import Conflict, Invalid
from hub.store.access import units

NATION = "000000000000"


def called(*names: tuple[str, str]) -> list[dict[str, str]]:
    return [{"language": language, "name": name} for language, name in names]


async def test_a_unit_issues_under_the_names_two_administrators_registered(bureau):
    await bureau.does("unit-open", name="重庆市气象局", area=NATION, kind="meteorological")
    request = await bureau.asks("unit-names", name="重庆市气象局", public_names=called(("zh", "重庆市气象台")))
    assert (await bureau.db.read(lambda c: units.by_name(c, "重庆市气象局"))).public_names == ()
    await bureau.office.approve(bureau.bob, request.id, request.digest)
    found = await bureau.db.read(lambda c: units.by_name(c, "重庆市气象局"))
    assert [(name.language, name.text) for name in found.public_names] == [("zh", "重庆市气象台")]
    actor, action, detail = await bureau.last()
    assert (actor, action, detail["result"]["public_names"]) == ("Bob", "approve-unit-names", ["重庆市气象台"])


@pytest.mark.parametrize(
    "taken",
    [
        *(
            "重庆市气象台",
            "重庆市 气象台",
            "重庆市气象局",
            "ＣＱ Station",
            "cq station",
            "重慶市氣象臺",
            "重庆巿气象台",
        ),
        *("重 庆·市-气象台", "重庆市（气象局）", "CQ Stati\u043en", "\u0421Q Station", "CQ Statíon"),
    ],
)
async def test_no_two_units_are_called_alike_however_it_is_spelled(bureau, taken):
    names = called(("zh", "重庆市气象台"), ("en", "CQ Station"))
    await bureau.does("unit-open", name="重庆市气象局", area=NATION, kind="meteorological", public_names=names)
    await bureau.does("unit-open", name="安富街道", area=NATION, kind="government")
    with pytest.raises(Conflict) as refused:
        await bureau.asks("unit-names", name="安富街道", public_names=called(("zh", taken)))
    assert refused.value.rule == "public-name-taken"
    with pytest.raises(Conflict) as refused:
        await bureau.asks("unit-open", name=taken, area=NATION, kind="government")
    assert refused.value.rule in {"public-name-taken", "unit-exists"}


@pytest.mark.parametrize(
    "name",
    [
        "政府",
        "人民政府",
        "发布",
        "预警",
        "气象台",
        "氣象臺",
        "预警信息发布中心",
        "Government",
        "The Weather Station",
        "Police",
    ],
)
async def test_a_name_of_words_that_many_bodies_bear_is_not_registered_without_a_place(bureau, name):
    await bureau.does("unit-open", name="城口县气象局", area=NATION, kind="meteorological")
    with pytest.raises(Invalid) as refused:
        await bureau.asks("unit-names", name="城口县气象局", public_names=called(("zh", name)))
    assert refused.value.rule == "admin-payload"
    assert "put the place" in str(refused.value)
    await bureau.asks("unit-names", name="城口县气象局", public_names=called(("zh", f"城口县{name}")))


@pytest.mark.parametrize("name", ["气象台。", "【气象台】", "气\u200b象台", "a\nb", "甲局、乙局", "12379", " 气象台"])
async def test_what_people_cannot_read_as_one_name_is_not_registered(bureau, name):
    await bureau.does("unit-open", name="重庆市气象局", area=NATION, kind="meteorological")
    with pytest.raises(Invalid) as refused:
        await bureau.asks("unit-names", name="重庆市气象局", public_names=called(("zh", name)))
    assert refused.value.rule == "admin-payload"
