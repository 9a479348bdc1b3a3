"""Somebody puts rows behind the audit log that are no entries of it: they are named and set aside, and stop nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from approvals.audit import AuditAct, AuditEntry, VerifiedLog, chain
from hub.dispatch.stage_watch import StageWatch
from hub.dossier.acts import Acts
from hub.errors import Conflict
from hub.store import schema
from hub.store.records import audit
from hub.store.records.audit import STRANGE
from hub.store.records.log_witness import LogWitness
from hub.store.sql.times import LATEST
from tests.stories.test_log_witness import last_entry, witness_of
from tests.stories.town import Town

HIGHEST = 2**63 - 1
ADD = "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


async def junk(town: Town, *, seq: int = 0, linked: bool = False) -> int:
    """A row behind the log, the next where no number is given; its number."""
    last = await last_entry(town)
    seq = seq or last.seq + 1
    previous = last.hash if linked else "b" * 64
    await town.sql(
        ADD, seq, LATEST - 1, "x", "reject", "alert/1", '{"act":{"hash":"a","number":4}}', previous, "a" * 64
    )
    return seq


async def two_linked(town: Town) -> None:
    """Two far away that vouch for each other."""
    first = chain(AuditEntry(HIGHEST - 2, 1, "", "", "", "", "", "c" * 64), AuditAct(1, "x", "reject", "alert/1", {}))
    for entry in (first, chain(first, AuditAct(1, "x", "reject", "alert/1", {}))):
        await town.sql(ADD, *entry)


PUT = {
    "the highest number there is": lambda town: junk(town, seq=HIGHEST),
    "the next number": junk,
    "the next number, linked": lambda town: junk(town, linked=True),
    "two that vouch for each other": two_linked,
}


@pytest.mark.parametrize("how", PUT)
async def test_rows_behind_the_log_stop_nothing_and_are_named(town: Town, how: str) -> None:
    flood = await town.prepares(channels=("sms",))
    await PUT[how](town)
    await town.releases(flood)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    await town.sweeps()
    (text,) = [text for kind, text in await town.alarms()]
    assert "rows of audit are none of its chain" in text
    assert isinstance(await town.hub.audit.verify(), VerifiedLog)
    assert witness_of(town).head.count == (await last_entry(town)).seq < 1000


@pytest.mark.parametrize("how", PUT)
async def test_what_is_under_way_goes_on_beside_them(town: Town, how: str) -> None:
    """No shard is given up, nothing vanishes from what is public, and a sweep sets them aside."""
    flood = await town.warns(channels=("sms",))
    watch = StageWatch(town.hub.acts)
    await PUT[how](town)
    assert [each.id for each in await town.hub.alerts.public(10)] == [flood.id]
    assert await town.hub.db.write(lambda connection: watch.is_released(connection, flood.id))
    await town.sweeps()
    assert [kind for kind, _ in await town.alarms()] == [STRANGE]
    assert isinstance(await town.hub.audit.verify(), VerifiedLog)
    query = select(func.count()).select_from(schema.audit).where(schema.audit.c.subject.startswith("aside/"))
    kept = await town.hub.db.read(lambda connection: connection.execute(query).scalar_one())
    assert kept >= 1, "they stay for whoever looks into them"


async def test_a_no_is_taken_beside_them_and_the_same_row_may_come_again(town: Town) -> None:
    flood, storm = [await town.prepares(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    for view in (flood, storm):
        await junk(town, seq=HIGHEST)
        await junk(town)
        assert (await town.decides(view, "second", "sign", verdict="reject", reason="不实")).stage == "rejected"
    assert isinstance(await town.hub.audit.verify(), VerifiedLog)


async def test_without_an_end_that_was_seen_a_far_row_stops_every_act(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.prepares(channels=("sms",))
    await two_linked(town)
    monkeypatch.setattr(audit, "end_after", lambda *_: None)
    with pytest.raises(Exception, match=r"out of range|too large|UNIQUE|overflow|acts on record"):
        await town.releases(flood)


async def test_without_the_bound_of_the_chain_rows_behind_it_let_no_yes_pass(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.prepares(channels=("sms",))
    await junk(town, seq=HIGHEST)
    monkeypatch.setattr(Acts, "_end", lambda *_: None)
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "acts"


async def test_an_entry_that_is_gone_from_within_the_log_is_no_end_of_it(town: Town) -> None:
    """What the file remembers is never taken for a row behind the end, whatever is missing before it."""
    await town.prepares(channels=("sms",))
    last = await last_entry(town)
    await town.sql("DELETE FROM audit WHERE seq = ?", last.seq - 1)
    await junk(town, seq=HIGHEST)
    await town.sweeps()
    assert (await town.hub.db.read(lambda connection: audit.at(connection, last.seq))) == last


async def test_a_head_never_takes_a_row_behind_the_log_for_its_end(town: Town) -> None:
    await town.warns(channels=("sms",))
    before = witness_of(town).head
    await junk(town, seq=HIGHEST)
    assert await town.hub.db.read(witness_of(town).observe) == ""
    assert witness_of(town).head == before
    other = LogWitness(town.place.directory / "other.head")
    await town.hub.db.read(other.observe)
    assert other.head == before
