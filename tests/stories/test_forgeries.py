"""Somebody writes into Redis or SQL by hand: nothing is sent, one alarm is raised and audited, once and not a thousand
times."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyroaring import BitMap

from approvals.order import read_order, sign_order
from hub.alert.views import AlertView
from hub.clock import to_ms
from hub.errors import Conflict
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.delivery.campaigns import ShardJob, ShardRequest
from hub.store.records import alarms, audit
from tests.stories.town import BRIDGE, Cast, Town


async def writes_shard(town: Town, alert: AlertView, *names: str, channel: str = "sms") -> None:
    """A shard as the planner would write it, for these people; all of them where none is named."""
    ids = BitMap(town.ids[name] for name in names or town.ids)
    await town.hub.db.write(
        lambda connection: campaigns.extend(connection, ShardRequest(alert.id, channel, "red", (ids,), 100))
    )


async def expects_one_alarm(town: Town, kind: str, detail: str, sent: int = 0) -> None:
    """Nothing more than `sent` has left, and this was told and recorded once."""
    await town.rests()
    assert (town.sms.counts.received, town.voice.counts.received) == (sent, 0)
    rows = await town.hub.db.read(alarms.recent)
    assert [(row.kind, row.detail) for row in rows] == [(kind, detail)]
    entries = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    [told] = [entry for entry in entries if entry.action == f"alarm:{kind}"]
    assert detail in told.detail


async def tries_again(town: Town, times: int = 5) -> None:
    """The forger makes the shard ready again, and again."""
    for _ in range(times):
        await town.dispatches()
        await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE state = 'revoked'")


async def writes_decisions(town: Town, view: AlertView, **values: str) -> None:
    """Rows that say that the reviewer and the signer approved, who have never seen it."""
    now = to_ms(town.clock.now())
    for name, step in (("reviewer", "review"), ("signer", "sign")):
        row = (view.id, town.officials[name].id, step, "approve", view.digest, "", now, False, values.get("seal", ""))
        columns = "alert, official, step, verdict, digest, reason, at, void, seal"
        await town.sql(f"INSERT INTO decisions ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)
    await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", view.id)


async def the_order(town: Town, alert: int) -> str:
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, alert))
    assert kept is not None
    return kept.jws


async def test_a_thousand_jobs_for_shards_that_do_not_exist_are_one_alarm(town: Town) -> None:
    for number in range(1000):
        await town.dispatcher.dispatch(ShardJob(4711 + number, 1, f"priority-{number}", "sms"))
    await expects_one_alarm(town, "forged-job", "no such shard")


@pytest.mark.parametrize("stage", ["draft", "submitted", "approved"])
async def test_a_shard_written_for_a_warning_that_was_never_released_sends_nothing(town: Town, stage: str) -> None:
    flood = await town.drafts(channels=("sms",))
    flood = flood if stage == "draft" else await town.submits(flood)
    flood = await town.approves(flood) if stage == "approved" else flood
    await writes_shard(town, flood)
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", "the alert was never released")


async def test_a_warning_that_sql_calls_released_without_an_order_sends_nothing(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.sql("UPDATE alerts SET stage = 'released', released_at = 1 WHERE id = ?", flood.id)
    await writes_shard(town, flood)
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", "its row says released, and its acts do not")


@pytest.mark.parametrize("seal", ["", "a.b.c"])
async def test_decisions_written_into_sql_release_nothing_however_often_it_is_tried(town: Town, seal: str) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    await writes_decisions(town, flood, seal=seal)
    for _ in range(5):
        with pytest.raises(Conflict) as refused:
            await town.releases(flood)
        assert refused.value.rule == "seal"
    reviewer = town.officials["reviewer"].id
    rule = "not a compact JWS" if seal else "it carries no seal"
    await expects_one_alarm(town, "forged-decision", f"official {reviewer}: {rule}")


async def test_the_seal_of_a_decision_on_another_warning_is_worth_nothing_here(town: Town) -> None:
    other = await town.prepares(channels=("sms",))
    flood = await town.submits(await town.drafts(channels=("sms",)))
    columns = "official, step, verdict, reason, at, void, seal"
    await town.sql(
        f"INSERT INTO decisions (alert, digest, {columns}) SELECT ?, ?, {columns} FROM decisions WHERE alert = ?",
        flood.id, flood.digest, other.id,
    )  # fmt: skip
    await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", flood.id)
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "seal"


async def test_a_real_decision_moved_in_sql_to_another_official_releases_nothing(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    await town.decides(flood, "reviewer", "review")
    await town.sql("UPDATE decisions SET official = ?, step = 'sign'", town.officials["signer"].id)
    await town.decides(flood, "reviewer", "review")
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "seal"


async def test_an_order_whose_warning_was_given_another_identifier_sends_nothing(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.sql("UPDATE alerts SET identifier = 'another' WHERE id = ?", flood.id)
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", "the order is for another alert")


async def test_a_whole_release_written_into_sql_with_a_key_of_the_forgers_own_sends_nothing(town: Town) -> None:
    model = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    sent = town.sms.counts.received
    order = read_order(await the_order(town, model.id), town.hub.keys.order_public)
    flood = await town.submits(await town.drafts(town.cap(BRIDGE), channels=("sms",)))
    await writes_decisions(town, flood)
    forged = replace(order, alert=flood.id, identifier=flood.identifier, digest=flood.digest or "")
    jws = sign_order(forged, Ed25519PrivateKey.generate(), town.hub.keys.order.current.kid)
    await town.sql(
        "INSERT INTO orders (alert, jws, audience, endpoints, at)"
        " SELECT ?, ?, audience, endpoints, at FROM orders WHERE alert = ?",
        flood.id, jws, model.id,
    )  # fmt: skip
    await town.sql("UPDATE alerts SET stage = 'released', released_at = 1 WHERE id = ?", flood.id)
    await town.seals(flood, "released")
    await writes_shard(town, flood, *town.people("bridge"))
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", "signature does not match", sent)


async def test_an_author_struck_out_in_sql_decides_and_releases_nothing(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    await town.decides(flood, "reviewer", "review")
    await town.sql("DELETE FROM alert_authors WHERE alert = ?", flood.id)

    async def signs_and_releases() -> None:
        await town.decides(flood, "signer", "sign")
        await town.releases(flood)

    with pytest.raises(Conflict) as refused:
        await signs_and_releases()
    assert refused.value.rule == "SEP-3"
    await town.rests()
    assert town.sms.counts.received == 0


@pytest.mark.parametrize("remembered", [True, False])
@pytest.mark.parametrize(
    ("sealed", "alarm"),
    [
        (False, "its row says released, and its acts do not"),
        (True, "a later message of the chain has ended this one"),
    ],
)
async def test_an_order_replayed_after_its_cancel_sends_nothing(
    town: Town, remembered: bool, sealed: bool, alarm: str
) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.dispatches(most=1)
    await town.cancels(flood)
    await town.rests()
    sent = town.sms.counts.received
    await town.sql("UPDATE alerts SET stage = 'released', ended_at = NULL WHERE id = ?", flood.id)
    if sealed:
        await town.seals(flood, "released")
    await town.sql("DELETE FROM deliveries")
    await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE campaign = 1")
    if not remembered:
        town._dispatcher = None  # a worker that has not seen the order before
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", alarm, sent)


async def replays_after_its_time(town: Town, flood: AlertView) -> None:
    """Two days have passed, and the row says that the warning lasts longer."""
    town.clock.advance(48 * 3600)
    await town.sql("UPDATE alerts SET expires_at = expires_at + 1000000000 WHERE id = ?", flood.id)
    await tries_again(town)


async def test_an_order_replayed_after_its_time_sends_nothing_whatever_the_row_says(town: Town) -> None:
    await replays_after_its_time(town, await town.warns(town.cap(BRIDGE), channels=("sms",)))
    await expects_one_alarm(town, "no-warrant", "the content is not what was signed")


async def test_without_the_look_at_the_content_the_time_of_the_order_itself_holds_it_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One guard taken out: the other refuses."""
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    monkeypatch.setattr("hub.dossier.frozen.Dossier.digest", lambda _: flood.digest)
    await replays_after_its_time(town, flood)
    await expects_one_alarm(town, "no-warrant", "expired")


