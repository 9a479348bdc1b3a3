"""Units and the people in them: area and kind for good, one person however many accounts."""

from __future__ import annotations

import pytest

from approvals.official import Right
from hub.errors import Conflict, Invalid, NotFound
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from hub.store.access.units import Unit
from hub.store.alerts import alerts
from hub.store.schema import alert_authors

DRAFT = frozenset({Right.DRAFT})
SIGN = frozenset({Right.SIGN})
ADMINISTER = frozenset({Right.ADMINISTER})


def official(name: str, rights: frozenset[Right] = DRAFT, **changes) -> NewOfficial:
    return NewOfficial(**{"name": name, "unit": "气象局", "area": "610000000000", "rights": rights} | changes)


async def test_an_official_carries_the_kind_of_the_unit_and_the_office_held_in_it(db):
    new = official("Wang", kind="meteorological", office="duty")
    made = await db.write(lambda connection: officials.add(connection, new, 1))
    found = await db.read(lambda connection: officials.by_id(connection, made.id))
    assert found is not None
    assert found.official == made
    assert (made.kind, made.office, made.area) == ("meteorological", "duty", "610000000000")


@pytest.mark.parametrize(
    ("change", "rule"), [({"area": "620000000000"}, "unit-area"), ({"kind": "meteorological"}, "unit-kind")]
)
async def test_the_second_official_of_a_unit_cannot_change_its_area_or_kind(db, change, rule):
    await db.write(lambda connection: officials.add(connection, official("Wang"), 1))
    with pytest.raises(Conflict) as refused:
        await db.write(lambda connection: officials.add(connection, official("Li", **change), 1))
    assert refused.value.rule == rule
    (only,) = await db.read(units.everything)
    assert (only.area, only.kind) == ("610000000000", "government")
    assert len(await db.read(officials.everyone)) == 1


@pytest.mark.parametrize(("unit", "kind"), [("", "government"), ("局", " "), ("局", "k" * 33)])
async def test_a_unit_without_name_or_kind_is_refused(db, unit, kind):
    with pytest.raises(Invalid) as refused:
        await db.write(lambda connection: units.ensure(connection, Unit(0, unit, "61", kind), 1))
    assert refused.value.rule == "unit-incomplete"


async def test_nobody_is_in_office_in_a_closed_unit(db):
    made = await db.write(lambda connection: officials.add(connection, official("Wang"), 1))
    for active in (False, True):
        await db.write(lambda connection, active=active: units.set_active(connection, "气象局", active=active))
        found = await db.read(lambda connection: officials.by_id(connection, made.id))
        assert found is not None
        assert found.active is active
    with pytest.raises(NotFound):
        await db.write(lambda connection: units.set_active(connection, "nowhere", active=False))


async def test_a_third_account_belongs_to_the_first_even_when_it_names_the_second(db):
    def work(connection):
        first = officials.add(connection, official("Wang"), 1)
        second = officials.add(connection, official("Wang 2", account_of=first.id), 1)
        return first, second, officials.add(connection, official("Wang 3", account_of=second.id), 1)

    first, second, third = await db.write(work)
    assert {first.person, second.person, third.person} == {first.id}
    with pytest.raises(NotFound):
        await db.write(lambda connection: officials.add(connection, official("Li", account_of=99), 1))


async def test_a_person_cannot_administer_in_one_account_and_sign_in_another(db):
    made = await db.write(lambda connection: officials.add(connection, official("Wang", SIGN), 1))
    second = official("Wang 2", ADMINISTER, account_of=made.id)
    with pytest.raises(Invalid) as refused:
        await db.write(lambda connection: officials.add(connection, second, 1))
    assert refused.value.rule == "rights-apart"


async def test_linking_a_first_account_takes_its_other_accounts_along(db):
    def work(connection):
        one = officials.add(connection, official("A"), 1)
        other = officials.add(connection, official("B"), 1)
        officials.add(connection, official("C", account_of=other.id), 1)
        officials.link(connection, other.id, one.id)
        return one, [record.official.person for record in officials.everyone(connection)]

    one, persons = await db.write(work)
    assert persons == [one.id] * 3


async def test_who_wrote_with_a_second_account_is_an_author_with_the_first(db):
    def work(connection):
        first = officials.add(connection, official("Wang"), 1)
        second = officials.add(connection, official("Wang 2", account_of=first.id), 1)
        stranger = officials.add(connection, official("Li"), 1)
        connection.execute(alert_authors.insert().values(alert=7, official=second.id, role="editor", at=1))
        return first, second, stranger, alerts.authors(connection, 7)

    first, second, stranger, authors = await db.write(work)
    assert authors == {first.id, second.id}
    assert stranger.id not in authors
