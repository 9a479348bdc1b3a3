"""From when, until when, and not before: what a warning says of its times, and what it never does before its hour."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from lxml import etree

from approvals.grant import EMERGENCY
from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.errors import Conflict, Forbidden, Invalid
from hub.formats.cap.period import PERIOD_RULES
from hub.formats.cap.read import read
from hub.formats.cap.write import strict_findings, write
from hub.release import release
from hub.store.register import partners
from tests.far_moments import FAR_MOMENTS
from tests.stories.cast import SEISMIC_NAMES
from tests.stories.sensor import Sensor, quake
from tests.stories.staff import Staff
from tests.stories.town import Cast, Town
from tests.stories.unsettled import HOUR, posted, timed
from tests.stories.warnings import BEIJING, because

ATOM, CAP = "{http://www.w3.org/2005/Atom}", "{urn:oasis:names:tc:emergency:cap:1.2}"


def spelt(moment: datetime) -> tuple[str, str]:
    """The hour as a Chinese form and as an English one writes it."""
    here = moment.astimezone(BEIJING)
    return f"{here.hour}时{here.minute:02d}分", f"{here:%H:%M}"


async def feed(town: Town) -> list[Any]:
    """The entries a partner reads."""
    token = "partner-token"
    hashed = hashlib.sha256(token.encode()).hexdigest()
    if not await town.hub.db.read(lambda connection: partners.by_token_hash(connection, hashed)):
        await town.hub.db.write(lambda connection: partners.add(connection, "Radio", hashed, now_ms=1))
    url = f"{town.hub.settings.public_url}/feeds"
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client, client.get(url) as answer:
        return etree.fromstring(await answer.read()).findall(f"{ATOM}entry")


# --- from when


@pytest.mark.parametrize("times", [("effective",), ("onset",), ("effective", "onset")])
async def test_a_warning_that_begins_later_leaves_at_once_and_says_from_when_in_every_form_and_in_the_feed(
    town: Town, times: tuple[str, ...]
) -> None:
    begins = (town.clock.now() + 5 * HOUR).astimezone(BEIJING)
    alert = timed(town.clock.now(), expires=begins + 4 * HOUR, **dict.fromkeys(times, begins))
    flood = await town.warns(write(alert))
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    forms = await town.hub.alerts.forms(flood.id)
    assert {form.channel for form in forms} == {"sms", "voice"}
    for form in forms:
        told = form.text or form.body
        for moment in (alert.sent, begins, begins + 4 * HOUR):
            assert any(each in told for each in spelt(moment)), told
    [entry] = await feed(town)
    assert datetime.fromisoformat(entry.findtext(f"{CAP}onset")) == begins
    assert f"{begins:%Y-%m-%d %H:%M%z}" in entry.findtext(f"{ATOM}summary")


async def test_what_is_far_longer_in_force_than_usual_is_told_to_those_who_sign_and_what_is_not_is_not(
    town: Town,
) -> None:
    now = town.clock.now()
    for number, (hours, told) in enumerate(((9, 0), (10, 1), (30 * 24, 1))):  # an orange rainstorm usually stands 3 h
        draft = await town.drafts(write(timed(now, f"rain-{number}", expires=now + hours * HOUR)))
        submitted = await town.submits(draft)
        for view in (draft, submitted):
            found = [each for each in view.findings if each["rule"] == "period-long"]
            assert len(found) == told, hours
            assert all(each["values"] == {"hours": hours, "usual_hours": 3} for each in found)


# --- not before


async def holds(town: Town, hours: float = 4) -> tuple[AlertView, datetime]:
    """A warning drafted now, held back, and released."""
    hour = town.clock.now() + hours * HOUR
    draft = await town.drafts(town.cap(lasts=12 * HOUR))
    held = await town.hub.drafting.hold(town.officials["author"], draft.id, draft.version, hour)
    assert (held.not_before, held.version) == (hour, draft.version + 1)
    return await town.releases(await town.approves(await town.submits(held))), hour


async def nothing_leaves_before(town: Town, flood: AlertView, hour: datetime) -> None:
    """Looks again and again until the hour, and a moment before it."""
    left = (hour - town.clock.now()).total_seconds()
    for seconds in (0, 60, left / 2 - 60, left / 2 - 0.1):
        town.clock.advance(seconds)
        await town.rests()
        for channel in ("sms", "voice"):
            await town.inbox(channel).expects(flood, ())
        assert await feed(town) == []


async def test_a_warning_that_is_held_reaches_everybody_at_its_hour_and_nobody_before(town: Town) -> None:
    flood, hour = await holds(town)
    assert (flood.stage, flood.released_at) == ("released", hour)
    await nothing_leaves_before(town, flood, hour)
    town.clock.advance(0.1)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))
    [entry] = await feed(town)
    assert entry.findtext(f"{CAP}identifier") == flood.identifier
    for form in await town.hub.alerts.forms(flood.id):
        assert any(each in (form.text or form.body) for each in spelt(hour))  # the time of issue is the hour it leaves


async def test_without_the_hour_in_the_order_the_same_warning_would_leave_early(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: the story above fails."""
    monkeypatch.setattr(release, "_leaves", lambda _, now: now)
    flood, hour = await holds(town)
    with pytest.raises(AssertionError):
        await nothing_leaves_before(town, flood, hour)


