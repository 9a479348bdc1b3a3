"""Somebody with SQL rolls the whole record back to before a no: acts and log are whole, of an earlier day, and yet not believed."""

from __future__ import annotations

import pytest

from approvals.audit import Verified
from hub.acts import Acts
from hub.acts_adoption import adopt_records
from hub.clock import to_ms
from hub.delivery import AlertView
from hub.errors import Conflict
from hub.store import audit
from tests.stories.town import Town


async def rolled_back(town: Town) -> AlertView:
    """A warning rejected and, some rounds of the sweep later, put back to what it was before, acts and log included."""
    flood = await town.prepares(channels=("sms",))
    last = await town.hub.db.read(audit.last)
    assert last is not None
    await town.decides(flood, "second", "sign", verdict="reject", reason="不实")
    await town.sweeps()
    await town.sql("DELETE FROM acts WHERE entry > ?", last.seq)
    await town.sql("DELETE FROM audit WHERE seq > ?", last.seq)
    await town.sql("DELETE FROM decisions WHERE verdict = 'reject'")
    await town.sql("UPDATE alerts SET stage = 'approved', ended_at = NULL")
    assert isinstance(await town.hub.audit.verify(), Verified)
    return flood


async def test_a_record_rolled_back_as_a_whole_releases_nothing_and_is_an_alarm(town: Town) -> None:
    flood = await rolled_back(town)
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "acts"
    await town.sweeps()
    assert {kind for kind, _ in await town.alarms()} == {"acts-differ", "log-cut"}
    await town.rests()
    assert town.sms.counts.received == 0


async def test_what_the_file_remembers_holds_after_a_restart_and_after_the_log_has_grown_again(town: Town) -> None:
    flood = await rolled_back(town)
    other = town.build()
    try:
        for number in range(5):
            await town.drafts(town.cap(identifier=f"more-{number}"), channels=("sms",))
        with pytest.raises(Conflict) as refused:
            await other.releases.release(town.officials["releaser"], flood.id, flood.digest or "")
        assert refused.value.rule == "acts"
    finally:
        await other.aclose()


async def test_a_rolled_back_record_is_not_adopted_as_one_from_before_the_acts(town: Town) -> None:
    await rolled_back(town)
    await town.sql("DELETE FROM acts")
    await town.sql("DELETE FROM audit")
    assert adopt_records(town.hub.db.engine, town.hub.acts, to_ms(town.clock.now())) == 0


async def test_after_a_backup_was_restored_the_end_of_the_log_is_accepted_and_the_hub_goes_on(town: Town) -> None:
    flood = await rolled_back(town)
    assert town.hub.acts.witness is not None
    town.hub.acts.witness.accept(await town.hub.db.read(audit.last))
    await town.releases(flood)
    await town.rests()
    assert town.sms.counts.received > 0


async def test_without_the_file_a_record_rolled_back_as_a_whole_is_believed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why there is the file."""
    flood = await rolled_back(town)
    monkeypatch.setattr(Acts, "_must_be_witnessed", lambda *_: None)
    await town.releases(flood)


async def test_a_record_that_nobody_touched_raises_no_alarm_over_many_rounds(town: Town) -> None:
    for _ in range(3):
        await town.warns(channels=("sms",))
        for _ in range(11):
            await town.sweeps()
    assert await town.alarms() == []
    assert town.hub.acts.witness is not None
    last = await town.hub.db.read(audit.last)
    assert last is not None
    assert town.hub.acts.witness.head.count == last.seq
