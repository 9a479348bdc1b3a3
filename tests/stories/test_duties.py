"""A release obliges its unit to report up and to tell its neighbours; who was told, and whether in time, is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals.official import Right
from hub.clock import to_ms
from hub.duties import Receipt
from hub.errors import Conflict, Forbidden, Invalid
from hub.store import audit, officials
from hub.store.officials import NewOfficial
from tests.stories.town import BAOTA, CITY, Cast

TOLD = Receipt("telephone", "市值班室")


async def test_a_release_opens_two_duties_that_are_met_by_its_unit_with_a_receipt(settle) -> None:
    town = await settle(Cast(bridge=1, river=0, hills=1, officials_of=BAOTA))
    city = NewOfficial("mayor", "延安市人民政府", CITY, frozenset({Right.DRAFT}), "government")
    mayor = await town.hub.db.write(lambda c: officials.add(c, city, to_ms(town.clock.now())))
    rain = await town.warns(channels=("sms",))
    report, neighbours = await town.hub.duties.listed(rain.id, only_open=True)
    assert (report.kind, report.proposed, report.overdue) == ("report-up", ("延安市人民政府",), False)
    assert (neighbours.kind, neighbours.proposed) == ("notify-neighbours", ("志丹县",))
    author, close = town.officials["author"], town.hub.duties.close
    with pytest.raises(Forbidden):
        await close(mayor, report.id, TOLD)
    with pytest.raises(Invalid):
        await close(author, report.id, Receipt("telephone", " "))
    with pytest.raises(Invalid):
        await close(author, report.id, Receipt("telephone", "市值班室", town.clock.now() + timedelta(seconds=1)))
    met = await close(author, report.id, TOLD)
    assert (met.by, met.receiver, met.channel, met.overdue) == ("author", "市值班室", "telephone", False)
    with pytest.raises(Conflict):
        await close(author, report.id, TOLD)
    town.clock.advance(10 * 60 + 1)  # orange: ten minutes
    assert [(each.id, each.overdue) for each in await town.hub.duties.listed(only_open=True)] == [(neighbours.id, True)]
    assert (await close(author, neighbours.id, TOLD)).overdue
    (entry,) = await town.hub.db.read(lambda c: audit.of_subject(c, f"duty/{neighbours.id}"))
    assert '"late":true' in entry.detail
    over = await town.cancels(rain)
    assert await town.hub.duties.listed(over.id) == ()
