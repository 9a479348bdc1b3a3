"""A no binds as a yes does: what somebody writes into SQL about the stage, the decisions or the acts of a warning."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from hub.alert.views import AlertView
from hub.dispatch.stage_watch import StageWatch
from hub.dossier.acts import ALARM, Acts
from hub.errors import Conflict
from hub.evidence.acts_patrol import ActsPatrol
from hub.store.records import alarms
from tests.stories.town import BRIDGE, Town

No = Callable[[Town, AlertView], Awaitable[object]]


async def rejects(town: Town, view: AlertView) -> None:
    await town.decides(view, "second", "sign", verdict="reject", reason="不实")


async def returns(town: Town, view: AlertView) -> None:
    await town.decides(view, "second", "sign", verdict="return", reason="地名有误")


async def withdraws(town: Town, view: AlertView) -> None:
    await town.hub.drafting.withdraw(town.officials["author"], view.id, "误报")


NOES: dict[str, No] = {"rejected": rejects, "returned": returns, "withdrawn": withdraws}
RESTORE = (
    "UPDATE alerts SET stage = 'approved', digest = ?, ended_at = NULL WHERE id = ?",
    "UPDATE decisions SET void = {no} WHERE verdict = 'approve' AND digest = ? AND alert = ?",
)


async def restores(town: Town, view: AlertView) -> None:
    """The row and the decisions as they were before the no."""
    no = "0" if town.hub.db.dialect == "sqlite" else "false"
    for statement in RESTORE:
        await town.sql(statement.replace("{no}", no), view.digest, view.id)
    await town.sql("DELETE FROM decisions WHERE verdict <> 'approve' AND alert = ?", view.id)


async def releases_nothing(town: Town, view: AlertView, rule: str = "acts") -> None:
    with pytest.raises(Conflict) as refused:
        await town.releases(view)
    assert refused.value.rule == rule
    await town.rests()
    assert town.sms.counts.received == 0


async def alarms_of(town: Town, view: AlertView) -> list[str]:
    rows = await town.hub.db.read(alarms.recent)
    return [row.detail for row in rows if (row.kind, row.subject) == (ALARM, f"alert/{view.id}")]


@pytest.fixture(params=sorted(NOES))
def no(request: pytest.FixtureRequest) -> No:
    return NOES[request.param]


async def test_a_row_turned_back_after_a_no_releases_nothing_and_is_an_alarm(town: Town, no: No) -> None:
    flood = await town.prepares(channels=("sms",))
    await no(town, flood)
    await restores(town, flood)
    await releases_nothing(town, flood)
    [said] = await alarms_of(town, flood)
    assert "stage approved, by the acts" in said


CUTS = {
    "the act": ["DELETE FROM acts WHERE number = {last} AND subject = 'alert/{id}'"],
    "every act since the submission": ["DELETE FROM acts WHERE number > 2 AND subject = 'alert/{id}'"],
    "every act": ["DELETE FROM acts WHERE subject = 'alert/{id}'"],
    "the act and its entry": [
        "DELETE FROM audit WHERE seq = (SELECT entry FROM acts WHERE number = {last} AND subject = 'alert/{id}')",
        "DELETE FROM acts WHERE number = {last} AND subject = 'alert/{id}'",
    ],
}


async def cuts(town: Town, view: AlertView, what: str) -> None:
    last = len(await town.acts_of(view))
    for statement in CUTS[what]:
        await town.sql(statement.format(last=last, id=view.id))


@pytest.mark.parametrize("what", sorted(CUTS))
async def test_the_acts_of_a_no_deleted_do_not_restore_the_yes(town: Town, no: No, what: str) -> None:
    flood = await town.prepares(channels=("sms",))
    await no(town, flood)
    await town.drafts(town.cap(BRIDGE), channels=("sms",))  # the hub goes on: whatever it seals stands on the no
    await cuts(town, flood, what)
    await restores(town, flood)
    await releases_nothing(town, flood)
    assert len(await alarms_of(town, flood)) == 1


FORGERIES = {
    "edited": "UPDATE acts SET jws = (SELECT jws FROM acts WHERE number = {last} - 1 AND subject = 'alert/{id}')"
    " WHERE number = {last} AND subject = 'alert/{id}'",
    "spoilt": "UPDATE acts SET jws = 'a.b.c' WHERE number = {last} AND subject = 'alert/{id}'",
    "empty": "UPDATE acts SET jws = '' WHERE number = 1 AND subject = 'alert/{id}'",
    "copied from another": "UPDATE acts SET jws = (SELECT jws FROM acts WHERE number = 4 AND subject = 'alert/{other}')"
    " WHERE number = {last} AND subject = 'alert/{id}'",
    "renumbered": "UPDATE acts SET number = number + 10 WHERE number > 1 AND subject = 'alert/{id}'",
    "moved to the front": "UPDATE acts SET number = 0 WHERE number = {last} AND subject = 'alert/{id}'",
    "given to another": "UPDATE acts SET subject = 'alert/99' WHERE number = {last} AND subject = 'alert/{id}'",
}


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
async def test_no_act_written_by_hand_lets_a_returned_warning_go_on(town: Town, forgery: str) -> None:
    other = await town.prepares(channels=("sms",))
    flood = await town.prepares(town.cap(BRIDGE), channels=("sms",))
    await returns(town, flood)
    last = len(await town.acts_of(flood))
    await town.sql(FORGERIES[forgery].format(last=last, id=flood.id, other=other.id))
    await restores(town, flood)
    await releases_nothing(town, flood)


@pytest.mark.parametrize("forgery", sorted(FORGERIES))
async def test_a_no_is_taken_whatever_somebody_did_to_the_acts_before_it(town: Town, forgery: str) -> None:
    other = await town.prepares(channels=("sms",))
    flood = await town.prepares(town.cap(BRIDGE), channels=("sms",))
    await town.sql(FORGERIES[forgery].format(last=len(await town.acts_of(flood)), id=flood.id, other=other.id))
    await withdraws(town, flood)
    await restores(town, flood)
    await releases_nothing(town, flood)


async def test_a_yes_to_the_first_submission_is_no_yes_to_the_second_however_alike_they_are(town: Town) -> None:
    first = await town.prepares(channels=("sms",))
    await returns(town, first)
    again = await town.submits(await town.hub.alerts.get(first.id))
    assert again.digest != first.digest
    await restores(town, first)
    await town.sql("UPDATE alerts SET submission = 1 WHERE id = ?", first.id)
    await releases_nothing(town, first)


@pytest.mark.parametrize("remembered", [True, False])
async def test_a_cancelled_warning_whose_end_is_deleted_is_sent_no_further(town: Town, remembered: bool) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.dispatches(most=1)
    cancel = await town.cancels(flood)
    await town.rests()
    sent = town.sms.counts.received
    await cuts(town, flood, "the act")
    await town.sql("DELETE FROM orders WHERE alert = ?", cancel.id)
    await town.sql("UPDATE alerts SET stage = 'released', ended_at = NULL WHERE id = ?", flood.id)
    await town.sql("DELETE FROM deliveries")
    await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE campaign = 1")
    if not remembered:
        town._dispatcher = None
    await town.rests()
    assert town.sms.counts.received == sent
    [(_, said)] = [alarm for alarm in await town.alarms() if alarm[0] == "no-warrant"]
    assert "the audit log names it, and it is not on record" in said


async def test_the_patrol_puts_a_row_right_and_tells_of_it_once(town: Town) -> None:
    flood = await town.prepares(channels=("sms",))
    await rejects(town, flood)
    patrol = ActsPatrol(town.hub.db, town.hub.acts, town.clock)
    await patrol.look()
    assert await alarms_of(town, flood) == []
    for _ in range(3):
        await town.sql("UPDATE alerts SET stage = 'approved' WHERE id = ?", flood.id)
        await patrol.look()
        assert (await town.hub.alerts.get(flood.id)).stage == "rejected"
    assert await alarms_of(town, flood) == ["stage approved, by the acts rejected"]


async def test_a_warning_that_nobody_touched_is_released_and_every_step_of_it_is_an_act(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    await town.cancels(flood)
    acts = await town.acts_of(flood)
    assert [act.action for act in acts] == ["draft", "submit", "review-approve", "sign-approve", "release", "cancel"]
    assert [act.stage for act in acts[-2:]] == ["released", "cancelled"]
    assert await town.alarms() == []


# --- with the guard taken out


async def test_without_the_acts_a_row_turned_back_after_a_no_is_released(
    town: Town, no: No, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the acts are for: with all that asks them believing the row, the no is gone."""

    def believes(self: Acts, connection: object, row: object) -> object:
        return self.read(connection, f"alert/{row.id}")

    flood = await town.prepares(channels=("sms",))
    await no(town, flood)
    await restores(town, flood)
    await town.seals(flood, "approved")
    monkeypatch.setattr(Acts, "must_agree", believes)
    monkeypatch.setattr("hub.release.release._must_be_acts", lambda sequence, dossier: None)
    await town.releases(flood)
    await town.rests()
    assert town.sms.counts.received > 0


async def test_without_the_watch_a_cancelled_warning_turned_back_is_sent_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    sent = town.sms.counts.received
    cancel = await town.cancels(flood)
    await town.sql("DELETE FROM orders WHERE alert = ?", cancel.id)
    await town.sql("UPDATE alerts SET stage = 'released', ended_at = NULL WHERE id = ?", flood.id)
    await town.sql("DELETE FROM deliveries")
    await town.sql("UPDATE shards SET state = 'ready', not_before = 0, queued_at = 0 WHERE campaign = 1")
    monkeypatch.setattr(StageWatch, "is_released", lambda self, connection, alert: True)
    await town.dispatches()
    assert town.sms.counts.received > sent
