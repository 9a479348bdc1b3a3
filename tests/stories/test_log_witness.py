"""Somebody with SQL rolls the whole record back to before a no: acts and log are whole, of an earlier day, and yet not believed."""

from __future__ import annotations

import pytest

from approvals.acts import ActsRefused
from approvals.audit import AuditEntry, VerifiedLog
from hub.alert.views import AlertView
from hub.clock import to_ms
from hub.dispatch.stage_watch import StageWatch
from hub.dossier.acts import Acts
from hub.dossier.acts_adoption import adopt_records
from hub.errors import Conflict
from hub.store.records import audit, log_witness
from hub.store.records.log_witness import WITNESS, LogWitness
from hub.store.sql.database import EndNotNoted
from tests.stories.town import Town


async def rolled_back(town: Town) -> AlertView:
    """A warning rejected and at once, before any sweep, put back to what it was before, acts and log included."""
    flood = await town.prepares(channels=("sms",))
    last = await last_entry(town)
    await town.decides(flood, "second", "sign", verdict="reject", reason="不实")
    await cut(town, last.seq)
    await town.sql("DELETE FROM decisions WHERE verdict = 'reject'")
    await town.sql("UPDATE alerts SET stage = 'approved', ended_at = NULL")
    assert isinstance(await town.hub.audit.verify(), VerifiedLog)
    return flood


async def cut(town: Town, end: int) -> None:
    """Acts and log of an earlier day."""
    await town.sql("DELETE FROM acts WHERE entry > ?", end)
    await town.sql("DELETE FROM audit WHERE seq > ?", end)


async def last_entry(town: Town) -> AuditEntry:
    last = await town.hub.db.read(audit.last)
    assert last is not None
    return last


def witness_of(town: Town) -> LogWitness:
    assert town.hub.acts.witness is not None
    return town.hub.acts.witness


async def is_sent(town: Town, warning: AlertView) -> None:
    """The warning is released, and people are told of it."""
    assert (await town.releases(warning)).stage == "released"
    await town.rests()
    assert town.sms.counts.received > 0


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
    witness_of(town).accept(await town.hub.db.read(audit.last))
    await is_sent(town, flood)


async def test_without_the_file_a_record_rolled_back_as_a_whole_is_believed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why there is the file."""
    flood = await rolled_back(town)
    monkeypatch.setattr(Acts, "must_be_witnessed", lambda *_: None)
    await is_sent(town, flood)


async def test_an_end_that_is_noted_by_the_sweep_alone_comes_too_late(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why each end is noted before anybody is answered."""
    monkeypatch.setattr(town.hub.db, "_witness", None)
    await town.sweeps()
    flood = await rolled_back(town)
    await is_sent(town, flood)


async def test_a_log_that_was_cut_and_has_grown_again_is_not_noted_as_the_one_that_was_seen(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await rolled_back(town)
    seen = witness_of(town).head
    for number in range(5):
        await town.drafts(town.cap(identifier=f"more-{number}"), channels=("sms",))
        await town.sweeps()
    assert (await last_entry(town)).seq > seen.count
    assert witness_of(town).head == seen
    # What a witness would come to that looks at the numbers alone:
    monkeypatch.setattr(log_witness, "_difference", lambda *_: "")
    await town.drafts(town.cap(identifier="more"), channels=("sms",))
    monkeypatch.undo()
    await is_sent(town, flood)


async def test_what_is_being_sent_stops_when_its_end_was_cut_off(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """An all-clear taken back together with its entries: who has known the warning released does not go on with it."""
    flood = await town.warns(channels=("sms",))
    sent, watch = await last_entry(town), StageWatch(town.hub.acts)

    async def is_released() -> bool:
        return await town.hub.db.write(lambda connection: watch.is_released(connection, flood.id))

    assert await is_released()
    await town.cancels(flood)
    await cut(town, sent.seq)
    await town.sql("UPDATE alerts SET stage = 'released', ended_at = NULL WHERE id = ?", flood.id)
    with pytest.raises(ActsRefused):
        await is_released()
    monkeypatch.setattr(Acts, "must_be_witnessed", lambda *_: None)
    assert await is_released()  # by what it knew, and what is on record, nothing ended it


async def test_a_file_that_is_damaged_lets_no_yes_pass_and_takes_a_no(town: Town) -> None:
    flood, storm = [await town.prepares(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    (town.place.directory / WITNESS).write_text("")
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "acts"
    with pytest.raises(EndNotNoted):
        await town.decides(storm, "second", "sign", verdict="reject", reason="不实")
    assert (await town.hub.alerts.get(storm.id)).stage == "rejected"
    await town.sweeps()
    assert "log-end-not-noted" in {kind for kind, _ in await town.alarms()}


async def test_a_record_that_nobody_touched_raises_no_alarm_over_many_rounds(town: Town) -> None:
    for _ in range(3):
        await town.warns(channels=("sms",))
        for _ in range(11):
            await town.sweeps()
    assert await town.alarms() == []
    assert witness_of(town).head.count == (await last_entry(town)).seq
