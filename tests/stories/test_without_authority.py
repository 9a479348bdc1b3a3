"""Nothing leaves without a signed order over just this content, for just these people."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyroaring import BitMap

from approvals.order import sign_order, verify_order
from hub.clock import to_ms
from hub.errors import Conflict, Forbidden
from hub.store.alerts import alerts
from hub.store.delivery import campaigns
from hub.store.delivery.campaigns import ShardJob, ShardRequest
from tests.stories.town import BRIDGE, Town


async def add_shard(town: Town, alert: int, channel: str, ids: BitMap) -> None:
    """A shard as a planner would write it."""
    await town.hub.db.write(
        lambda connection: campaigns.extend(connection, ShardRequest(alert, channel, "red", (ids,), 100))
    )


async def expect_alarm_and_silence(town: Town, detail: str) -> None:
    await town.dispatches()
    assert town.sms.counts.received == 0
    assert ("no-warrant", detail) in await town.alarms()
    await town.rests()
    assert town.sms.counts.received == 0


async def test_a_release_without_signatures_is_refused_and_queues_nothing(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "stage"
    await town.rests()
    assert (town.sms.counts.received, await town.campaigns(flood)) == (0, {})


async def test_a_stage_set_to_approved_by_hand_is_not_enough_to_release(town: Town) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", flood.id)
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "acts"
    await town.seals(flood, "approved")
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "MET-30"
    assert await town.campaigns(flood) == {}


async def test_a_release_of_another_digest_than_the_approved_one_is_refused(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await town.hub.releases.release(town.officials["releaser"], flood.id, "0" * 64)
    assert refused.value.rule == "SEP-3"
    assert await town.campaigns(flood) == {}


@pytest.mark.parametrize("by", ["author", "reviewer", "signer", "monitor"])
async def test_only_who_holds_the_right_to_release_releases(town: Town, by: str) -> None:
    flood = await town.prepares(channels=("sms",))
    with pytest.raises(Forbidden) as refused:
        await town.releases(flood, by=by)
    assert refused.value.rule == "RIGHT"
    assert (await town.hub.alerts.get(flood.id)).stage == "approved"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE forms SET body = 'run for your lives' WHERE alert = ? AND channel = 'sms'",
        "UPDATE alerts SET level = 4 WHERE id = ?",
        "UPDATE alerts SET expires_at = expires_at + 1000 WHERE id = ?",
        """UPDATE alerts SET plan = replace(plan, '"any":[]', '"any":["elderly"]') WHERE id = ?""",
        """UPDATE alerts SET plan = replace(plan, '610602000000', '610600000000') WHERE id = ?""",
        "DELETE FROM forms WHERE language = 'en-US' AND alert = ?",
    ],
)
async def test_what_is_changed_in_sql_after_approval_is_refused_at_release_and_at_dispatch(
    town: Town, change: str
) -> None:
    approved = await town.prepares(channels=("sms",))
    await town.sql(change, approved.id)
    with pytest.raises(Conflict) as refused:
        await town.releases(approved)
    assert refused.value.rule in {"SEP-3", "general-red"}
    released = await town.warns(channels=("sms",))
    await town.sql(change, released.id)
    await expect_alarm_and_silence(town, "the content is not what was signed")


async def test_a_released_row_written_by_hand_sends_nothing(town: Town) -> None:
    draft = await town.drafts(channels=("sms",))
    await town.sql("UPDATE alerts SET stage = 'released', released_at = 1 WHERE id = ?", draft.id)
    await add_shard(town, draft.id, "sms", BitMap([1, 2, 3]))
    await expect_alarm_and_silence(town, "its row says released, and its acts do not")
    await town.seals(draft, "released")
    await add_shard(town, draft.id, "sms", BitMap([4, 5, 6]))
    await expect_alarm_and_silence(town, "there is no release order for this alert")


async def test_an_order_signed_by_another_key_sends_nothing(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    keys = town.hub.keys
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, flood.id))
    assert kept is not None
    order = verify_order(kept.jws, keys.order_public, town.clock.now())
    forged = sign_order(order, Ed25519PrivateKey.generate(), keys.order.current.kid)
    await town.sql("UPDATE orders SET jws = ? WHERE alert = ?", forged, flood.id)
    await expect_alarm_and_silence(town, "signature does not match")


async def test_the_order_of_one_alert_does_not_release_another(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    sent = town.sms.counts.received
    other = await town.drafts(channels=("sms",))
    await town.sql("UPDATE alerts SET stage = 'released', released_at = 1 WHERE id = ?", other.id)
    await town.seals(other, "released")
    await town.sql("INSERT INTO orders SELECT ?, jws, audience, endpoints, at FROM orders", other.id)
    await add_shard(town, other.id, "sms", BitMap([town.ids["bridge-0"]]))
    await town.rests()
    assert town.sms.counts.received == sent
    assert ("no-warrant", "the order is for another alert") in await town.alarms()
    assert (await town.hub.alerts.get(flood.id)).stage == "released"


async def test_a_shard_with_a_person_outside_the_order_sends_nothing_to_anyone(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    sent = town.sms.counts.received
    await town.sql("UPDATE campaigns SET targeted = 0")
    await add_shard(town, flood.id, "sms", BitMap([town.ids["river-0"], town.ids["hills-0"]]))
    await town.rests()
    assert town.sms.counts.received == sent
    assert ("no-warrant", "the shard holds recipients the order does not cover") in await town.alarms()


async def test_an_audience_widened_by_hand_breaks_the_order(town: Town) -> None:
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    everyone = BitMap(town.ids.values()).serialize()
    await town.sql("UPDATE orders SET audience = ?", everyone)
    await expect_alarm_and_silence(town, "the audience is not the one that was ordered")


async def test_a_channel_the_order_does_not_name_sends_nothing(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await add_shard(town, flood.id, "voice", BitMap([town.ids["bridge-0"]]))
    await town.rests()
    assert town.voice.counts.received == 0
    assert ("no-warrant", "the order does not name this channel") in await town.alarms()


async def test_a_channel_nobody_drives_sends_nothing_and_raises_an_alarm(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.rests()
    await add_shard(town, flood.id, "pigeons", BitMap([town.ids["bridge-0"]]))
    await town.rests()
    assert ("no-driver", "pigeons") in await town.alarms()


async def test_a_worker_without_the_driver_of_an_ordered_channel_leaves_the_shard_to_others(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    served, town.dispatcher.drivers = town.dispatcher.drivers, {}
    await town.dispatches()
    assert {kind for kind, _ in await town.alarms()} == {"no-driver"}
    town.dispatcher.drivers = served
    town.clock.advance(60)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_a_job_for_a_shard_that_does_not_exist_raises_an_alarm(town: Town) -> None:
    await town.dispatcher.dispatch(ShardJob(4711, 1, "red", "sms"))
    assert await town.alarms() == [("forged-job", "no such shard")]


async def test_a_forged_job_in_redis_raises_an_alarm_and_stops_no_worker(town: Town) -> None:
    await town.hub.queue.put([ShardJob(4711, 1, "orange", "sms")])
    flood = await town.warns(channels=("sms",))
    await town.works()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    assert await town.alarms() == [("forged-job", "no such shard")]


async def test_an_order_of_the_exercise_world_sends_nothing_in_the_live_one(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.sql("UPDATE alerts SET world = 'exercise' WHERE id = ?", flood.id)
    await expect_alarm_and_silence(town, "the order belongs to another world")


async def test_an_official_out_of_office_no_longer_stands_behind_a_release(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await town.sql("UPDATE officials SET active = ? WHERE name = 'signer'", False)
    with pytest.raises(Conflict) as refused:
        await town.releases(flood)
    assert refused.value.rule == "MET-30"


async def test_a_release_order_names_who_signed_and_until_when(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    kept = await town.hub.db.read(lambda connection: alerts.find_order(connection, flood.id))
    assert kept is not None
    order = verify_order(kept.jws, town.hub.keys.order_public, town.clock.now())
    assert order.authorized_by == ("reviewer", "signer")
    assert (to_ms(order.expires), order.audience_size) == (to_ms(flood.expires_at), 20)
    assert order.digest == flood.digest
