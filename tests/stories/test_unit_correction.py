"""A unit registered with a wrong area or kind is corrected by two administrators, and what it began is judged anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from approvals.official import Official, Right
from hub.clock import to_ms
from hub.errors import Conflict, Invalid, NotFound, Refusal
from hub.signoff import unit_correction
from hub.store.access import officials, units
from hub.store.access.officials import NewOfficial
from hub.store.records import alarms, audit
from tests.stories.town import BAOTA, ZHIDAN, Cast, Town

KEEPERS = ("keeper", "second keeper")


@dataclass
class Platform:
    town: Town
    keepers: list[Official]

    async def asks(self, **payload: Any) -> Any:
        given = {"name": "office", "reason": "typed wrongly", **payload}
        return (await self.town.hub.administration.propose(self.keepers[0], "unit-correct", given)).request

    async def corrects(self, **payload: Any) -> Any:
        request = await self.asks(**payload)
        return await self.town.hub.administration.approve(self.keepers[1], request.id, request.digest)

    async def unit(self) -> units.Unit:
        found = await self.town.hub.db.read(lambda connection: units.by_name(connection, "office"))
        assert found is not None
        return found

    async def author(self) -> Official:
        """As the table has them now."""
        name = self.town.officials["author"].name
        found = await self.town.hub.db.read(lambda connection: officials.by_name(connection, name))
        assert found is not None
        return found.official


@pytest.fixture
async def platform(settle: Any) -> Platform:
    town: Town = await settle(Cast(officials_of=BAOTA))

    def enrol(connection: Any) -> list[Official]:
        now, rights = to_ms(town.clock.now()), frozenset({Right.ADMINISTER})
        news = [NewOfficial(name, "platform", "000000000000", rights) for name in KEEPERS]
        return [officials.add(connection, new, now) for new in news]

    return Platform(town, await town.hub.db.write(enrol))


async def test_two_administrators_correct_a_unit_and_everyone_in_it(platform: Platform) -> None:
    request = await platform.asks(area=ZHIDAN, kind="water")
    assert ((await platform.unit()).area, (await platform.author()).area) == (BAOTA, BAOTA)
    with pytest.raises(Refusal) as refused:
        await platform.town.hub.administration.approve(platform.keepers[0], request.id, request.digest)
    assert refused.value.rule == "SEP-5"
    done = await platform.town.hub.administration.approve(platform.keepers[1], request.id, request.digest)
    assert done.result["was"] == {"area": BAOTA, "kind": "meteorological"}
    unit, author = await platform.unit(), await platform.author()
    assert (unit.area, unit.kind, author.area, author.kind) == (ZHIDAN, "water", ZHIDAN, "water")
    entries = await platform.town.hub.db.read(lambda connection: audit.of_subject(connection, "unit/office"))
    assert [entry.action for entry in entries] == ["request-unit-correct", "approve-unit-correct"]
    assert "typed wrongly" in entries[0].detail


async def test_what_waits_for_decisions_and_is_not_the_corrected_units_goes_back_to_its_author(
    platform: Platform,
) -> None:
    town = platform.town
    waiting, ready, draft = await town.submits(await town.drafts()), await town.prepares(), await town.drafts()
    done = await platform.corrects(kind="water")
    assert done.result["returned"] == [waiting.id, ready.id]
    for view in (waiting, ready, draft):
        found = await town.hub.alerts.get(view.id)
        assert (found.stage, found.digest) == ("draft", None)
    told = await town.hub.db.read(alarms.recent)
    assert [(each.kind, each.subject) for each in reversed(told)] == [
        ("unit-corrected", f"alert/{waiting.id}"),
        ("unit-corrected", f"alert/{ready.id}"),
    ]
    with pytest.raises(Refusal):
        await town.releases(replace(ready, digest=ready.digest))


async def test_what_the_corrected_unit_may_warn_of_goes_on(platform: Platform) -> None:
    ready = await platform.town.prepares()
    assert (await platform.corrects(area="610600000000")).result["returned"] == []
    assert (await platform.town.releases(ready)).stage == "released"


@pytest.mark.parametrize("change", [{"area": ZHIDAN}, {"kind": "water"}])
async def test_a_unit_that_could_not_end_what_it_has_in_force_is_not_corrected_until_that_is_over(
    platform: Platform, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rain = await platform.town.warns(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await platform.asks(**change)
    assert refused.value.rule == "unit-in-force"
    assert f"alert {rain.id}" in str(refused.value)
    with monkeypatch.context() as without:  # the guard taken out: nobody in the unit may end its warning
        without.setattr(unit_correction, "_in_force", lambda *_: ())
        await platform.asks(**change)
    await platform.town.cancels(rain)
    other = {"reason": "found out later"} | change
    await platform.town.hub.administration.reject(platform.keepers[0], 1, "anew")
    assert (await platform.corrects(**other)).done


@pytest.mark.parametrize(
    ("change", "refusal", "rule"),
    [
        ({}, Conflict, "unit-same"),
        ({"area": BAOTA}, Conflict, "unit-same"),
        ({"area": "999999999999"}, Invalid, "region-unknown"),
        ({"kind": "circus"}, Invalid, "kind-unknown"),
        ({"area": ZHIDAN, "reason": " "}, Invalid, "SEP-7"),
        ({"area": ZHIDAN, "name": "nowhere"}, NotFound, "unit-unknown"),
    ],
)
async def test_a_correction_that_corrects_nothing_or_names_what_is_not_there_is_refused(
    platform: Platform, change: dict[str, str], refusal: type[Refusal], rule: str
) -> None:
    with pytest.raises(refusal) as refused:
        await platform.asks(**change)
    assert refused.value.rule == rule
    assert (await platform.unit()).area == BAOTA