async def test_a_hub_that_is_killed_and_a_queue_that_is_lost_neither_lose_what_is_held_nor_let_it_out(
    town: Town,
) -> None:
    flood, hour = await holds(town)
    await town.hub.redis.flushdb()
    town._dispatcher = town._sweeper = None  # another process from now on, which knows only what the store holds
    await nothing_leaves_before(town, flood, hour)
    await town.hub.redis.flushdb()
    town._dispatcher = town._sweeper = None
    town.clock.advance(1)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_a_shard_whose_hour_was_taken_out_of_its_row_still_waits_for_the_hour_in_the_order(town: Town) -> None:
    flood, _ = await holds(town)
    await town.sql("UPDATE shards SET not_before = 0")
    await town.dispatches()
    for channel in ("sms", "voice"):
        await town.inbox(channel).expects(flood, ())
    assert ("no-warrant", "not yet in force") in await town.alarms()


async def test_what_is_cancelled_before_its_hour_never_leaves_and_nobody_is_told_that_it_is_over(town: Town) -> None:
    flood, hour = await holds(town)
    lifted = await town.cancels(flood)
    town.clock.advance((hour - town.clock.now()).total_seconds() + 60)
    await town.rests()
    for alert in (flood, lifted):
        await town.inbox("sms").expects(alert, ())
    assert (await town.hub.alerts.get(flood.id)).stage == "cancelled"


async def test_what_is_held_still_is_not_updated_since_nobody_has_it(town: Town) -> None:
    flood, hour = await holds(town)
    with pytest.raises(Conflict) as refused:
        await town.updates(flood, town.cap())
    assert refused.value.rule == "hold"
    town.clock.advance((hour - town.clock.now()).total_seconds())
    await town.rests()
    assert (await town.updates(flood, town.cap())).msg_type == "Update"


async def test_the_hour_is_signed_for_and_an_approval_that_comes_later_does_not_bring_it_back(town: Town) -> None:
    draft = await town.drafts(town.cap())
    free = await town.submits(draft)
    again = await town.decides(free, "reviewer", "review", verdict="return", reason="hold it")
    hour = town.clock.now() + HOUR
    held = await town.hub.drafting.hold(town.officials["author"], again.id, again.version, hour)
    submitted = await town.submits(held)
    assert submitted.digest != free.digest
    with pytest.raises(Conflict):  # what was asked to be signed cannot be held any longer, or let go
        await town.hub.drafting.hold(town.officials["author"], held.id, submitted.version, None)
    approved = await town.approves(submitted)
    town.clock.advance(2 * 3600)
    late = await town.releases(approved)
    assert late.released_at == town.clock.now()
    await town.rests()
    await town.inbox("sms").expects(late, town.people("bridge", "river"))


async def test_who_holds_no_longer_lets_it_leave_on_release(town: Town) -> None:
    draft = await town.drafts(town.cap())
    author, hour = town.officials["author"], town.clock.now() + HOUR
    held = await town.hub.drafting.hold(author, draft.id, draft.version, hour)
    free = await town.hub.drafting.hold(author, draft.id, held.version, None)
    assert (free.not_before, free.sent) == (None, draft.sent)
    flood = await town.releases(await town.approves(await town.submits(free)))
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


async def test_what_is_held_back_is_no_danger_at_hand_and_does_not_take_the_emergency_path(settle: Any) -> None:
    town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    author = town.officials["author"]
    draft = await town.drafts(write(quake(town.clock.now())))
    held = await town.hub.drafting.hold(author, draft.id, draft.version, town.clock.now() + HOUR / 2)
    with pytest.raises(Invalid) as refused:
        await town.hub.submission.submit(author, held.id, held.version, EMERGENCY)
    assert (refused.value.rule, refused.value.place) == ("emergency", "not_before")
    free = await town.hub.drafting.hold(author, held.id, held.version, None)
    assert (await town.hub.submission.submit(author, free.id, free.version, EMERGENCY)).path == EMERGENCY


