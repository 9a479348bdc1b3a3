"""Stories of the office: who may shorten the way, what is owed for it, who refers to whom, and what history keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, update

from approvals.official import Official, Right
from channels.driver import carries
from hub.alert.lifecycle import Stage
from hub.alert.views import AlertView, PlanRequest
from hub.app import Hub
from hub.clock import to_ms
from hub.errors import Conflict, Forbidden, Invalid
from hub.evidence.history import history_of
from hub.formats.cap.write import write
from hub.settings.settings import AuthSettings
from hub.signoff.referral import ReferralRequest
from hub.store.access import officials
from hub.store.access.officials import NewOfficial
from hub.store.schema import countersignatures
from tests.stories.town import BAOTA, BRIDGE, CITY, ZHIDAN, Cast, Town
from tests.stories.warnings import alert_of, because

TORNADO = {"event": "龙卷风"}


def tornado(town: Town, identifier: str, *codes: str, **changes: Any) -> bytes:
    """A tornado at hand: there is a short way for it."""
    made = alert_of(town.clock.now(), identifier, *(codes or (BAOTA,)))
    infos = tuple(replace(info, **(TORNADO | changes)) for info in made.infos)
    return write(replace(made, infos=infos))


async def hurried(town: Town, identifier: str = "tornado", **changes: Any) -> AlertView:
    """Drafted and submitted to the emergency flow."""
    draft = await town.drafts(tornado(town, identifier, **changes), channels=("sms",))
    return await town.hub.submission.submit(town.officials["author"], draft.id, draft.version, "emergency")


async def rushed(town: Town) -> AlertView:
    """Released the short way: one author, one signature."""
    view = await town.decides(await hurried(town), "signer", "sign")
    return await town.releases(view)


async def hire(town: Town, name: str, area: str, rights: set[Right], kind: str = "meteorological") -> Official:
    new = NewOfficial(name, f"unit of {area}", area, frozenset(rights), kind)
    now = to_ms(town.clock.now())
    return await town.hub.db.write(lambda connection: officials.add(connection, new, now))


async def countersigns(town: Town, view: AlertView, by: str, verdict: str = "approve", reason: str = "") -> AlertView:
    official = town.officials[by]
    return await town.hub.countersigning.give(official, view.id, verdict, view.digest or "", reason)


async def actions(town: Town, alert: int) -> list[str]:
    return [entry.action for entry in (await town.hub.transactions.read(lambda tx: history_of(tx, alert))).entries]


async def test_danger_at_hand_goes_out_on_two_people_and_owes_a_countersignature(town: Town) -> None:
    view = await hurried(town)
    assert [(each.step, each.wanted, each.given) for each in view.steps] == [("sign", 1, 0)]
    with pytest.raises(Conflict):
        await town.releases(view)
    released = await town.releases(await town.decides(view, "signer", "sign"))
    assert (released.stage, released.path) == (Stage.RELEASED, "emergency")
    owed = released.countersignature
    assert owed is not None
    assert (owed.due - released.released_at).total_seconds() == 120 * 60
    for author, rule in (("author", "SEP-1"), ("signer", "SEP-2")):
        with pytest.raises(Forbidden) as refused:
            await countersigns(town, released, author)
        assert refused.value.rule == rule
    met = (await countersigns(town, released, "reviewer")).countersignature
    assert (met.by, met.verdict, met.overdue) == ("reviewer", "approve", None)
    with pytest.raises(Conflict):
        await countersigns(town, released, "reviewer")


async def test_case_9_who_left_the_account_that_signed_does_not_countersign_from_another(town: Town) -> None:
    released, signer = await rushed(town), town.officials["signer"]
    again = NewOfficial("again", "office", signer.area, signer.rights | {Right.REVIEW}, signer.kind, "", signer.id)

    def moves(connection: Connection) -> Official:
        officials.set_active(connection, signer.id, active=False)
        return officials.add(connection, again, to_ms(town.clock.now()))

    town.officials["again"] = await town.hub.db.write(moves)
    with pytest.raises(Forbidden) as refused:
        await countersigns(town, released, "again")
    assert refused.value.rule == "SEP-2"


async def test_the_short_way_is_only_for_what_the_policy_names_and_only_when_it_is_at_hand(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        await hurried(town, urgency="Future")
    assert refused.value.rule == "emergency"
    draft = await town.drafts(channels=("sms",))  # heavy rain: no short way in the policy
    with pytest.raises(Conflict) as unnamed:
        await town.hub.submission.submit(town.officials["author"], draft.id, draft.version, "emergency")
    assert unnamed.value.rule == "policy"
    assert (await town.hub.alerts.get(draft.id)).stage is Stage.DRAFT


async def test_a_countersignature_that_is_late_is_flagged_once(town: Town) -> None:
    released = await rushed(town)
    town.clock.advance(120 * 60 + 1)
    await town.sweeps()
    await town.sweeps()
    owed = (await town.hub.alerts.get(released.id)).countersignature
    assert owed is not None
    assert owed.overdue is not None
    assert [kind for kind, _ in await town.alarms()].count("countersignature-overdue") == 1
    assert (await actions(town, released.id)).count("alarm:countersignature-overdue") == 1


async def test_a_countersignature_that_came_late_is_flagged_though_nobody_looked_in_between(town: Town) -> None:
    released = await rushed(town)
    town.clock.advance(120 * 60 + 1)
    await countersigns(town, released, "reviewer")
    await town.sweeps()
    owed = (await town.hub.alerts.get(released.id)).countersignature
    assert owed is not None
    assert owed.overdue is not None


async def test_a_countersignature_in_time_owes_nothing_when_its_time_comes(town: Town) -> None:
    await countersigns(town, await rushed(town), "reviewer")
    town.clock.advance(120 * 60 + 1)
    await town.sweeps()
    assert await town.alarms() == []


async def test_a_countersignature_written_into_sql_by_hand_is_none(town: Town) -> None:
    released = await rushed(town)
    by_hand = {"met_at": to_ms(town.clock.now()), "official": town.officials["reviewer"].id, "verdict": "approve"}
    row = countersignatures.c.alert == released.id
    await town.hub.db.write(lambda c: c.execute(update(countersignatures).where(row).values(**by_hand)).rowcount)
    town.clock.advance(120 * 60 + 1)
    await town.sweeps()
    assert {kind for kind, _ in await town.alarms()} == {"forged-countersignature", "countersignature-overdue"}
    owed = (await town.hub.alerts.get(released.id)).countersignature
    assert owed is not None
    assert owed.overdue is not None


async def test_a_refused_countersignature_opens_a_cancel_at_once_by_the_refuser(town: Town) -> None:
    released = await rushed(town)
    with pytest.raises(Invalid) as silent:
        await countersigns(town, released, "reviewer", "reject")
    assert silent.value.rule == "SEP-7"
    await countersigns(town, released, "reviewer", "reject", "there is no tornado")
    newest = (await town.hub.alerts.page(None, 1, None)).items[0]
    assert (newest.msg_type, newest.stage, newest.root) == ("Cancel", Stage.DRAFT, released.id)
    assert newest.authors == ("reviewer",)


async def test_a_cancel_may_always_take_the_short_way(town: Town) -> None:
    rain = await town.warns(channels=("sms",))
    draft = await town.hub.drafting.cancel(town.officials["author"], rain.id, because("雨停了"))
    view = await town.hub.submission.submit(town.officials["author"], draft.id, draft.version, "emergency")
    released = await town.releases(await town.decides(view, "signer", "sign"))
    assert released.stage is Stage.RELEASED
    assert released.countersignature is not None


async def test_what_was_signed_under_one_rule_is_not_released_under_another(town: Town) -> None:
    view = await town.submits(await town.drafts(channels=("sms",)))
    await town.sql("UPDATE alerts SET rule = ? WHERE id = ?", "another", view.id)
    with pytest.raises(Conflict) as changed:
        await town.decides(view, "reviewer", "review")
    assert changed.value.rule == "SEP-3"


async def test_a_policy_that_changed_since_submit_voids_and_is_named(town: Town) -> None:
    view = await town.submits(await town.drafts(channels=("sms",)))
    rules = tuple(replace(rule, id=f"{rule.id}-2026") for rule in town.hub.policy.rules)
    decisions = replace(town.hub.decisions, policy=replace(town.hub.policy, rules=rules))
    reviewer = town.officials["reviewer"]
    word = {"step": "review", "digest": view.digest or "", "reason": "read it again"}
    with pytest.raises(Conflict, match="MET-30-2026") as changed:
        await decisions.decide(reviewer, view.id, verdict="approve", **word)
    assert changed.value.rule == "SEP-3"
    back = await decisions.decide(reviewer, view.id, verdict="return", **word)
    assert back.stage is Stage.DRAFT


async def test_what_a_unit_may_not_release_goes_up_and_belongs_to_who_adopts_it(settle) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    city = await hire(town, "mayor", CITY, {Right.DRAFT, Right.SIGN})
    wide = tornado(town, "wide", BAOTA, ZHIDAN)
    with pytest.raises(Forbidden) as refused:
        await town.drafts(wide, channels=("sms",))
    assert refused.value.members["referral"]["area"] == CITY
    up = await town.hub.referrals.draft(
        town.officials["author"], wide, PlanRequest(("sms",)), ReferralRequest("two counties")
    )
    assert up.stage is Stage.REFERRED
    with pytest.raises(Conflict):
        await town.submits(up)
    (waiting,) = await town.hub.referrals.list_referrals("open")
    assert (waiting.to_unit, waiting.rule) == (city.unit, "HU-3")
    with pytest.raises(Forbidden):
        await town.hub.referrals.adopt(town.officials["editor"], waiting.id, waiting.version)
    for act in (town.hub.referrals.adopt, town.hub.referrals.give_back, town.hub.referrals.decline):
        with pytest.raises(Conflict) as stale:
            await act(city, waiting.id, waiting.version - 1, "as I read it")
        assert stale.value.rule == "version"
    adopted = await town.hub.referrals.adopt(city, waiting.id, waiting.version)
    assert (adopted.stage, adopted.unit) == (Stage.DRAFT, city.unit)
    assert set(adopted.authors) == {"author", "mayor"}
    assert (await actions(town, up.id))[-2:] == ["refer", "referral-adopted"]


async def test_a_referral_is_given_back_with_a_reason_or_passed_on_when_nobody_answers(settle) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    city = await hire(town, "mayor", CITY, {Right.DRAFT})
    province = await hire(town, "governor", "610000000000", {Right.DRAFT})
    draft = await town.drafts(tornado(town, "here", BRIDGE), channels=("sms",))
    author = town.officials["author"]
    with pytest.raises(Conflict):
        await town.hub.referrals.refer(author, draft.id, "it grows")
    await town.hub.referrals.refer(author, draft.id, "it grows", city.unit)
    (first,) = await town.hub.referrals.list_referrals("open")
    with pytest.raises(Invalid):
        await town.hub.referrals.decline(city, first.id, first.version, " ")
    back = await town.hub.referrals.give_back(city, first.id, first.version, "say where to go")
    assert back.stage is Stage.DRAFT
    await town.hub.referrals.refer(author, draft.id, "it grows", city.unit)
    town.clock.advance(10 * 60 + 1)  # orange: ten minutes
    await town.sweeps()
    (passed,) = await town.hub.referrals.list_referrals("open")
    assert passed.to_unit == province.unit
    assert "referral-overdue" in [kind for kind, _ in await town.alarms()]


@pytest.mark.parametrize("ending", ["withdrawn", "lapsed"])
async def test_a_referral_leaves_the_inbox_with_the_draft_it_was_for(settle, ending: str) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    city = await hire(town, "mayor", CITY, {Right.DRAFT})
    draft = await town.drafts(tornado(town, "here", BRIDGE), channels=("sms",))
    author = town.officials["author"]
    await town.hub.referrals.refer(author, draft.id, "it grows", city.unit)
    if ending == "withdrawn":
        await town.hub.drafting.withdraw(author, draft.id, "the river falls")
    else:
        town.clock.advance((draft.expires_at - town.clock.now()).total_seconds() + 1)
        await town.sweeps()
    assert await town.hub.referrals.list_referrals("open") == []
    (closed,) = await town.hub.referrals.list_referrals("returned")
    assert closed.closed_reason == f"the draft is {ending}"


async def test_only_the_issuer_or_its_superior_ends_a_warning_and_the_superior_says_why(settle) -> None:
    town: Town = await settle(Cast(officials_of=BAOTA))
    here = await town.warns(town.cap(BRIDGE), channels=("sms",))
    neighbour = await hire(town, "neighbour", ZHIDAN, {Right.DRAFT}, "meteorological")
    superior = await hire(town, "superior", CITY, {Right.DRAFT}, "meteorological")
    with pytest.raises(Forbidden) as refused:
        await town.hub.drafting.cancel(neighbour, here.id, because("not here"))
    assert refused.value.rule == "UC-1"
    with pytest.raises(Invalid) as silent:
        await town.hub.drafting.update(superior, here.id, town.cap(BRIDGE))
    assert silent.value.rule == "UC-1"
    update = await town.hub.drafting.update(superior, here.id, town.cap(BRIDGE), "the river rises upstream")
    assert (update.root, update.unit) == (here.id, superior.unit)


async def test_history_keeps_what_was_returned_rejected_and_void(town: Town) -> None:
    view = await town.submits(await town.drafts(channels=("sms",)))
    view = await town.decides(view, "reviewer", "review")
    view = await town.decides(view, "signer", "sign", verdict="return", reason="say where to go")
    view = await town.submits(view)
    await town.decides(view, "signer", "sign", verdict="reject", reason="no rain")
    history = await town.hub.transactions.read(lambda tx: history_of(tx, view.id))
    said = [(each.official, each.verdict, each.reason, each.void) for each in history.decisions]
    assert said == [
        ("reviewer", "approve", "", True),
        ("signer", "return", "say where to go", True),
        ("signer", "reject", "no rain", False),
    ]
    assert [each.seq for each in history.entries] == sorted(each.seq for each in history.entries)
    assert [each.role for each in history.authors] == ["creator", "submitter"]


async def test_a_signature_needs_a_fresh_second_factor_where_the_settings_say_so(settle) -> None:
    town: Town = await settle(Cast(settings={"auth": AuthSettings()}))
    view = await town.submits(await town.drafts(channels=("sms",)))
    view = await town.decides(view, "reviewer", "review")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "signer", "sign")
    assert refused.value.rule == "second-factor"
    proof = await _proven(town.hub, town.officials["signer"], view)
    assert (await town.decides(view, "signer", "sign", proof=proof)).stage is Stage.APPROVED


async def _proven(hub: Hub, official: Official, view: AlertView) -> str:
    now = to_ms(hub.clock.now())
    given = {"official": official.id, "session": "", "digest": view.digest or "", "method": "totp", "now_ms": now}
    granted = await hub.db.write(lambda connection: hub.decisions.proofs.grant(connection, **given))
    return granted.proof


def test_a_driver_carries_every_type_unless_it_says_otherwise() -> None:
    class Once:
        carries = frozenset({"Alert"})

    assert carries(object(), "Update")
    assert not carries(Once(), "Update")


async def test_an_update_on_a_channel_that_cannot_carry_it_is_refused_by_name(town: Town) -> None:
    rain = await town.warns(channels=("sms",))
    draft = await town.hub.drafting.update(town.officials["author"], rain.id, town.cap())

    class Once:
        carries = frozenset({"Alert"})

    submission = replace(town.hub.submission, drivers={**town.hub.drivers, "sms": Once()})
    with pytest.raises(Invalid, match="sms") as refused:
        await submission.submit(town.officials["author"], draft.id, draft.version)
    assert refused.value.rule == "msg-type-uncarried"
