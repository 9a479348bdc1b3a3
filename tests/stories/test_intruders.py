"""Somebody with SQL puts a trigger or a rule on the record: a no that the database does not keep is not answered as kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.exc import DBAPIError

from hub.alert.views import AlertView
from hub.dossier.acts import Acts
from hub.errors import Conflict, RecordLost
from hub.store.sql.written import WrittenRecords
from hub.store.upgrade.comparison import differences
from tests.stories.town import Town

#: by name: what is put there on SQLite, and on PostgreSQL; each takes the no and nothing else
SWALLOWING = {
    "the entry": (
        "CREATE TRIGGER quiet BEFORE INSERT ON audit WHEN NEW.action = 'sign-reject' BEGIN SELECT RAISE(IGNORE); END",
        ("BEFORE INSERT ON audit", "IF NEW.action = 'sign-reject' THEN RETURN NULL; END IF; RETURN NEW;"),
    ),
    "the act": (
        "CREATE TRIGGER quiet BEFORE INSERT ON acts WHEN NEW.number > 4 BEGIN SELECT RAISE(IGNORE); END",
        ("BEFORE INSERT ON acts", "IF NEW.number > 4 THEN RETURN NULL; END IF; RETURN NEW;"),
    ),
    "the entry, when the act is written": (
        (
            "CREATE TRIGGER quiet AFTER INSERT ON audit WHEN NEW.action = 'sign-reject'"
            " BEGIN DELETE FROM audit WHERE seq = NEW.seq; DELETE FROM acts WHERE entry = NEW.seq; END"
        ),
        (
            "AFTER INSERT ON audit",
            (
                "IF NEW.action = 'sign-reject' THEN"
                " DELETE FROM audit WHERE seq = NEW.seq; DELETE FROM acts WHERE entry = NEW.seq; END IF; RETURN NULL;"
            ),
        ),
    ),
    "what the entry says": (
        (
            "CREATE TRIGGER quiet AFTER INSERT ON audit WHEN NEW.action = 'sign-reject'"
            " BEGIN UPDATE audit SET action = 'sign-approve' WHERE seq = NEW.seq; END"
        ),
        ("BEFORE INSERT ON audit", "NEW.action := replace(NEW.action, 'reject', 'approve'); RETURN NEW;"),
    ),
}


@pytest.fixture(autouse=True)
async def nothing_stays(town: Town) -> AsyncIterator[None]:
    """PostgreSQL databases are lent to one test after the other."""
    yield
    if town.hub.db.dialect == "postgresql":
        await town.sql("DROP FUNCTION IF EXISTS quiet CASCADE")
        await town.sql("DROP RULE IF EXISTS quiet ON audit")
        await town.sql("DROP RULE IF EXISTS idle ON alerts")
        await town.sql("ALTER TABLE audit DROP CONSTRAINT IF EXISTS quiet")


async def is_set(town: Town, name: str) -> None:
    on_sqlite, (when, body) = SWALLOWING[name]
    if town.hub.db.dialect == "sqlite":
        await town.sql(on_sqlite)
        return
    await town.sql(f"CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    await town.sql(f"CREATE TRIGGER quiet {when} FOR EACH ROW EXECUTE FUNCTION quiet()")


async def is_removed(town: Town) -> None:
    await town.sql("DROP TRIGGER quiet" if town.hub.db.dialect == "sqlite" else "DROP FUNCTION quiet CASCADE")


async def rejects(town: Town, flood: AlertView) -> AlertView:
    return await town.decides(flood, "second", "sign", verdict="reject", reason="不实")


@pytest.mark.parametrize("name", SWALLOWING)
async def test_a_no_that_a_trigger_swallows_is_refused_and_an_alarm(town: Town, name: str) -> None:
    flood = await town.prepares(channels=("sms",))
    await is_set(town, name)
    with pytest.raises(RecordLost, match="trigger"):
        await rejects(town, flood)
    assert {kind for kind, _ in await town.alarms()} == {"record-lost"}
    with pytest.raises(Conflict) as refused:  # while it stands nothing goes on
        await town.releases(flood)
    assert refused.value.rule == "intruder"
    await is_removed(town)
    assert (await rejects(town, flood)).stage == "rejected"
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "stage"


async def test_a_no_that_a_trigger_lets_pass_is_taken_and_a_yes_is_not(town: Town) -> None:
    flood, storm = [await town.prepares(town.cap(identifier=name), channels=("sms",)) for name in ("flood", "storm")]
    if town.hub.db.dialect == "sqlite":
        await town.sql("CREATE TRIGGER idle AFTER DELETE ON alerts BEGIN SELECT 1; END")
    else:
        await town.sql("CREATE RULE idle AS ON DELETE TO alerts DO ALSO NOTHING")
    with pytest.raises(Conflict) as refused:
        await town.releases(storm)
    assert (refused.value.rule, "idle of table alerts" in str(refused.value)) == ("intruder", True)
    assert (await rejects(town, flood)).stage == "rejected"


#: by kind: what does its work under other names than a trigger of the table's own name
DISGUISED = {
    "trigger": ("CREATE TRIGGER quiet AFTER INSERT ON DELIVERIES BEGIN SELECT 1; END",),
    "view": (
        "ALTER TABLE audit RENAME TO audit_kept",
        "CREATE VIEW audit AS SELECT * FROM audit_kept",
        (
            "CREATE TRIGGER quiet INSTEAD OF INSERT ON AUDIT BEGIN INSERT INTO audit_kept"
            " VALUES (NEW.seq, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.detail, NEW.previous, NEW.hash); END"
        ),
    ),
    "check": ("ALTER TABLE audit ADD COLUMN quiet INTEGER CHECK (action <> 'withdraw')",),
}


@pytest.mark.parametrize("kind", DISGUISED)
async def test_what_changes_a_record_in_disguise_lets_no_yes_pass(town: Town, kind: str) -> None:
    flood = await town.prepares(channels=("sms",))
    if town.hub.db.dialect == "sqlite":
        for statement in DISGUISED[kind]:
            await town.sql(statement)
    elif kind != "check":
        pytest.skip("a story on SQLite: there the name is kept as it was typed")
    else:
        await town.sql("ALTER TABLE audit ADD CONSTRAINT quiet CHECK (action <> 'withdraw')")
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert (refused.value.rule, kind in str(refused.value)) == ("intruder", True)


async def test_without_the_look_a_yes_passes_under_the_trigger(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why it is looked for, and what is written read back: the no was answered, and the warning goes out."""
    flood = await town.prepares(channels=("sms",))
    await is_set(town, "the entry, when the act is written")
    monkeypatch.setattr(WrittenRecords, "must_stand", lambda *_: None)
    monkeypatch.setattr(Acts, "must_be_witnessed", lambda *_: None)
    monkeypatch.setattr("hub.dossier.acts.intruders", lambda _: ())
    await rejects(town, flood)
    await town.sql("DELETE FROM decisions WHERE verdict = 'reject'")
    await town.sql("UPDATE alerts SET stage = 'approved', ended_at = NULL")
    assert (await town.releases(flood)).stage == "released"