async def test_only_a_first_message_is_held_and_only_until_an_hour_within_its_period(town: Town) -> None:
    author, now = town.officials["author"], town.clock.now()
    flood = await town.warns()
    update = await town.hub.drafting.update(author, flood.id, town.cap())
    cancel = await town.hub.drafting.cancel(author, flood.id, because("险情解除"))
    for draft in (update, cancel):
        with pytest.raises(Conflict) as refused:
            await town.hub.drafting.hold(author, draft.id, draft.version, now + HOUR)
        assert refused.value.rule == "hold"
    draft = await town.drafts(town.cap())
    for hour in (now, now - HOUR, now + 6 * HOUR, now + 7 * HOUR):
        with pytest.raises(Invalid) as late:
            await town.hub.drafting.hold(author, draft.id, draft.version, hour)
        assert late.value.rule == "hold"
    with pytest.raises(Forbidden):
        await town.hub.drafting.hold(town.officials["monitor"], draft.id, draft.version, now + HOUR)
    assert await town.hub.alerts.get(draft.id) == draft


async def test_a_message_that_says_it_is_of_later_is_held_until_then_where_its_author_says_so(town: Town) -> None:
    now = town.clock.now()
    draft = await town.drafts(posted(timed(now, sent=now + 2 * HOUR)))
    said = [QuestionAnswer("sent-ahead", "hold")]
    held = await town.hub.drafting.answer(town.officials["author"], draft.id, draft.version, said)
    assert (held.questions, held.not_before, held.sent) == ((), now + 2 * HOUR, draft.sent)
    flood = await town.releases(await town.approves(await town.submits(held)))
    await nothing_leaves_before(town, flood, now + 2 * HOUR)
    town.clock.advance(1)
    await town.rests()
    await town.inbox("sms").expects(flood, town.people("bridge", "river"))


# --- until when, where a machine does not say


@pytest.fixture
async def quaking(settle: Any) -> Town:
    """Earthquakes are the seismic agency's to tell."""
    settled: Town = await settle(Cast(kind="seismic", names=SEISMIC_NAMES))
    return settled


async def test_under_a_standing_authorisation_what_states_no_end_holds_for_the_usual_period_and_every_form_says_so(
    quaking: Town,
) -> None:
    town = quaking
    sensor = await Sensor.known(town)
    await sensor.licensed()
    now = town.clock.now()
    alert = quake(now, expires=None)
    taken = await sensor.sends(write(alert, unsettled=PERIOD_RULES))
    assert (taken.stage, taken.why_not) == ("released", ())
    view = await town.hub.alerts.get(taken.alert)
    assert view.expires_at == alert.sent + 2 * HOUR  # as long as the paper allows: less than is usual
    sent = read(await town.hub.alerts.cap(view.id)).alert
    assert sent is not None
    assert not [each for each in strict_findings(sent) if each.level == "error"]
    for form in await town.hub.alerts.forms(view.id):
        assert any(each in (form.text or form.body) for each in spelt(view.expires_at))


@pytest.mark.parametrize("times", [{"expires": -1}, {"expires": 0}, {"onset": 20}], ids=str)
async def test_under_a_standing_authorisation_an_end_that_contradicts_itself_is_asked_of_a_person(
    quaking: Town, times: dict[str, int]
) -> None:
    town = quaking
    sensor = await Sensor.known(town)
    await sensor.licensed()
    now = town.clock.now()
    alert = quake(now)
    moved = {name: alert.sent + hours * HOUR for name, hours in times.items()}
    alert = replace(alert, infos=tuple(replace(info, **moved) for info in alert.infos))
    taken = await sensor.sends(write(alert, unsettled=PERIOD_RULES))
    assert taken.stage == "draft"
    assert [question.rule for question in (await town.hub.alerts.get(taken.alert)).questions] == ["X11"]


@pytest.mark.parametrize("hour", FAR_MOMENTS)
async def test_an_hour_that_not_every_zone_can_tell_is_refused_and_fails_nothing(town: Town, hour: str) -> None:
    draft = await town.drafts()
    async with aiohttp.ClientSession() as http:
        author = Staff(town, http, {"author": town.officials["author"]})
        body = {"version": draft.version, "until": hour}
        status, problem = await author.asks("author", "PUT", f"/alerts/{draft.id}/hold", json=body)
    assert (status, problem["place"]) == (422, "until")
