"""A hub that is brought to sealed acts goes on with what it has, once; deleted acts are never made up for later."""

from __future__ import annotations

from typing import Any

import pytest

from hub.clock import to_ms
from hub.dossier.acts import Acts
from hub.dossier.acts_adoption import adopt_records
from hub.errors import Conflict
from hub.store.records import audit
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, quake
from tests.stories.town import BRIDGE, Cast, Town


async def forgets_acts(town: Town) -> None:
    """The database as it was before there were acts."""
    await town.sql("DELETE FROM acts")
    await town.sql("DELETE FROM audit WHERE detail LIKE ?", '%"act":{%')
    await town.sql("UPDATE alerts SET submission = 0")
    assert town.hub.acts.witness is not None
    town.hub.acts.witness.accept(await town.hub.db.read(audit.last))


def adopts(town: Town) -> int:
    """What every start does."""
    return adopt_records(town.hub.db.engine, Acts(town.hub.keys.order), to_ms(town.clock.now()))


async def test_what_was_on_record_goes_on_and_what_waited_for_decisions_is_submitted_anew(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    waiting = await town.prepares(town.cap(BRIDGE), channels=("sms",))
    out = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await forgets_acts(town)
    assert adopts(town) == 3
    assert adopts(town) == 0
    stages = [(await town.hub.alerts.get(view.id)).stage for view in (draft, waiting, out)]
    assert stages == ["draft", "draft", "released"]
    await town.releases(await town.approves(await town.submits(await town.hub.alerts.get(waiting.id))))
    await town.releases(await town.approves(await town.submits(draft)))
    await town.cancels(out)
    assert (await town.hub.alerts.get(out.id)).stage == "cancelled"
    assert await town.alarms() == []


async def test_papers_in_force_stay_in_force_and_revoked_ones_revoked(settle: Any) -> None:
    town: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    sensor = await Sensor.known(town)
    held = await sensor.licensed()
    await forgets_acts(town)
    assert adopts(town) == 1
    assert (await sensor.sends(quake(town.clock.now()))).stage == "released"
    await town.hub.transactions.write(
        town.officials["releaser"].name,
        lambda tx: town.hub.standings.revoke(tx, town.officials["releaser"], held.id, "the sensor is being repaired"),
    )
    assert (await sensor.sends(quake(town.clock.now(), "quake-2"))).stage == "draft"


async def test_a_start_that_was_cut_off_half_way_goes_on_at_the_next(town: Town) -> None:
    views = [await town.drafts(town.cap(BRIDGE), channels=("sms",)) for _ in range(3)]
    await forgets_acts(town)
    assert adopts(town) == 3
    await town.sql("DELETE FROM acts WHERE subject = ?", f"alert/{views[2].id}")
    assert adopts(town) == 1


async def test_acts_deleted_once_the_hub_is_at_work_are_never_made_up_for(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.decides(flood, "second", "sign", verdict="reject", reason="不实")
    await town.sql("DELETE FROM acts WHERE subject = ?", f"alert/{flood.id}")
    await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", flood.id)
    assert adopts(town) == 0
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "acts"
