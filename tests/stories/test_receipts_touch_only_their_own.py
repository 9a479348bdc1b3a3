"""A receipt changes only what its own channel and endpoint sent; what is forged or foreign changes nothing."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson
import pytest
from twilio.request_validator import RequestValidator
from yarl import URL

from channels.counterparts.twilio import AUTH_TOKEN
from channels.message import DeliveryState
from channels.standard_webhooks import sign
from hub.store.register import endpoints
from hub.store.register.endpoints import NewEndpoint
from hub.tracking.forgeries import MANY
from tests.stories.town import Cast, Town

KEYS = ["whsec_" + b64encode(bytes([number]) * 32).decode() for number in range(2)]


async def posts(town: Town, channel: str, body: bytes, headers: dict[str, str], query: str = "") -> tuple[int, str]:
    """Status and rule of the answer."""
    url = f"{town.hub.settings.public_url}/hooks/{channel}{query}"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        read = await answer.read()
        return answer.status, orjson.loads(read)["rule"] if answer.status >= 400 else ""


async def proves(town: Town, channel: str, delivery: str, key: str) -> tuple[int, str]:
    """An operator says on `channel` that `delivery` was aired, signed with `key`."""
    now = town.clock.now()
    body = orjson.dumps(
        {
            "delivery": delivery,
            "aired_at": now.isoformat(),
            "evidence": "tape",
            "at": now.isoformat(),
            "status": "on_air",
        }
    )
    return await posts(town, channel, body, sign(key, "report_1", now, body))


async def calls_back(town: Town, channel: str, delivery: str, status: str, **more: str) -> tuple[int, str]:
    """The telephone company's own signature over whatever it is asked to sign."""
    query = f"?attempt=1&delivery={delivery}"
    fields = {"MessageSid": "SM" + "0" * 32, "MessageStatus": status, "CallSid": "CA" + "0" * 32, "CallStatus": status}
    fields |= more
    url = f"{town.hub.settings.public_url}/hooks/{channel}{query}"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
    form = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return await posts(town, channel, urlencode(fields).encode(), form, query)


@pytest.fixture
async def town(settle) -> Town:
    """Two newsrooms and a broadcaster with keys of their own, and some people on two channels."""
    town: Town = await settle(
        Cast(bridge=3, river=0, hills=0, channels=("sms", "voice", "partners", "broadcast"), media=2)
    )
    await town.members["partners"].counterpart.aclose()  # nobody reports but the tests
    town.sms.knobs = town.sms.knobs.turn(loss=1.0)

    def work(connection: Any) -> None:
        for number, key in enumerate(KEYS):
            new = NewEndpoint("partners", f"partners-{number}", "http://127.0.0.1:9/", key, None, key)
            endpoints.add(connection, town.hub.vault, new)

    await town.hub.db.write(work)
    return town


async def endpoint_id(town: Town, name: str) -> int:
    listed = await town.hub.db.read(endpoints.list_all)
    return next(each.id for each in listed if each.name == name)


async def aired(town: Town, flood: Any) -> dict[int, DeliveryState]:
    campaign = (await town.campaigns(flood))["partners"]
    rows = await town.hub.db.read(
        lambda c: c.exec_driver_sql(f"SELECT recipient, state FROM deliveries WHERE campaign = {campaign.id}").all()
    )
    return {row[0]: DeliveryState(row[1]) for row in rows}


async def test_a_proof_of_airing_confirms_its_own_endpoints_delivery_and_no_other(town: Town) -> None:
    flood = await town.warns(channels=("partners",))
    await town.dispatches()
    campaign = (await town.campaigns(flood))["partners"].id
    first, second = [await endpoint_id(town, f"partners-{number}") for number in range(2)]
    ids = town.hub.delivery_ids
    before = await aired(town, flood)
    assert (await proves(town, "partners", ids.one("partners", campaign, second), KEYS[0]))[0] == 403
    assert await aired(town, flood) == before, "whose key it is not"
    assert await proves(town, "partners", ids.one("partners", campaign, first), KEYS[0]) == (200, "")
    after = await aired(town, flood)
    assert (after[first], after[second]) == (DeliveryState.CONFIRMED, before[second])


async def test_a_partners_proof_never_confirms_a_citizens_message(town: Town) -> None:
    flood = await town.warns(channels=("sms", "partners"))
    await town.dispatches()
    sms = (await town.campaigns(flood))["sms"].id
    person, newsroom = town.ids["bridge-0"], await endpoint_id(town, "partners-0")
    ids = town.hub.delivery_ids
    stolen = [ids.one("sms", sms, person), ids.one("sms", sms, newsroom), f"{sms}-{person}"]
    for delivery in stolen:
        assert await proves(town, "partners", delivery, KEYS[0]) == (403, "foreign-delivery")
    assert set((await town.states(flood, "sms")).values()) == {"ACCEPTED"}
    text = await metrics(town)
    assert 'fenghuo_hook_callbacks_total{channel="partners",outcome="foreign"} 3.0' in text


