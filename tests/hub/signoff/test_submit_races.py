"""Between the judgement of a draft and its write others go on: what they change is never submitted unseen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from approvals.grant import FULL
from hub.alert.views import AlertView, PlanRequest
from hub.clock import to_ms
from hub.dossier.acts import Acts
from hub.errors import Conflict, Invalid, Refusal
from hub.rules.rule import Rule
from hub.signoff import submit
from hub.signoff.submit import ATTEMPTS, Submission
from hub.signoff.submit_basis import SubmitBasis
from hub.store.access import units
from hub.store.access.units import Unit
from hub.store.alerts import alerts
from hub.store.sql.database import Database
from tests.hub.signoff.test_submit_writes_once import NoView
from tests.stories.town import BAOTA, BRIDGE, Town
from tests.stories.warnings import because

Deed = Callable[[], Awaitable[object]]


@dataclass
class Interrupted:
    """The database of a hub, in which something happens after each of the first reads of a submission."""

    db: Database
    deeds: list[Deed] = field(default_factory=list)
    reads: int = 0

    async def read(self, work: Any, **more: Any) -> Any:
        found = await self.db.read(work, **more)
        self.reads += 1
        if self.deeds:
            await self.deeds.pop(0)()
        return found

    async def write(self, work: Any) -> Any:
        return await self.db.write(work)


def over(town: Town, database: Any) -> Submission:
    """The submission of a hub whose database is this one."""
    return replace(town.hub.submission, transactions=replace(town.hub.transactions, db=database))


def interrupted(town: Town, *deeds: Deed) -> Submission:
    return over(town, Interrupted(town.hub.db, list(deeds)))


async def submits(submission: Submission, town: Town, draft: AlertView, by: str = "author") -> AlertView:
    return await submission.submit(town.officials[by], draft.id, draft.version, FULL)


def edits(town: Town, draft: AlertView, version: int = 1) -> Deed:
    cap = town.cap(identifier=draft.identifier, headline=f"改过{version}")
    return lambda: town.hub.drafting.replace(town.officials["editor"], draft.id, version, cap, PlanRequest(("sms",)))


def registers(town: Town, name: str) -> Deed:
    unit = Unit(0, name, BAOTA, "water")
    return lambda: town.hub.db.write(lambda connection: units.ensure(connection, unit, to_ms(town.clock.now())))


def loses_its_acts(town: Town, draft: AlertView) -> Deed:
    return lambda: town.sql("DELETE FROM acts WHERE subject = ?", f"alert/{draft.id}")


async def refusal_of(submission: Submission, town: Town, draft: AlertView) -> Refusal:
    with pytest.raises(Refusal) as refused:
        await submits(submission, town, draft)
    return refused.value


async def test_a_draft_that_is_edited_while_it_is_judged_is_not_submitted(town: Town) -> None:
    draft = await town.drafts()
    refusal = await refusal_of(interrupted(town, edits(town, draft)), town, draft)
    assert (type(refusal), refusal.rule) == (Conflict, "version")
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"


async def test_of_two_submissions_at_the_same_moment_one_stands(town: Town) -> None:
    draft = await town.drafts()
    refusal = await refusal_of(interrupted(town, lambda: town.submits(draft)), town, draft)
    assert (type(refusal), refusal.rule) == (Conflict, "stage")
    assert [act.action for act in await town.acts_of(draft)].count("submit") == 1


async def test_what_is_withdrawn_while_it_is_judged_is_not_submitted(town: Town) -> None:
    draft = await town.drafts()
    withdraws = lambda: town.hub.drafting.withdraw(town.officials["author"], draft.id, "重复")  # noqa: E731
    refusal = await refusal_of(interrupted(town, withdraws), town, draft)
    assert (type(refusal), refusal.rule) == (Conflict, "stage")


async def test_a_draft_whose_time_ends_while_it_waits_to_be_written_is_not_submitted(town: Town) -> None:
    async def time_passes() -> None:
        town.clock.advance(6 * 3600)

    draft = await town.drafts()
    refusal = await refusal_of(interrupted(town, time_passes), town, draft)
    assert (type(refusal), refusal.rule) == (Invalid, "X21")


async def test_it_is_the_second_look_at_the_clock_that_sees_the_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: what is over is submitted."""

    async def time_passes() -> None:
        town.clock.advance(6 * 3600)

    draft = await town.drafts()
    monkeypatch.setattr(submit, "must_not_be_over", lambda *_: None)
    assert (await submits(interrupted(town, time_passes), town, draft)).stage == "submitted"


