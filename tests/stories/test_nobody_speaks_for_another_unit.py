"""A warning belongs to whoever issues it: nobody else edits, submits, decides, releases or takes it back.

Each story has a twin without the guard, in which the same strangers succeed: it is the guard that stops them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from approvals import competence
from approvals.answer import ISSUER
from approvals.official import Official
from approvals.party import PartyRole
from hub.alert.views import AlertView, PlanRequest
from hub.dossier.issuers import IssuersRequest
from hub.errors import Conflict, Forbidden, Invalid, Refusal
from hub.formats.cap.write import write
from hub.store.records import audit
from tests.stories.town import BAOTA, CITY, Cast, Town
from tests.stories.units import enters
from tests.stories.warnings import alert_of, because


@pytest.fixture
async def bureau(settle: Any) -> Town:
    """The town whose officials are of a county station; another station of the county, and that of the city."""
    town = await settle(Cast(bridge=2, river=1, hills=1, officials_of=BAOTA))
    for name in ("chen", "deng", "fang"):
        await enters(town, name, "another station")
    for name in ("sun", "tang", "wu", "xie"):
        await enters(town, name, "city station", CITY)
    return town


def _remove_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody is taken for an official of the issuer."""

    def all_parts(official: Official, stakes: Any, *_: Any, **__: Any) -> PartyRole:
        return PartyRole(frozenset(unit.name for unit in stakes.issuers) | {official.unit}, ISSUER)

    monkeypatch.setattr(competence, "part_of", all_parts)
    monkeypatch.setattr(competence.Bench, "_is_of_chain", lambda *_: True)


async def _signs_and_releases(town: Town) -> AlertView:
    """A draft of the station; another station decides on it and releases it."""
    view = await town.submits(await town.drafts(channels=("sms",)))
    view = await town.decides(view, "chen", "review")
    view = await town.decides(view, "deng", "sign")
    return await town.releases(view, by="fang")


async def test_another_bureau_neither_signs_nor_releases_a_bureau_s_draft(bureau: Town) -> None:
    with pytest.raises(Forbidden) as refused:
        await _signs_and_releases(bureau)
    assert refused.value.rule == "UNIT"
    for said in ("office", "another station", "delegation"):
        assert said in str(refused.value)
    assert "delegation" in refused.value.members["remedy"]
    await bureau.rests()
    assert bureau.sms.counts.received == 0