async def test_endpoints_enlarged_by_hand_break_the_order(settle) -> None:
    town = await settle(Cast(channels=("sms", "wecom"), robots=2))
    flood = await town.warns(town.cap(BRIDGE), channels=("sms", "wecom"))
    await town.sql("UPDATE orders SET endpoints = ? WHERE alert = ?", BitMap(range(100)).serialize(), flood.id)
    await town.rests()
    assert town.members["wecom"].counterpart.counts.received == town.sms.counts.received == 0
    assert await town.alarms() == [("no-warrant", "the endpoints are not those that were ordered")]


async def test_a_drill_order_signed_by_the_hub_itself_sends_nothing_in_the_live_world(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    keys = town.hub.keys
    drill = replace(read_order(await the_order(town, flood.id), keys.order_public), world="exercise")
    await town.sql("UPDATE orders SET jws = ?", sign_order(drill, keys.order.current.key, keys.order.current.kid))
    await tries_again(town)
    await expects_one_alarm(town, "no-warrant", "the order belongs to another world")


async def test_a_shard_written_again_for_people_who_have_it_sends_it_to_nobody_twice(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0")
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge"))


async def test_a_warning_cancelled_in_the_middle_is_no_forgery_and_raises_no_alarm(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    [ticket] = await town.tickets(most=1)
    await town.cancels(flood)
    await town.dispatcher.dispatch(ticket)
    await town.rests()
    assert await town.alarms() == []