async def metrics(town: Town) -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{town.hub.settings.public_url}/metrics") as answer,
    ):
        return await answer.text()


async def test_a_message_of_one_channel_is_not_confirmed_on_another_of_the_same_company(town: Town) -> None:
    flood = await town.warns(channels=("sms", "voice"))
    await town.dispatches()
    sms = await town.delivery(flood, "sms", "bridge-0")
    assert await calls_back(town, "voice", sms, "completed") == (403, "foreign-delivery")
    assert (await town.states(flood, "sms"))["bridge-0"] == "ACCEPTED"
    assert await calls_back(town, "sms", sms, "delivered") == (200, "")
    assert (await town.states(flood, "sms"))["bridge-0"] == "DELIVERED"


async def test_two_hubs_with_the_same_history_give_no_delivery_the_same_id(town: Town, tmp_path) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    campaign = (await town.campaigns(flood))["sms"].id
    other = town.build(hub=town.hub.settings.hub.model_copy(update={"data_dir": tmp_path / "another"}))
    theirs = set(other.delivery_ids.many("sms", campaign, sorted(town.names)))
    assert set(town.sms.counts.ids) & theirs == set()
    assert (await calls_back(town, "sms", theirs.pop(), "delivered"))[1] == "foreign-delivery"
    await other.aclose()


async def test_whoever_tries_ids_is_heard_of_after_a_few(town: Town) -> None:
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    for number in range(MANY):
        assert (await calls_back(town, "sms", f"{flood.id}-{number}", "delivered"))[0] == 403
    assert [kind for kind, _ in await town.alarms()].count("forged-callbacks") == 1
    assert set((await town.states(flood, "sms")).values()) == {"ACCEPTED"}


async def test_an_endpoint_out_of_service_is_believed_no_more(town: Town) -> None:
    flood = await town.warns(channels=("partners",))
    await town.dispatches()
    number = await endpoint_id(town, "partners-0")
    campaign = (await town.campaigns(flood))["partners"].id
    await town.hub.db.write(lambda connection: endpoints.deactivate(connection, number))
    delivery = town.hub.delivery_ids.one("partners", campaign, number)
    assert await proves(town, "partners", delivery, KEYS[0]) == (403, "the endpoint has no callback key")


async def test_a_callback_address_has_its_parameters_in_order_so_that_sorting_it_changes_nothing(town: Town) -> None:
    await town.warns(channels=("sms",))
    await town.dispatches()
    queries = {story.callback.partition("?")[2] for story in town.sms.stories.values()}
    assert {"&".join(sorted(query.split("&"))) for query in queries} == queries
    assert len(queries) == 3


async def test_receipts_in_the_order_of_a_real_complaint_leave_the_message_delivered(town: Town) -> None:
    """Delivered, sent, undelivered, a word nobody knows, delivered (twilio/twilio-csharp#633)."""
    flood = await town.warns(channels=("sms",))
    await town.dispatches()
    sms = await town.delivery(flood, "sms", "bridge-0")
    for status in ("delivered", "sent", "undelivered", "partially_delivered", "delivered"):
        assert await calls_back(town, "sms", sms, status) == (200, "")
        assert (await town.states(flood, "sms"))["bridge-0"] == "DELIVERED"


async def test_a_call_that_a_machine_took_has_told_nobody_and_goes_on(town: Town) -> None:
    """target/goalert#921: a voicemail counted as delivered."""
    flood = await town.warns(channels=("voice",))
    town.fate("bridge-0", voice="silent")
    await town.dispatches()
    call = await town.delivery(flood, "voice", "bridge-0")
    machine = {"CallDuration": "12", "AnsweredBy": "machine_start"}
    assert await calls_back(town, "voice", call, "completed", **machine) == (200, "")
    assert (await town.states(flood, "voice"))["bridge-0"] == "FAILED"


async def test_whoever_asks_once_more_hears_what_was_approved_and_only_the_announced_key_confirms(town: Town) -> None:
    flood = await town.warns(channels=("voice",))
    for name in town.ids:
        town.fate(name, voice="silent")
    await town.dispatches()
    story = town.voice.stories[await town.delivery(flood, "voice", "bridge-0")]
    forms = [form.body for form in await town.hub.alerts.forms(flood.id) if form.channel == "voice"]
    assert all("2" in body for body in forms), "the key is announced"
    assert await presses(town, story, "2") in forms
    assert await presses(town, story, "7") not in forms
    assert (await town.states(flood, "voice"))["bridge-0"] == "ACCEPTED"
    await presses(town, story, "1")
    assert (await town.states(flood, "voice"))["bridge-0"] == "CONFIRMED"


async def presses(town: Town, story: Any, key: str) -> str:
    """What the machine says then."""
    fields = {"CallSid": story.sid, "Digits": key}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(story.action, fields)
    form = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(URL(story.action, encoded=True), data=urlencode(fields).encode(), headers=form) as answer,
    ):
        return (await answer.read()).decode()
