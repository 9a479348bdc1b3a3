"""Rows that do not read: who asks for one is told, everybody else goes on, and none of it widens a right or hides a
danger.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from approvals.official import Right
from hub.access.administration.quorum import may_be_enough
from hub.alert.views import AlertView
from hub.dispatch import verify
from hub.dossier.in_force import InForce
from hub.dossier.verified_order import VerifiedOrders
from hub.errors import Forbidden, RowUnreadable
from hub.evidence.patrol_steps import Steps
from hub.evidence.rows_patrol import RowsPatrol
from hub.scheduler import sweep
from hub.store import schema
from hub.store.access import officials
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.records import alarms
from hub.store.register import fatigue
from hub.store.sql.rows import must_fit
from hub.tracking.alerts import Alerts
from tests.stories.duty import Duty
from tests.stories.town import BAOTA, BRIDGE, Cast, Town

OFFICE = Cast(bridge=2, river=0, hills=0, officials_of=BAOTA)
#: cells of either database whose type is right and whose value is none: no JSON, no CAP, no set, no right
DEEP = {
    "alerts.content": b"\x00",
    "alerts.plan": "x",
    "alerts.findings": "{}",
    "alerts.parts": "x",
    "alerts.issuers": "[",
    "alerts.level": 9,
    "alerts.expires_at": -1,
    "alerts.status": "x",
    "orders.audience": b"\x00",
    "campaigns.covered": b"\x00",
    "shards.recipients": b"\x00",
    "shards.priority": "x",
    "units.public_names": "x",
    "officials.rights": "x",
}
#: cells that no digest covers, or that the order says too: without them a process that has just begun shows the warning
SAID_BY_ORDER = ("level", "expires_at", "released_at", "created_at", "submitted_at", "targeted", "findings", "parts")
SAID_BY_ORDER += ("status", "scope", "msg_type", "event", "headline", "stage")


async def _told(town: Town) -> set[str]:
    await RowsPatrol(town.hub.db, town.clock).look()
    return {row.subject for row in await town.hub.db.read(alarms.recent) if row.kind == "row-unreadable"}


async def _spoils(town: Town, cell: str, junk: object, key: int, by: str = "id") -> None:
    table, _, column = cell.partition(".")
    await town.sql(f"UPDATE {table} SET {column} = ? WHERE {by} = ?", junk, key)


async def _shown_anew(town: Town) -> set[int]:
    """What a process that has just begun shows everybody."""
    orders = VerifiedOrders(town.hub.acts, town.hub.policy.events)
    hub: Alerts = replace(town.hub.alerts, orders=orders, public_record=InForce(orders))
    return {each.id for each in await hub.public(100)}


@pytest.mark.parametrize("cell", DEEP)
async def test_the_alarm_names_table_and_row(settle, cell: str) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    assert await _told(town) == set()
    table = cell.partition(".")[0]
    await _spoils(town, cell, DEEP[cell], 1, "alert" if table == "orders" else "id")
    assert await _told(town) == {f"{table}/1"}


@pytest.mark.parametrize("cell", ["content", "plan", "issuers", "level", "expires_at"])
async def test_who_asks_for_that_very_row_is_told_place_rule_and_remedy(settle, cell: str) -> None:
    duty = Duty(await settle(OFFICE))
    await duty.town.warns(duty.town.cap(BRIDGE), channels=("sms",))
    await duty.town.warns(duty.town.cap(BRIDGE), channels=("sms",))
    await _spoils(duty.town, f"alerts.{cell}", DEEP[f"alerts.{cell}"], 1)
    status, told = await duty.asks("monitor", "GET", "/alerts/1")
    assert (status, told["rule"], told["place"]) == (409, "row-unreadable", "alerts/1")
    assert "restore it from a backup" in told["detail"]
    status, page = await duty.asks("monitor", "GET", "/alerts")
    assert (status, [each["id"] for each in page["items"]]) == (200, [2])


async def test_without_setting_rows_aside_one_ends_the_listing(settle, monkeypatch: pytest.MonkeyPatch) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _spoils(town, "alerts.plan", "x", 1)
    assert (await town.hub.alerts.page(None, 10, None)).items == ()
    monkeypatch.setattr("hub.tracking.alerts.readable", lambda rows, read: map(read, rows))
    with pytest.raises(RowUnreadable):
        await town.hub.alerts.page(None, 10, None)


@pytest.mark.parametrize("column", SAID_BY_ORDER)
async def test_a_cell_that_its_order_does_not_need_hides_no_warning(settle, column: str) -> None:
    town = await settle(OFFICE)
    view = await town.warns(town.cap(BRIDGE), channels=("sms",))
    number = column.endswith("_at") or column in ("level", "targeted")
    await _spoils(town, f"alerts.{column}", -1 if number else "x", view.id)
    town.clock.advance(6)  # what is in force is read anew so often where a row does not say when it changed
    assert await _shown_anew(town) == {view.id}


async def test_without_what_the_order_says_an_unread_level_hides_the_warning(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await settle(OFFICE)
    view = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _spoils(town, "alerts.level", 9, view.id)
    monkeypatch.setattr("hub.dossier.verified_order.as_ordered", lambda row, _order: row)
    assert await _shown_anew(town) == set()


@pytest.mark.parametrize("remembered", [True, False], ids=["verified before", "never verified"])
async def test_an_all_clear_counts_a_warning_in_force_whose_content_does_not_read(settle, remembered: bool) -> None:
    assert all(map(_says_more_holds, await _lifted_beside_an_unread_one(await settle(OFFICE), remembered=remembered)))


async def test_without_asking_its_order_an_all_clear_is_silent_about_it(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VerifiedOrders, "unread_in_force", lambda *_: None)
    assert not any(map(_says_more_holds, await _lifted_beside_an_unread_one(await settle(OFFICE), remembered=False)))


def _says_more_holds(text: str) -> bool:
    return "仍" in text or "in force" in text


async def _lifted_beside_an_unread_one(town: Town, *, remembered: bool) -> list[str]:
    """What people are told of the end of a warning, while the content of another one in force does not read."""
    ended = await town.warns(town.cap(BRIDGE), channels=("sms",))
    standing = await town.warns(town.cap(BRIDGE), channels=("sms",))
    if remembered:
        await town.hub.alerts.public(10)
    await _spoils(town, "alerts.content", b"\x00", standing.id)
    lifted = await town.cancels(ended)
    return [form.text or form.body for form in await town.hub.alerts.forms(lifted.id)]


async def test_a_warning_that_does_not_say_when_it_is_over_is_ended_by_nobody(settle) -> None:
    town = await settle(OFFICE)
    view = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _spoils(town, "alerts.expires_at", -1, view.id)
    await town.sweeps()
    assert [act.stage for act in await town.acts_of(view)][-1] == "released"
    await town.dispatches()
    await town.inbox("sms").expects(view, town.people("bridge"))


async def test_an_official_whose_rights_do_not_read_has_none_and_everybody_else_keeps_theirs(settle) -> None:
    duty = Duty(await settle(OFFICE))
    town = duty.town
    signer = town.officials["signer"].id
    await _spoils(town, "officials.rights", "x", signer)
    every = {record.official.name: record for record in await town.hub.db.read(officials.everyone)}
    assert (every["signer"].active, every["signer"].official.rights) == (False, frozenset())
    assert every["second"].active
    assert (await duty.asks("signer", "GET", "/alerts"))[0] in (401, 403)
    with pytest.raises(RowUnreadable, match=f"officials/{signer}"):
        await town.hub.db.read(lambda connection: officials.find(connection, "signer", "official"))


async def test_without_setting_officials_aside_one_ends_every_list_of_them(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await settle(OFFICE)
    await _spoils(town, "officials.rights", "x", town.officials["signer"].id)
    monkeypatch.setattr(officials, "RowUnreadable", Forbidden)
    with pytest.raises(RowUnreadable):
        await town.hub.db.read(officials.everyone)


async def test_an_unread_administrator_does_not_open_the_door_of_the_first_start(settle) -> None:
    duty = Duty(await settle(OFFICE))
    for name in ("first", "other"):
        await duty.appoints(name, "office", BAOTA, Right.ADMINISTER, kind="meteorological")
    await _spoils(duty.town, "officials.rights", "x", duty.town.officials["first"].id)
    assert await duty.town.hub.db.read(may_be_enough)


async def test_a_spoilt_campaign_stops_no_sweep(settle, monkeypatch: pytest.MonkeyPatch) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _spoils(town, "campaigns.covered", b"\x00", 1)
    await town.sweeps()
    assert ("row-unreadable", "campaigns/1") in await _subjects(town)
    monkeypatch.setattr(sweep, "RowUnreadable", Forbidden)
    monkeypatch.setattr(Steps, "take", lambda _steps, _name, step: step())
    with pytest.raises(RowUnreadable):
        await town.sweeps()


async def _subjects(town: Town) -> list[tuple[str, str]]:
    return [(row.kind, row.subject) for row in await town.hub.db.read(alarms.recent)]


async def test_a_spoilt_audience_stops_no_other_submission(settle, monkeypatch: pytest.MonkeyPatch) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    await _spoils(town, "orders.audience", b"\x00", 1, "alert")
    await town.submits(await town.drafts(town.cap(BRIDGE), channels=("sms",)))
    monkeypatch.setattr(fatigue, "RowUnreadable", Forbidden)
    with pytest.raises(RowUnreadable):
        await town.submits(await town.drafts(town.cap(BRIDGE), channels=("sms",)))


async def test_a_held_warning_whose_shards_came_due_too_soon_leaves_at_its_hour(settle) -> None:
    town, view = await _held(settle)
    assert await town.dispatches() > 0
    assert await town.inbox("sms").got(view) == {}
    assert "no-warrant" in {kind for kind, _ in await town.alarms()}
    town.clock.advance(3600)
    await town.dispatches()
    await town.inbox("sms").expects(view, town.people("bridge"))


async def test_without_putting_it_off_a_held_warning_is_lost_for_good(settle, monkeypatch: pytest.MonkeyPatch) -> None:
    town, view = await _held(settle)
    monkeypatch.setattr(verify, "SKEW", timedelta(days=1))
    await town.dispatches()
    town.clock.advance(3600)
    assert await town.dispatches() == 0
    assert await town.inbox("sms").got(view) == {}


async def _held(settle) -> tuple[Town, AlertView]:
    """A warning held back for an hour, and somebody writes that its shards are due."""
    town = await settle(OFFICE)
    draft = await town.drafts(town.cap(BRIDGE), channels=("sms",))
    hour = town.clock.now() + timedelta(hours=1)
    held = await town.hub.drafting.hold(town.officials["author"], draft.id, draft.version, hour)
    view = await town.releases(await town.approves(await town.submits(held)))
    await town.sql("UPDATE shards SET not_before = 0")
    return town, view


async def test_a_shard_that_does_not_read_is_sent_when_it_is_restored(settle) -> None:
    town = await settle(OFFICE)
    view = await town.warns(town.cap(BRIDGE), channels=("sms",))
    (before,) = await town.hub.db.read(
        lambda connection: connection.exec_driver_sql("SELECT recipients FROM shards WHERE id = 1").one()
    )
    await _spoils(town, "shards.recipients", b"\x00", 1)
    await town.dispatches()
    assert ("row-unreadable", "shards/1") in await _subjects(town)
    await _spoils(town, "shards.recipients", before, 1)
    town.clock.advance(61)
    await town.dispatches()
    await town.inbox("sms").expects(view, town.people("bridge"))


async def test_a_unit_that_does_not_read_keeps_no_other_from_drafting(settle) -> None:
    duty = Duty(await settle(OFFICE))
    await duty.appoints("guest", "guest office", BAOTA, Right.DRAFT, kind="meteorological")
    await duty.town.sql("UPDATE units SET public_names = 'x' WHERE name = 'guest office'")
    warned = await duty.town.warns(duty.town.cap(BRIDGE), channels=("sms",))
    assert warned.stage == "released"


async def test_a_row_of_its_own_types_is_not_set_aside(settle) -> None:
    town = await settle(OFFICE)
    await town.warns(town.cap(BRIDGE), channels=("sms",))

    def work(connection):
        must_fit(schema.alerts, alerts.look_up(connection, 1))
        return campaigns.find(connection, 1)

    assert set(await town.hub.db.read(work)) == {"sms"}