async def test_a_rule_of_postgresql_swallows_no_entry(town: Town) -> None:
    if town.hub.db.dialect == "sqlite":
        pytest.skip("SQLite has no rules")
    flood = await town.prepares(channels=("sms",))
    await town.sql("CREATE RULE quiet AS ON INSERT TO audit WHERE NEW.action = 'sign-reject' DO INSTEAD NOTHING")
    with pytest.raises(RecordLost):
        await rejects(town, flood)
    await town.sweeps()
    assert any("rule quiet of table audit" in text for kind, text in await town.alarms() if kind == "intruder")


async def test_a_trigger_that_waits_for_the_commit_swallows_no_entry(town: Town) -> None:
    if town.hub.db.dialect == "sqlite":
        pytest.skip("SQLite has no deferred triggers")
    flood = await town.prepares(channels=("sms",))
    body = "DELETE FROM audit WHERE seq = NEW.seq; DELETE FROM acts WHERE entry = NEW.seq; RETURN NULL;"
    await town.sql(f"CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
    when = "WHEN (NEW.action = 'sign-reject')"
    late = "CREATE CONSTRAINT TRIGGER quiet AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    await town.sql(f"{late} {when} EXECUTE FUNCTION quiet()")
    with pytest.raises(RecordLost):
        await rejects(town, flood)


async def test_the_maintainer_finds_a_trigger_at_its_first_round_and_hub_migrate_names_it(town: Town) -> None:
    await is_set(town, "the act")
    await town.hub.sweep().sweep()
    assert [(kind, "trigger quiet of table acts" in text) for kind, text in await town.alarms()] == [("intruder", True)]
    told = await town.hub.db.read(differences)
    assert [(each.place, each.harmful) for each in told] == [("trigger quiet of table acts", False)]


async def test_a_record_that_nobody_touched_has_no_intruder(town: Town) -> None:
    await town.warns(channels=("sms",))
    await town.hub.sweep().sweep()
    assert await town.alarms() == []


async def test_a_no_that_a_check_refuses_is_told_what_refuses_it(town: Town) -> None:
    """It cannot be kept; whoever says it hears of what stands in the way, and so does everybody else."""
    flood = await town.prepares(channels=("sms",))
    if town.hub.db.dialect == "sqlite":
        body = "WHEN NEW.action = 'sign-reject' BEGIN SELECT RAISE(ABORT, 'quiet'); END"
        await town.sql(f"CREATE TRIGGER quiet BEFORE INSERT ON audit {body}")
    else:
        await town.sql("ALTER TABLE audit ADD CONSTRAINT quiet CHECK (action <> 'sign-reject')")
    with pytest.raises(RecordLost, match=r"refuses what is to be written .*quiet.*have them removed"):
        await rejects(town, flood)
    assert "record-lost" in {kind for kind, _ in await town.alarms()}


async def test_without_naming_what_refuses_it_a_no_is_an_error_of_the_hub(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.prepares(channels=("sms",))
    if town.hub.db.dialect == "sqlite":
        await town.sql("CREATE TRIGGER quiet BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'quiet'); END")
    else:
        await town.sql("ALTER TABLE audit ADD CONSTRAINT quiet CHECK (action <> 'sign-reject')")
    monkeypatch.setattr("hub.store.sql.database.stranger_refusal", lambda _: None)
    with pytest.raises(DBAPIError):
        await rejects(town, flood)