async def test_without_the_guard_another_bureau_signs_and_releases_it(
    bureau: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _remove_guard(monkeypatch)
    assert (await _signs_and_releases(bureau)).stage == "released"


Door = Callable[[Town, str], Awaitable[Any]]


async def _edits(town: Town, by: str) -> Any:
    draft = await town.drafts()
    cap = town.cap(identifier=draft.identifier)
    return await town.hub.drafting.replace(town.officials[by], draft.id, draft.version, cap, PlanRequest())


async def _replans(town: Town, by: str) -> Any:
    draft = await town.drafts()
    return await town.hub.drafting.replan(town.officials[by], draft.id, draft.version, PlanRequest(("sms",)))


async def _restates(town: Town, by: str) -> Any:
    draft = await town.drafts()
    return await town.hub.drafting.restate(town.officials[by], draft.id, draft.version, IssuersRequest())


async def _submits(town: Town, by: str) -> Any:
    return await town.submits(await town.drafts(), by=by)


async def _reviews(town: Town, by: str) -> Any:
    return await town.decides(await town.submits(await town.drafts()), by, "review")


async def _releases(town: Town, by: str) -> Any:
    return await town.releases(await town.prepares(channels=("sms",)), by=by)


async def _withdraws(town: Town, by: str) -> Any:
    return await town.hub.drafting.withdraw(town.officials[by], (await town.drafts()).id, "not ours")


async def _rejects(town: Town, by: str) -> Any:
    view = await town.submits(await town.drafts())
    return await town.decides(view, by, "review", verdict="reject", reason="not ours")


async def _cancels(town: Town, by: str) -> Any:
    rain = await town.warns(channels=("sms",))
    return await town.hub.drafting.cancel(town.officials[by], rain.id, because("over"))


async def _updates(town: Town, by: str) -> Any:
    rain = await town.warns(channels=("sms",))
    return await town.hub.drafting.update(town.officials[by], rain.id, town.cap(), "they sleep")


async def _holds(town: Town, by: str) -> Any:
    draft = await town.drafts()
    return await town.hub.drafting.hold(town.officials[by], draft.id, draft.version, None)


async def _refers(town: Town, by: str) -> Any:
    draft = await town.drafts()
    return await town.hub.referrals.refer(town.officials[by], draft.id, "rises", "city station")


async def _takes_over(town: Town, by: str) -> Any:
    draft = await town.drafts()
    return await town.hub.drafting.take_over(town.officials[by], draft.id, draft.version, "they sleep")


#: and the rule by which a stranger is kept out
DOORS: dict[Door, str] = {
    _edits: "UNIT",
    _replans: "UNIT",
    _restates: "UNIT",
    _holds: "UNIT",
    _submits: "UNIT",
    _reviews: "UNIT",
    _rejects: "UNIT",
    _releases: "UNIT",
    _withdraws: "UNIT",
    _cancels: "UC-1",
    _updates: "UC-1",
    _refers: "referral-stranger",
    _takes_over: "UNIT",
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__.strip("_"))
async def test_no_door_is_open_to_an_official_of_a_stranger(bureau: Town, door: Door) -> None:
    with pytest.raises(Refusal) as refused:
        await door(bureau, "chen")
    assert refused.value.rule == DOORS[door]
    assert "office" in str(refused.value)  # whose warning it is


OWN = [door for door in DOORS if door not in (_refers, _takes_over)]


@pytest.mark.parametrize("door", OWN, ids=lambda door: door.__name__.strip("_"))
async def test_every_door_is_open_to_another_official_of_the_issuer(bureau: Town, door: Door) -> None:
    await enters(bureau, "yang", "office")
    assert await door(bureau, "yang")


@pytest.mark.parametrize("door", OWN, ids=lambda door: door.__name__.strip("_"))
async def test_without_the_guard_every_door_is_open_to_a_stranger(
    bureau: Town, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    _remove_guard(monkeypatch)
    assert await door(bureau, "chen")


async def _in_its_own_name(town: Town, taken: AlertView) -> AlertView:
    """The text names the city's station, which issues it now."""
    alert = alert_of(town.clock.now(), taken.identifier, BAOTA)
    infos = tuple(replace(info, sender_name="city station") for info in alert.infos)
    source, plan = write(replace(alert, infos=infos)), PlanRequest(("sms",))
    return await town.hub.drafting.replace(town.officials["sun"], taken.id, taken.version, source, plan)


async def test_a_superior_takes_a_draft_over_with_its_reason_and_its_own_people_decide(bureau: Town) -> None:
    view = await bureau.submits(await bureau.drafts(channels=("sms",)))
    view = await bureau.decides(view, "reviewer", "review")
    for step in ("review", "sign"):
        with pytest.raises(Forbidden) as refused:
            await bureau.decides(view, "tang", step)
        assert "take it over" in str(refused.value)
    with pytest.raises(Invalid) as unreasoned:
        await bureau.hub.drafting.take_over(bureau.officials["sun"], view.id, view.version, " ")
    assert unreasoned.value.rule == "UC-1"
    taken = await bureau.hub.drafting.take_over(
        bureau.officials["sun"], view.id, view.version, "they cannot be reached"
    )
    assert (taken.stage, taken.issuers.signing, taken.digest) == ("draft", ("city station",), None)
    assert all(decision.void for decision in taken.decisions)
    view = await bureau.submits(await _in_its_own_name(bureau, taken), by="sun")
    with pytest.raises(Forbidden):
        await bureau.decides(view, "reviewer", "review")
    view = await bureau.decides(view, "tang", "review")
    view = await bureau.decides(view, "wu", "sign")
    assert (await bureau.releases(view, by="xie")).stage == "released"
    entries = await bureau.hub.db.read(lambda c: audit.of_subject(c, f"alert/{view.id}"))
    (entry,) = [orjson.loads(each.detail) for each in entries if each.action == "take-over"]
    assert (entry["overrides"], entry["reason"]) == ("office", "they cannot be reached")


async def test_a_superior_stops_a_warning_below_it_and_the_record_says_whom_it_overrode(bureau: Town) -> None:
    first = await bureau.submits(await bureau.drafts())
    rejected = await bureau.decides(first, "sun", "sign", verdict="reject", reason="false alarm")
    second = await bureau.hub.drafting.withdraw(bureau.officials["sun"], (await bureau.drafts()).id, "false alarm")
    assert (rejected.stage, second.stage) == ("rejected", "withdrawn")
    for alert, action in ((first, "sign-reject"), (second, "withdraw")):
        entries = await bureau.hub.db.read(lambda c, alert=alert: audit.of_subject(c, f"alert/{alert.id}"))
        (entry,) = [orjson.loads(each.detail) for each in entries if each.action == action]
        assert (entry["overrides"], entry["reason"]) == ("office", "false alarm")


async def test_what_is_out_is_not_taken_over(bureau: Town) -> None:
    rain = await bureau.warns(channels=("sms",))
    with pytest.raises(Conflict) as refused:
        await bureau.hub.drafting.take_over(bureau.officials["sun"], rain.id, rain.version, "they sleep")
    assert refused.value.rule == "stage"


async def test_a_release_that_rests_on_a_stranger_s_decision_reaches_nobody_though_an_order_was_signed(
    bureau: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers judge by what was sealed: an order is no proof of who had a right."""
    with monkeypatch.context() as unguarded:

        def strangers_part(official: Official, stakes: Any, *_: Any, **__: Any) -> PartyRole:
            return PartyRole(frozenset({official.unit, *(unit.name for unit in stakes.issuers)}), ISSUER)

        unguarded.setattr(competence, "part_of", strangers_part)
        rain = await _signs_and_releases(bureau)
    await bureau.sql("UPDATE decisions SET seal = '' WHERE alert = ? AND step = 'sign'", rain.id)
    await bureau.dispatches()
    assert bureau.sms.counts.received == 0
    assert any(kind == "no-warrant" and "forged" in said for kind, said in await bureau.alarms())
