"""A release obliges its unit to report up and to tell its neighbours and the garrison; who was told, and whether in time, is kept."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.load import policy_of
from approvals.official import Official, Right
from hub.cli.duty import _line
from hub.clock import to_ms
from hub.errors import Conflict, Forbidden, Invalid
from hub.settings.settings import CONFIG_DIR
from hub.signoff.duties import DutyReceipt, DutyView
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.records import audit
from tests.stories.town import BAOTA, CITY, Cast

TOLD = DutyReceipt("telephone", "市值班室")


async def test_a_release_opens_three_duties_that_are_met_by_its_unit_with_a_receipt(settle) -> None:
    town = await settle(Cast(bridge=1, river=0, hills=1, officials_of=BAOTA))
    city = NewOfficial("mayor", "延安市人民政府", CITY, frozenset({Right.DRAFT}), "government")
    troops = NewOfficial("liaison", "延安军分区", CITY, frozenset({Right.MONITOR}), "garrison")
    await town.hub.db.write(lambda c: officials.add(c, troops, to_ms(town.clock.now())))
    mayor = await town.hub.db.write(lambda c: officials.add(c, city, to_ms(town.clock.now())))
    rain = await town.warns(channels=("sms",))
    report, neighbours, garrison = await town.hub.transactions.read(
        lambda tx: town.hub.duties.list_duties(tx, rain.id, only_open=True)
    )
    assert (report.kind, report.proposed, report.overdue) == ("report-up", ("延安市人民政府",), False)
    assert (neighbours.kind, neighbours.proposed) == ("notify-neighbours", ("志丹县",))
    assert (garrison.kind, garrison.proposed) == ("notify-garrison", ("延安军分区",))
    author = town.officials["author"]

    async def close(by: Official, number: int, receipt: DutyReceipt) -> DutyView:
        return await town.hub.transactions.write(by.name, lambda tx: town.hub.duties.close(tx, by, number, receipt))

    with pytest.raises(Forbidden):
        await close(mayor, report.id, TOLD)
    with pytest.raises(Invalid):
        await close(author, report.id, DutyReceipt("telephone", " "))
    with pytest.raises(Invalid):
        await close(author, report.id, DutyReceipt("telephone", "市值班室", town.clock.now() + timedelta(seconds=1)))
    met = await close(author, report.id, TOLD)
    assert (met.by, met.receiver, met.channel, met.overdue) == ("author", "市值班室", "telephone", False)
    with pytest.raises(Conflict):
        await close(author, report.id, TOLD)
    town.clock.advance(10 * 60 + 1)  # orange: ten minutes
    late = [
        (each.id, each.overdue)
        for each in await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, only_open=True))
    ]
    assert late == [(neighbours.id, True), (garrison.id, True)]
    assert (await close(author, neighbours.id, TOLD)).overdue
    (entry,) = await town.hub.db.read(lambda c: audit.of_subject(c, f"duty/{neighbours.id}"))
    assert '"late":true' in entry.detail
    over = await town.cancels(rain)
    assert await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, over.id)) == ()


@pytest.mark.parametrize(("levels", "told"), [(["red"], False), (["orange"], True), (["*"], True)])
async def test_of_which_warnings_the_garrison_is_told_is_said_by_the_policy(settle, levels, told: bool) -> None:
    town = await settle(Cast(bridge=1, river=0, hills=0))
    tree = tomllib.loads((CONFIG_DIR / "authority.toml").read_text(encoding="utf-8"))
    tree["garrison"] |= {"levels": levels}
    policy = policy_of(tree, town.hub.policy.events)
    rain = await town.prepares(channels=("sms",))
    releases = replace(town.hub.releases, policy=policy)
    await releases.release(town.officials["releaser"], rain.id, rain.digest or "")
    kinds = {
        each.kind for each in await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, rain.id))
    }
    assert ("notify-garrison" in kinds) is told
    assert {"report-up", "notify-neighbours"} <= kinds


async def test_where_nobody_above_is_registered_a_department_reports_to_the_government_of_its_place(settle) -> None:
    town = await settle(Cast(bridge=1, river=0, hills=0, officials_of=BAOTA))
    county = NewOfficial("head", "宝塔区人民政府", BAOTA, frozenset({Right.DRAFT}), "government")
    await town.hub.db.write(lambda c: officials.add(c, county, to_ms(town.clock.now())))
    rain = await town.warns(channels=("sms",))
    report, *_ = await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, rain.id))
    assert (report.kind, report.proposed) == ("report-up", ("宝塔区人民政府",))
    assert "report-up" in _line(report)
    assert "proposed: 宝塔区人民政府" in _line(report)
    assert "no unit to be told is registered" in _line(replace(report, proposed=()))
    city = NewOfficial("mayor", "延安市人民政府", CITY, frozenset({Right.DRAFT}), "government")
    await town.hub.db.write(lambda c: officials.add(c, city, to_ms(town.clock.now())))
    assert (await town.hub.transactions.read(lambda tx: town.hub.duties.list_duties(tx, rain.id)))[0].proposed == (
        "延安市人民政府",
    )
