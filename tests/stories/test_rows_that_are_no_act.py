"""Somebody with SQL adds rows to the acts: they stop nobody, free nothing, and keep no no from being taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from approvals.acts import ActsRefused, read_act, seal_act
from hub.alert.views import AlertView
from hub.crypto.signing_keys import KeyRing
from hub.dossier.acts import Acts, alert_subject
from hub.errors import Conflict
from hub.scheduler.sweep import SLOW
from hub.store.alerts import acts as store
from hub.store.records import audit
from tests.stories.town import Town

DEEP = "e30." + "W1tb" * 20000 + ".e30"  #: a JWS whose payload is nested deeper than any reader goes
SPOILT = ["x", "", "a.b.c", DEEP]


async def adds(town: Town, subject: str, number: int, entry: int, jws: str) -> None:
    await town.sql("INSERT INTO acts (subject, number, entry, jws) VALUES (?, ?, ?, ?)", subject, number, entry, jws)


async def last_number(town: Town) -> int:
    last = await town.hub.db.read(audit.last)
    assert last is not None
    return last.seq


async def forges(town: Town, like: AlertView, subject: str, number: int, entry: int) -> None:
    """An act as the hub would write it, under a key of somebody else."""
    rows = await town.hub.db.read(lambda connection: store.sequence(connection, alert_subject(like.id)))
    forged = replace(read_act(rows[-1][1]), subject=subject, number=number, entry=entry)
    await adds(town, subject, number, entry, seal_act(forged, Ed25519PrivateKey.generate(), "somebody"))


async def patrols(town: Town) -> None:
    """As many rounds of the maintainer as bring the patrol once."""
    for _ in range(SLOW):
        await town.sweeps()


async def is_stopped(town: Town, flood: AlertView) -> None:
    """A no is taken, and binds."""
    assert (await town.decides(flood, "second", "sign", verdict="reject", reason="不实")).stage == "rejected"
    with pytest.raises(Conflict):
        await town.releases(flood)


@pytest.mark.parametrize("jws", SPOILT)
async def test_a_row_under_another_subject_stops_nobody_and_is_set_aside_with_an_alarm(town: Town, jws: str) -> None:
    await town.drafts(town.cap(identifier="first"), channels=("sms",))
    await adds(town, "x/1", 1, 10**15, jws)
    await adds(town, "x/2", 1, await last_number(town) + 1, jws)  # where the next act wants to stand
    flood = await town.warns(channels=("sms",))
    await town.rests()
    assert (flood.stage, town.sms.counts.received > 0) == ("released", True)
    await patrols(town)
    assert {kind for kind, _ in await town.alarms()} == {"acts-strange"}
    subjects = await town.hub.db.read(store.subjects)
    assert {each.partition("/")[0] for each in subjects} == {"alert", "aside"}
    await town.warns(town.cap(identifier="storm"), channels=("sms",))


@pytest.mark.parametrize("number", [0, 7, 2**31 - 1])
@pytest.mark.parametrize("jws", ["x", DEEP])
async def test_a_row_among_the_acts_of_a_warning_keeps_neither_a_yes_nor_a_no_from_being_taken(
    town: Town, jws: str, number: int
) -> None:
    flood, storm = [await town.prepares(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    rows = await town.hub.db.read(lambda connection: store.sequence(connection, alert_subject(flood.id)))
    for each in (flood, storm):
        await adds(town, alert_subject(each.id), number if number != 7 else len(rows) + 1, 10**15 + each.id, jws)
    assert (await town.releases(flood)).stage == "released"
    await is_stopped(town, storm)
    await patrols(town)
    assert {kind for kind, _ in await town.alarms()} == {"acts-strange"}


@pytest.mark.parametrize("far", [False, True])
async def test_an_act_that_somebody_else_sealed_counts_as_absent(town: Town, far: bool) -> None:
    flood, storm = [await town.prepares(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    rows = await town.hub.db.read(lambda connection: store.sequence(connection, alert_subject(flood.id)))
    number = 2**31 - 1 if far else len(rows) + 1
    for each in (flood, storm):
        await forges(town, flood, alert_subject(each.id), number, 10**15 + each.id)
    await forges(town, flood, alert_subject(storm.id + 1), 1, 10**16)  # under the next draft there will be
    await forges(town, flood, "x/1", 1, 10**17)
    assert (await town.hub.alerts.get(flood.id)).stage == "approved"
    assert (await town.releases(flood)).stage == "released"
    await is_stopped(town, storm)
    await town.warns(town.cap(identifier="gale"), channels=("sms",))
    await patrols(town)
    assert {kind for kind, _ in await town.alarms()} == {"acts-strange"}


@pytest.mark.parametrize("cell", ["jws", "number", "entry", "subject"])
async def test_a_no_whose_row_was_spoilt_is_missed_by_the_log(town: Town, cell: str) -> None:
    """What is set aside counts as absent, and an act that is absent is named by the log."""
    flood = await town.prepares(channels=("sms",))
    await town.decides(flood, "second", "sign", verdict="reject", reason="不实")
    value = {"jws": "'x'", "number": "99", "entry": "10000000", "subject": "'x/1'"}[cell]
    newest = "(SELECT max(entry) FROM acts)"
    await town.sql(f"UPDATE acts SET {cell} = {value} WHERE entry = {newest}")
    await town.sql("UPDATE alerts SET stage = 'approved', ended_at = NULL")
    await town.sql("DELETE FROM decisions WHERE verdict = 'reject'")
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            await town.releases(flood)
        assert refused.value.rule == "acts"
        await patrols(town)


async def test_cells_of_sqlite_that_are_no_text_or_number_stop_nobody(town: Town) -> None:
    if town.hub.db.dialect != "sqlite":
        pytest.skip("PostgreSQL takes no such cells")
    flood = await town.prepares(channels=("sms",))
    await town.sql("INSERT INTO acts VALUES (CAST(x'80' AS TEXT), 'x', CAST(x'81' AS TEXT), CAST(x'82' AS TEXT))")
    await town.sql(f"INSERT INTO acts VALUES ('alert/{flood.id}', 'x', 'x', x'83')")
    assert (await town.releases(flood)).stage == "released"
    other = town.build()  # another start
    await other.aclose()
    await patrols(town)
    assert {kind for kind, _ in await town.alarms()} == {"acts-strange"}


async def test_taken_for_acts_such_rows_stop_the_whole_hub(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why they are set aside."""
    flood = await town.prepares(channels=("sms",))
    await forges(town, flood, alert_subject(flood.id), 99, 10**15)
    monkeypatch.setattr(Acts, "_is_own", lambda *_: True)
    with pytest.raises(Conflict):
        await town.releases(flood)
    monkeypatch.undo()
    await adds(town, alert_subject(flood.id), 98, 10**16, "x")
    monkeypatch.setattr(store, "is_in_place", lambda _: True)
    with pytest.raises((Conflict, ActsRefused)):
        await town.releases(flood)


async def test_the_acts_of_a_key_that_is_lost_are_not_set_aside(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    ring = KeyRing(town.place.directory, "other", given=Ed25519PrivateKey.generate())
    blind = replace(town.hub.acts, ring=ring)

    def strangers(connection: Connection) -> list[store.Stored]:
        return blind.strangers(connection, [alert_subject(flood.id)])

    assert await town.hub.db.read(strangers) == []
