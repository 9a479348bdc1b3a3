"""A list is used for what it was given for and for nothing else (PD-1)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from hub.audience.select import select_target
from hub.clock import SystemClock
from hub.crypto.vault import Vault
from hub.dossier.explain import explain_selection, find_registered
from hub.errors import Invalid
from hub.registry.importer import Register
from hub.registry.privacy.purpose import WORLDS, purpose_of
from hub.settings.settings import CONFIG_DIR
from hub.store.register import recipients, regions
from hub.store.register.purposes import ALERT, DRILL, RESPONSIBLE
from hub.store.register.regions import NewRegion
from hub.store.sql.database import Database
from targeting import group
from targeting.audience import Audience, Groups
from targeting.explain import SelectionReason

VAULT = Vault(b"s" * 32, b"h" * 32)
HEAD = "external_id,region,groups,sms"
KEY = "610602001000"
HERE = frozenset({KEY})
DUTY = Groups(frozenset({"responsible_flood"}))


async def taken_in(db: Database, purpose: str, names: Sequence[str], groups: str = "responsible_flood") -> None:
    await db.write(lambda connection: regions.upsert(connection, [NewRegion(KEY, "桥镇", None, 4)]))
    known = frozenset(group.load(CONFIG_DIR / "groups.toml"))
    lines = [HEAD, *(f"{name},{KEY},{groups},1991000000{at}" for at, name in enumerate(names))]
    report = await Register(db, VAULT, SystemClock(), known, purpose).import_csv(lines)
    assert report.refused_count == 0


async def found(db: Database, audience: Audience) -> set[str]:
    def work(connection: Connection) -> set[str]:
        persons = select_target(connection, audience).persons
        return {one.external_id for _, one in recipients.iterate_recipients(connection, None, persons)}

    return await db.read(work)


async def test_who_is_known_as_a_responsible_person_only_is_told_what_is_for_them_and_nothing_else(
    db: Database,
) -> None:
    await taken_in(db, ALERT, ["citizen", "both"])
    await taken_in(db, RESPONSIBLE, ["head", "both", "later"])
    assert await found(db, Audience(regions=HERE)) == {"citizen", "both"}
    assert await found(db, Audience(regions=HERE, groups=DUTY)) == {"citizen", "both", "head", "later"}
    await taken_in(db, ALERT, ["later"])
    assert await found(db, Audience(regions=HERE)) == {"citizen", "both", "later"}


async def test_the_purpose_is_named_where_it_leaves_somebody_out(db: Database) -> None:
    await taken_in(db, RESPONSIBLE, ["head"])

    def work(connection: Connection) -> tuple[bool, SelectionReason]:
        why = explain_selection(connection, Audience(regions=HERE), find_registered(connection, "head"), {})
        return why.selected, why.reasons[-1]

    assert await db.read(work) == (False, SelectionReason("purpose", RESPONSIBLE, holds=False, how="list"))


@pytest.mark.parametrize(
    ("asked", "world", "purpose"),
    [(None, "live", ALERT), (None, "exercise", DRILL), (RESPONSIBLE, "live", RESPONSIBLE)],
)
def test_unsaid_a_list_is_for_what_the_hub_is_for(asked: str | None, world: str, purpose: str) -> None:
    assert purpose_of(asked, world) == purpose


@pytest.mark.parametrize(
    ("asked", "world"), [(DRILL, "live"), (ALERT, "exercise"), (RESPONSIBLE, "exercise"), ("ads", "live")]
)
def test_a_list_for_another_world_is_refused_by_rule(asked: str, world: str) -> None:
    with pytest.raises(Invalid) as refused:
        purpose_of(asked, world)
    assert refused.value.rule == "PD-1"


def test_every_group_of_responsible_persons_is_known_by_its_key() -> None:
    groups = group.load(CONFIG_DIR / "groups.toml").values()
    told = {each.key for each in groups if "责任人" in each.name("zh")}
    assert told == {each.key for each in groups if each.key.startswith(group.DUTY)}
    assert set(WORLDS.values()) == {"live", "exercise"}