async def test_a_draft_whose_acts_are_taken_away_while_it_is_judged_is_not_submitted(town: Town) -> None:
    draft = await town.drafts()
    refusal = await refusal_of(interrupted(town, loses_its_acts(town, draft)), town, draft)
    assert (type(refusal), refusal.rule) == (Conflict, "acts")
    assert (await town.hub.db.read(lambda c: alerts.get(c, draft.id))).stage == "draft"


async def test_it_is_the_look_at_the_acts_that_sees_them_gone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out where the submission is written: it begins a record of its own."""
    draft = await town.drafts()
    deed = loses_its_acts(town, draft)

    async def unguarded() -> None:
        await deed()
        monkeypatch.setattr(Acts, "must_agree", lambda *_: None)

    submission = replace(interrupted(town, unguarded), alerts=NoView())
    await submission.submit(town.officials["author"], draft.id, draft.version, FULL)
    assert (await town.hub.db.read(lambda c: alerts.get(c, draft.id))).stage == "submitted"


async def test_a_row_that_is_changed_by_hand_while_it_is_judged_is_refused(town: Town) -> None:
    draft = await town.drafts()
    by_hand = lambda: town.sql("UPDATE alerts SET submission = 4 WHERE id = ?", draft.id)  # noqa: E731
    refusal = await refusal_of(interrupted(town, by_hand), town, draft)
    assert (type(refusal), refusal.rule) == (Conflict, "acts")


async def test_a_unit_that_is_registered_while_a_draft_is_judged_is_judged_with_it(town: Town) -> None:
    draft = await town.drafts()
    submission = interrupted(town, registers(town, "延安市水务局"))
    assert (await submits(submission, town, draft)).stage == "submitted"
    assert submission.transactions.db.reads == 2


async def test_a_warning_that_ends_while_its_update_is_judged_is_looked_at_again(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE))
    update = await town.hub.drafting.update(town.officials["author"], flood.id, town.cap(BRIDGE))

    async def ends() -> None:
        lift = await town.hub.drafting.cancel(town.officials["author"], flood.id, because("险情解除"))
        await town.releases(await town.approves(await town.submits(lift)))

    submission = interrupted(town, ends)
    await submits(submission, town, update)
    assert submission.transactions.db.reads == 2


async def test_others_who_never_rest_end_in_a_clear_refusal(town: Town) -> None:
    draft = await town.drafts()
    submission = interrupted(town, *(registers(town, f"延安市第{number}站") for number in range(ATTEMPTS)))
    refusal = await refusal_of(submission, town, draft)
    assert (type(refusal), refusal.rule, submission.transactions.db.reads) == (
        Conflict,
        Rule.SUBMIT_OVERTAKEN,
        ATTEMPTS,
    )
    assert "submit it again" in str(refusal)
    assert (await town.hub.alerts.get(draft.id)).stage == "draft"


async def test_a_database_that_is_away_for_a_moment_costs_no_submission(town: Town) -> None:
    class Away(Interrupted):
        async def read(self, work: Any, **more: Any) -> Any:
            self.reads += 1
            if self.reads == 1:
                raise DBAPIError("SELECT 1", {}, ConnectionError(), connection_invalidated=True)
            return await self.db.read(work, **more)

    draft = await town.drafts()
    submission = over(town, Away(town.hub.db))
    assert (await submits(submission, town, draft)).stage == "submitted"


async def test_it_is_the_basis_that_sees_the_edit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard taken out: what is written over the edit is the text before it."""
    monkeypatch.setattr(SubmitBasis, "__eq__", lambda *_: True)
    monkeypatch.setattr(SubmitBasis, "__ne__", lambda *_: False)
    draft = await town.drafts()
    view = await submits(interrupted(town, edits(town, draft)), town, draft)
    assert view.stage == "submitted"
