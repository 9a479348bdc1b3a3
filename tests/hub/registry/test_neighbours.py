"""Whose outlines touch an area's are its neighbours, across provinces too; where none is known somebody chooses."""

from __future__ import annotations

from shapely.geometry import box

from hub.registry.neighbours import Neighbours, neighbours_of
from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.register import regions
from hub.store.register.regions import NewRegion

A, B, C, D, E = "500112000000", "500230000000", "511602000000", "500113000000", "500114000000"
PLACES = (
    NewRegion("000000000000", "全国", None, 0),
    NewRegion("500000000000", "重庆市", "000000000000", 1),
    NewRegion("500100000000", "市辖区", "500000000000", 2),
    NewRegion("500200000000", "县", "500000000000", 2),
    NewRegion("510000000000", "四川省", "000000000000", 1),
    NewRegion("511600000000", "广安市", "510000000000", 2),
    NewRegion(A, "渝北区", "500100000000", 3),
    NewRegion(D, "巴南区", "500100000000", 3),
    NewRegion(E, "黔江区", "500100000000", 3),
    NewRegion(B, "丰都县", "500200000000", 3),
    NewRegion(C, "广安区", "511600000000", 3),
)


async def beside(db, *chosen: str, **drawn) -> tuple[str, ...]:
    return (await found(db, *chosen, **drawn)).names


async def found(db, *chosen: str, governed: str = "", more: int = 0, **drawn) -> Neighbours:
    def work(connection):
        counties = [NewRegion(f"5002{at:02}000000", f"{at}县", "500200000000", 3) for at in range(40, 40 + more)]
        regions.upsert(connection, [*PLACES, *counties])
        if governed:
            units.ensure(connection, Unit(0, "a government", governed, units.GOVERNMENT), 0)
        ids = regions.ids_by_key(connection, (place.key for place in PLACES))
        for name, shape in drawn.items():
            regions.set_outline(connection, ids[globals()[name]], shape)
        return neighbours_of(connection, A, chosen)

    return await db.write(work)


async def test_who_touches_is_a_neighbour_whatever_province_it_lies_in(db) -> None:
    near = {"A": box(106, 29, 107, 30), "B": box(107, 29, 108, 30), "C": box(106, 30, 107, 31)}
    assert await beside(db, **near, D=box(109, 29, 110, 30), E=box(111, 29, 112, 30)) == ("丰都县", "广安区")


async def test_who_is_not_drawn_may_be_one_until_somebody_has_chosen(db) -> None:
    drawn = {"A": box(106, 29, 107, 30), "D": box(109, 29, 110, 30)}
    assert await beside(db, **drawn) == ("黔江区", "丰都县")
    assert await beside(db, C, **drawn) == ("广安区",)


async def test_without_an_outline_everybody_under_the_same_superior_is_named_and_a_code_alone_is_no_superior(
    db,
) -> None:
    assert await beside(db) == ("巴南区", "黔江区", "丰都县")
    assert await beside(db, C, "某某水文站") == ("广安区", "某某水文站")


async def test_who_was_chosen_is_named_before_who_touches(db) -> None:
    near = {"A": box(106, 29, 107, 30), "B": box(107, 29, 108, 30)}
    assert await beside(db, C, **near) == ("广安区", "丰都县")


async def test_where_nothing_is_known_a_few_are_named_and_the_others_counted(db) -> None:
    told = await found(db, more=34)
    assert (len(told.names), told.unnamed) == (8, 37 - 8)


async def test_who_has_a_registered_government_is_named_before_the_others(db) -> None:
    told = await found(db, governed="500273000000", more=34)
    assert told.names[:2] == ("73县", "巴南区")


async def test_a_choice_leaves_nobody_to_be_counted(db) -> None:
    assert await found(db, C, more=34) == Neighbours(("广安区",))
