"""One cell that somebody spoils blinds one patrol, and none beside it; a lease held for ever is held by nobody."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from hub.clock import to_ms
from hub.dossier.acts import ALARM as DIFFERS
from hub.dossier.advance import restore_stage
from hub.evidence import patrol_steps
from hub.evidence.acts_patrol import ActsPatrol
from hub.evidence.patrol_steps import ALARM, Steps
from hub.evidence.rows_patrol import RowsPatrol
from hub.scheduler import sweep
from hub.scheduler.sweep import SLOW
from hub.store.delivery import campaigns
from hub.store.records import leases
from hub.store.records.leases import ALARM as VOID
from tests.stories.town import Town

FAR = 10**15  #: ms: the year 33658


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (patrol_steps, sweep):  # what they log is drawn with every local there is, which takes minutes
        monkeypatch.setattr(module, "log", Mock())


async def patrols(town: Town) -> list[str]:
    """The kinds of alarms after as many rounds as it takes for every patrol."""
    for _ in range(SLOW):
        await town.sweeps()
    return [kind for kind, _ in await town.alarms()]


async def queued(town: Town) -> bool:
    """Whether somebody has queued the shards."""
    query = "SELECT min(queued_at) FROM shards"
    return await town.hub.db.read(lambda connection: connection.exec_driver_sql(query).scalar_one()) > 0


async def fails(*_: object) -> None:
    raise ZeroDivisionError


async def test_a_patrol_that_fails_is_an_alarm_and_the_next_one_looks(town: Town, monkeypatch) -> None:
    await town.warns(channels=("sms",))
    await town.sql("UPDATE shards SET priority = 'x'")
    monkeypatch.setattr(ActsPatrol, "look", fails)
    assert {ALARM, "row-unreadable"} <= set(await patrols(town))
    (text,) = [text for kind, text in await town.alarms() if kind == ALARM]
    assert text.startswith("the patrol of acts failed: ZeroDivisionError")


async def test_without_taking_each_apart_the_first_fault_blinds_the_rest(town: Town, monkeypatch) -> None:
    await town.warns(channels=("sms",))
    await town.sql("UPDATE shards SET priority = 'x'")
    monkeypatch.setattr(ActsPatrol, "look", fails)
    monkeypatch.setattr(Steps, "take", lambda _steps, _name, step: step())
    with pytest.raises(ZeroDivisionError):
        await patrols(town)
    assert await town.alarms() == []


async def test_a_submission_that_is_no_number_is_put_right_and_keeps_no_other_warning_wrong(town: Town) -> None:
    flood, storm = [await town.warns(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    junk = "zz" if town.hub.db.dialect == "sqlite" else -7
    await town.sql("UPDATE alerts SET submission = ? WHERE id = ?", junk, flood.id)
    await town.sql("UPDATE alerts SET stage = 'rejected' WHERE id = ?", storm.id)
    await ActsPatrol(town.hub.db, town.hub.acts, town.clock).look()
    assert [kind for kind, _ in await town.alarms()] == [DIFFERS, DIFFERS]
    for warning in (flood, storm):
        assert (await town.hub.alerts.get(warning.id)).stage == "released"
    await RowsPatrol(town.hub.db, town.clock).look()
    assert len(await town.alarms()) == 2


async def test_a_warning_that_cannot_be_compared_keeps_no_other_wrong(town: Town, monkeypatch) -> None:
    flood, storm = [await town.warns(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    await town.sql("UPDATE alerts SET stage = 'rejected' WHERE id IN (?, ?)", flood.id, storm.id)

    def fail_on_one(connection, alert, sequence):
        if alert == flood.id:
            raise ZeroDivisionError
        restore_stage(connection, alert, sequence)

    monkeypatch.setattr("hub.evidence.acts_patrol.restore_stage", fail_on_one)
    await ActsPatrol(town.hub.db, town.hub.acts, town.clock).look()
    assert sorted(kind for kind, _ in await town.alarms()) == [DIFFERS, ALARM]
    assert (await town.hub.alerts.get(storm.id)).stage == "released"


async def test_what_the_leader_cannot_mend_keeps_nothing_else_from_being_mended(town: Town, monkeypatch) -> None:
    flood = await town.warns(channels=("sms",))

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("hub.scheduler.sweep.deadlines.mind", fail)
    monkeypatch.setattr("hub.scheduler.sweep.Sweep._heal", fail)
    town.clock.advance(3600 * 24)
    await town.sweeps()
    assert (await town.hub.alerts.get(flood.id)).stage == "expired"
    assert [text.partition(" failed")[0] for kind, text in await town.alarms() if kind == ALARM] == [
        "the healing of lost leases",
        "the look at deadlines",
    ]


async def test_what_cannot_be_opened_keeps_no_shard_from_its_queue(town: Town, monkeypatch) -> None:
    await town.warns(channels=("sms",))
    await town.sql("UPDATE shards SET queued_at = 0")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("hub.scheduler.sweep.Sweep._start", fail)
    await town.sweeps()
    assert await queued(town)
    assert [kind for kind, _ in await town.alarms()] == [ALARM]


@pytest.mark.parametrize("name", ["sweep", "calls"])
async def test_a_lease_that_ends_later_than_any_owner_s_is_void_and_an_alarm(town: Town, name: str) -> None:
    await town.sql("INSERT INTO leases (name, owner, until) VALUES (?, 'nobody', ?)", name, FAR)
    now = to_ms(town.clock.now())
    assert await town.hub.db.write(lambda connection: leases.take(connection, name, "me", now, now + 10_000))
    assert [kind for kind, _ in await town.alarms()] == [VOID]
    assert not await town.hub.db.write(lambda connection: leases.take(connection, name, "other", now, now + 10_000))


async def test_without_its_longest_term_a_lease_stops_the_maintainer_for_good(town: Town, monkeypatch) -> None:
    await town.sql("INSERT INTO leases (name, owner, until) VALUES ('sweep', 'nobody', ?)", FAR)
    monkeypatch.setattr(leases, "SKEW", 2 * FAR)
    await town.warns(channels=("sms",))
    await town.sql("UPDATE shards SET queued_at = 0")
    await town.sweeps()
    assert not await queued(town)
    monkeypatch.undo()
    await town.sweeps()
    assert await queued(town)


@pytest.mark.parametrize("cells", ["state = 'leased', owner = 'nobody', lease_until = ?", "queued_at = ?"])
async def test_a_shard_that_nobody_holds_or_queued_goes_out(town: Town, cells: str, monkeypatch) -> None:
    flood = await town.warns(channels=("sms",))
    await town.sql(f"UPDATE shards SET {cells}", FAR)
    monkeypatch.setattr("hub.scheduler.sweep.SKEW", 2 * FAR)
    monkeypatch.setattr(campaigns, "SKEW", 2 * FAR)
    await town.rests()
    assert await town.inbox("sms").got(flood) == {}  # why there is a longest term
    monkeypatch.undo()
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
