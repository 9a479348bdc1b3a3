"""Weaknesses that real alerting systems have, one by one, tried on this hub through its API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from channels.message import DeliveryState
from hub.alert.alert import Status
from hub.alert.views import AlertView
from hub.errors import Conflict, Invalid
from hub.formats.cap.write import write
from hub.signoff.submit import Submission
from hub.store.alerts import alerts
from hub.tracking.report import report
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, cancel_of, quake
from tests.stories.town import BAOTA, BRIDGE, Cast, Town
from tests.stories.warnings import alert_of, because


class Desk:
    """The API as an official uses it."""

    def __init__(self, town: Town, http: aiohttp.ClientSession) -> None:
        self.town, self.http = town, http

    async def asks(self, who: str, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        official = self.town.officials[who]
        token = self.town.hub.tokens.issue(official.id, official.name, official.rights)
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        url = f"{self.town.hub.settings.public_url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, **more) as response:
            body = await response.json() if "json" in response.content_type else {"bytes": await response.read()}
            return response.status, body

    async def edits(self, who: str, view: AlertView, cap: bytes) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/xml", "If-Match": f'"{view.version}"'}
        return await self.asks(who, "PUT", f"/alerts/{view.id}", data=cap, headers=headers)


@pytest.fixture
async def desk(town: Town) -> AsyncIterator[Desk]:
    async with aiohttp.ClientSession() as http:
        yield Desk(town, http)


async def test_case_4_a_rejected_warning_is_never_changed_again(desk: Desk) -> None:
    town = desk.town
    flood = await town.submits(await town.drafts(channels=("sms",)))
    rejected = await town.decides(flood, "reviewer", "review", verdict="reject", reason="误报")
    status, told = await desk.edits("author", rejected, town.cap())
    assert (status, told["rule"]) == (409, "stage")
    for path, body in (("submit", {"version": rejected.version}), ("withdraw", {"reason": "x"})):
        status, told = await desk.asks("author", "POST", f"/alerts/{flood.id}/{path}", json=body)
        assert (status, told["rule"]) == (409, "stage")
    assert (await town.hub.alerts.get(flood.id)) == rejected


async def test_case_6_an_approval_that_dies_in_the_middle_is_there_wholly_or_not_at_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.submits(await town.drafts(channels=("sms",)))
    flood = await town.decides(flood, "reviewer", "review")

    def dies(*arguments: object, **values: object) -> None:
        raise KeyboardInterrupt  # no handler of the hub's takes this for a refusal

    with monkeypatch.context() as broken:
        broken.setattr("hub.store.alerts.alerts.change_stage", dies)
        with pytest.raises((KeyboardInterrupt, RuntimeError)):
            await town.decides(flood, "signer", "sign")
    assert await town.hub.alerts.get(flood.id) == flood


async def test_case_7_a_body_that_names_another_actor_is_refused_for_that_field(desk: Desk) -> None:
    flood = await desk.town.submits(await desk.town.drafts(channels=("sms",)))
    word = {"step": "review", "verdict": "approve", "digest": flood.digest}
    for field in ("created_by", "official", "actor"):
        status, told = await desk.asks("reviewer", "POST", f"/alerts/{flood.id}/decisions", json=word | {field: 5})
        assert (status, told["rule"], told["place"]) == (422, "field-unknown", field)
    assert await desk.town.hub.alerts.get(flood.id) == flood


async def test_case_10_what_is_signed_and_sent_is_what_was_shown_with_its_time(desk: Desk) -> None:
    town = desk.town
    flood = await town.submits(await town.drafts(channels=("sms",)))
    _, shown = await desk.asks("reviewer", "GET", f"/alerts/{flood.id}/cap")
    town.clock.advance(3600)
    released = await town.releases(await town.approves(flood))
    assert (released.sent, released.digest) == (flood.sent, flood.digest)
    assert (await desk.asks("reviewer", "GET", f"/alerts/{flood.id}/cap"))[1] == shown


async def test_case_11_nothing_is_approved_for_its_author_beforehand(desk: Desk) -> None:
    town = desk.town
    flood = await town.submits(await town.drafts(channels=("sms",)))
    body = {"step": "sign", "verdict": "approve", "digest": flood.digest}
    status, told = await desk.asks("author", "POST", f"/alerts/{flood.id}/decisions", json=body)
    assert (status, told["rule"]) == (403, "SEP-1")
    assert (await town.hub.alerts.get(flood.id)).missing == ("review", "sign")


async def test_case_12_an_edit_of_a_released_warning_is_refused_by_the_domain(desk: Desk) -> None:
    town = desk.town
    flood = await town.warns(channels=("sms",))
    status, told = await desk.edits("author", flood, town.cap())
    assert (status, told["rule"]) == (409, "stage")
    assert await town.hub.alerts.get(flood.id) == flood


async def test_case_17_a_drill_that_reaches_the_live_hub_fails_loudly_and_never_shows_live(town: Town) -> None:
    drill = await town.drafts(write(replace(alert_of(town.clock.now(), "drill", BAOTA), status=Status.EXERCISE)))
    with pytest.raises(Conflict) as refused:
        await town.submits(drill)
    assert refused.value.rule == "EX-1"
    assert (await town.hub.alerts.get(drill.id)).stage == "draft"


async def test_case_18_a_client_that_repeats_its_post_makes_one_warning(desk: Desk) -> None:
    town = desk.town
    cap = town.cap()
    headers = {"Content-Type": "application/xml"}
    answers = [await desk.asks("author", "POST", "/alerts", data=cap, headers=headers) for _ in range(3)]
    assert {(status, body["id"]) for status, body in answers} == {(201, answers[0][1]["id"])}
    headers["Idempotency-Key"] = "again"
    cap = town.cap()
    keyed = [await desk.asks("author", "POST", "/alerts", data=cap, headers=headers) for _ in range(2)]
    assert [(status, body["id"]) for status, body in keyed] == [(201, keyed[0][1]["id"])] * 2


async def test_case_24_what_a_channel_cannot_carry_is_said_by_name_and_a_cancel_goes_over_the_others(
    town: Town,
) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms", "voice"))
    author = town.officials["author"]

    class Once:
        carries = frozenset({"Alert"})

    def without(*names: str) -> Submission:
        return replace(town.hub.submission, drivers={**town.hub.drivers, **dict.fromkeys(names, Once())})

    update = await town.hub.drafting.update(author, flood.id, town.cap(BRIDGE))
    cancel = await town.hub.drafting.cancel(author, flood.id, because("险情解除"))
    for draft, names in ((update, ("voice",)), (cancel, ("sms", "voice"))):
        with pytest.raises(Invalid, match="voice") as refused:
            await without(*names).submit(author, draft.id, draft.version)
        assert refused.value.rule == "msg-type-uncarried"
        assert (await town.hub.alerts.get(draft.id)).stage == "draft"
    shown = await without("voice").submit(author, cancel.id, cancel.version)
    assert shown.channels == ("sms",)
    [told] = [each["text"] for each in shown.findings if each["rule"] == "msg-type-uncarried"]
    assert "voice" in told


async def test_case_54_a_false_alarm_is_called_off_in_words_signed_beforehand_and_the_time_it_took_is_kept(
    settle: Any,
) -> None:
    town: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    sensor = await Sensor.known(town)
    await sensor.licensed()
    message = quake(town.clock.now())
    await sensor.sends(message)
    await town.rests()
    town.clock.advance(95)
    back = await sensor.sends(cancel_of(message, town.clock.now(), "quake-1-back"))
    assert (back.stage, back.why_not) == ("released", ())
    await town.later_rests()
    await town.inbox("sms").expects(await town.hub.alerts.get(back.alert), town.people("bridge", "river"))
    row = await town.hub.db.read(lambda connection: alerts.get(connection, back.alert))
    told = await town.hub.db.read(lambda connection: report(connection, row))
    assert [each["after_s"] for each in told["messages"]] == [0, 95]


async def test_case_35_a_message_whose_period_is_over_is_refused_and_its_end_is_never_ignored(desk: Desk) -> None:
    town = desk.town
    flood = await town.drafts(town.cap(lasts=timedelta(hours=1)), channels=("sms",))
    town.clock.advance(3601)
    status, told = await desk.asks("author", "POST", f"/alerts/{flood.id}/submit", json={"version": flood.version})
    assert (status, told["rule"]) in {(422, "X21"), (409, "stage")}


@pytest.mark.parametrize(
    "time", ["2026-07-01T08:00:00Z", "2026-07-01T08:00:00.5+08:00", "2026-07-01T08:00:00,5+08:00",
             "2026-07-01T24:00:00+08:00", "2026-07-01T08:00:00"],
)  # fmt: skip
async def test_case_36_a_time_that_is_not_cap_is_named(desk: Desk, time: str) -> None:
    cap = desk.town.cap()
    start = cap.index(b"<expires>") + len(b"<expires>")
    broken = cap[:start] + time.encode() + cap[cap.index(b"</expires>") :]
    headers = {"Content-Type": "application/xml"}
    _, told = await desk.asks("author", "POST", "/validate", data=broken, headers=headers)
    assert "error" in {each["level"] for each in told["findings"] if "expires" in each["element"]}


async def test_case_59_a_worker_that_is_late_sends_nothing_of_a_warning_that_is_over_and_counts_it(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, lasts=timedelta(hours=1)), channels=("sms",))
    tickets = await town.tickets()
    town.clock.advance(3601)
    for ticket in tickets:
        await town.dispatcher.dispatch(ticket)
    await town.rests()
    assert town.sms.counts.received == 0
    assert {*(await town.states(flood, "sms")).values()} <= {DeliveryState.EXPIRED.name}
    assert (await town.hub.alerts.progress(flood.id)).persons.reached == 0


async def test_case_60_the_same_cancel_again_is_the_same_answer_and_no_second_message(desk: Desk) -> None:
    town = desk.town
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    ended = await town.cancels(flood)
    await town.later_rests()
    sent = town.sms.counts.received
    status, told = await desk.asks("author", "POST", f"/alerts/{flood.id}/cancel", json={"note": "险情解除"})
    assert (status, told["id"]) == (201, ended.id)
    await town.later_rests()
    assert town.sms.counts.received == sent
