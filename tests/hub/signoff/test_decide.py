"""Deciding: by whom, on what exactly, and what a decision is worth after a change."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import orjson
import pytest

from hub.alert.views import PlanRequest
from hub.errors import Conflict, Forbidden, NotFound
from hub.signoff.decide import DecisionRequest
from hub.store.alerts import alerts
from hub.store.records import audit
from hub.store.sql.database import Database
from hub.transaction import Transactions, Tx
from tests.postgres import somebody_waits
from tests.stories.town import Cast, Town


async def returned(town: Town, view):
    return await town.decides(view, "reviewer", "review", verdict="return", reason="say where")


async def test_whoever_drafted_cannot_sign(town: Town) -> None:
    view = await town.submits(await town.drafts(), by="editor")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "author", "sign")
    assert refused.value.rule == "SEP-1"


async def test_whoever_submitted_cannot_sign(town: Town) -> None:
    view = await town.submits(await town.drafts(), by="editor")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "editor", "review")
    assert refused.value.rule == "SEP-1"


async def test_a_draft_edited_by_another_cannot_be_approved_by_that_editor(town: Town) -> None:
    draft = await town.drafts()
    cap = town.cap(identifier=draft.identifier, headline="改过")
    edited = await town.hub.drafting.replace(town.officials["editor"], draft.id, 1, cap, PlanRequest(("sms",)))
    view = await town.submits(edited)
    for step in ("review", "sign"):
        with pytest.raises(Forbidden) as refused:
            await town.decides(view, "editor", step)
        assert refused.value.rule == "SEP-1"
    assert (await town.hub.alerts.get(view.id)).decisions == ()


async def test_an_edit_long_ago_bars_the_editor_for_good(town: Town) -> None:
    draft = await town.drafts()
    cap = town.cap(identifier=draft.identifier, headline="改过")
    edited = await town.hub.drafting.replace(town.officials["editor"], draft.id, 1, cap, PlanRequest(("sms",)))
    back = await returned(town, await town.submits(edited))
    original = town.cap(identifier=draft.identifier)
    same = await town.hub.drafting.replace(
        town.officials["author"], draft.id, back.version, original, PlanRequest(("sms",))
    )
    with pytest.raises(Forbidden) as refused:
        await town.decides(await town.submits(same), "editor", "sign")
    assert refused.value.rule == "SEP-1"


async def test_a_decision_on_an_old_digest_is_refused_and_counts_for_nothing(town: Town) -> None:
    first = await town.submits(await town.drafts())
    back = await returned(town, first)
    cap = town.cap(identifier=back.identifier, headline="改过")
    edited = await town.hub.drafting.replace(
        town.officials["author"], back.id, back.version, cap, PlanRequest(("sms",))
    )
    now = await town.submits(edited)
    assert now.digest != first.digest
    with pytest.raises(Conflict) as refused:
        await town.decides(first, "signer", "sign")
    assert refused.value.rule == "SEP-3"
    assert (await town.hub.alerts.get(now.id)).missing == ("review", "sign")


async def test_any_edit_voids_every_decision_taken_before(town: Town) -> None:
    view = await town.decides(await town.submits(await town.drafts()), "signer", "sign")
    back = await returned(town, view)
    assert [decision.void for decision in back.decisions] == [True, True]
    cap = town.cap(identifier=back.identifier, headline="改过")
    edited = await town.hub.drafting.replace(
        town.officials["author"], back.id, back.version, cap, PlanRequest(("sms",))
    )
    again = await town.submits(edited)
    assert again.missing == ("review", "sign")


async def test_the_digest_alone_makes_an_older_decision_worthless_whatever_the_record_says_of_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No decision is marked void here: what was signed names its submission, and this is another."""
    monkeypatch.setattr(alerts, "void_decisions", lambda *_: 0)
    back = await returned(town, await town.decides(await town.submits(await town.drafts()), "signer", "sign"))
    again = await town.submits(back)
    assert [decision.void for decision in again.decisions] == [False, False]
    assert (again.stage, again.missing) == ("submitted", ("review", "sign"))


async def test_what_another_hub_decides_at_the_same_moment_is_waited_for(
    settle: Any, request: pytest.FixtureRequest
) -> None:
    """Two processes; SQLite has one writer anyway."""
    if "postgres" not in request.node.name:
        pytest.skip("SQLite has one writer")
    town = await settle(Cast(bridge=1, river=0, hills=0))
    view = await town.submits(await town.drafts())
    other, reviewer = Database(town.place.store_url), town.officials["reviewer"]
    word = DecisionRequest(step="review", verdict="reject", digest=view.digest, reason="no rain")
    decided, go_on = threading.Event(), threading.Event()

    def rejects(tx: Tx) -> None:
        assert town.hub.decisions._decide(tx, reviewer, view.id, word) is None
        decided.set()
        assert go_on.wait(60)

    first = asyncio.create_task(Transactions(other, town.clock).write(reviewer.name, rejects))
    assert await asyncio.to_thread(decided.wait, 60)
    second = asyncio.create_task(town.decides(view, "signer", "sign"))
    await town.until(lambda: somebody_waits(other))
    go_on.set()
    await first
    with pytest.raises(Conflict) as refused:
        await second
    assert refused.value.rule == "stage"
    other.close()


async def test_one_person_decides_once_whatever_the_step(town: Town) -> None:
    view = await town.submits(await town.drafts(town.cap(severity="Extreme")))
    view = await town.decides(view, "signer", "sign")
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "signer", "sign")
    assert refused.value.rule == "SEP-2"
    assert (await town.hub.alerts.get(view.id)).missing == ("review", "sign")


async def test_red_wants_two_signatures_and_a_review_before_it_is_approved(town: Town) -> None:
    view = await town.submits(await town.drafts(town.cap(severity="Extreme")))
    for by, step in (("signer", "sign"), ("second", "sign")):
        view = await town.decides(view, by, step)
        assert view.stage == "submitted"
    view = await town.decides(view, "reviewer", "review")
    assert (view.stage, view.missing) == ("approved", ())


@pytest.mark.parametrize(("by", "step"), [("reviewer", "sign"), ("signer", "review"), ("monitor", "sign")])
async def test_a_step_is_taken_only_by_who_holds_its_right(town: Town, by: str, step: str) -> None:
    view = await town.submits(await town.drafts())
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, by, step)
    assert refused.value.rule == "RIGHT"


@pytest.mark.parametrize("verdict", ["return", "reject"])
async def test_a_warning_is_sent_back_or_away_only_with_a_reason(town: Town, verdict: str) -> None:
    view = await town.submits(await town.drafts())
    with pytest.raises(Forbidden) as refused:
        await town.decides(view, "reviewer", "review", verdict=verdict, reason=" ")
    assert refused.value.rule == "SEP-7"


async def test_a_rejected_warning_takes_no_further_decision(town: Town) -> None:
    view = await town.submits(await town.drafts())
    gone = await town.decides(view, "reviewer", "review", verdict="reject", reason="no rain")
    assert gone.stage == "rejected"
    with pytest.raises(Conflict) as refused:
        await town.decides(view, "signer", "sign")
    assert refused.value.rule == "stage"


async def test_an_approved_warning_can_still_be_sent_back(town: Town) -> None:
    view = await town.prepares()
    back = await town.decides(view, "second", "sign", verdict="return", reason="the wind has turned")
    assert (back.stage, back.digest) == ("draft", None)
    with pytest.raises(Conflict):
        await town.releases(view)


async def test_a_draft_is_not_up_for_decision(town: Town) -> None:
    draft = await town.drafts()
    with pytest.raises(Conflict) as refused:
        await town.decides(draft, "reviewer", "review")
    assert refused.value.rule == "stage"


async def test_forms_changed_behind_the_officials_back_are_not_signed(town: Town) -> None:
    view = await town.submits(await town.drafts())
    await town.sql("UPDATE forms SET body = 'all clear' WHERE alert = ?", view.id)
    with pytest.raises(Conflict) as refused:
        await town.decides(view, "signer", "sign")
    assert refused.value.rule == "SEP-3"


async def test_a_refused_attempt_stands_in_the_audit_log_with_its_rule(town: Town) -> None:
    view = await town.submits(await town.drafts())
    with pytest.raises(Forbidden):
        await town.decides(view, "author", "sign")
    [*_, last] = await town.hub.db.read(lambda connection: list(audit.entries(connection)))
    assert (last.actor, last.action) == ("author", "decision-refused")
    assert orjson.loads(last.detail)["rule"] == "SEP-1"


async def test_nobody_decides_on_what_does_not_exist(town: Town) -> None:
    with pytest.raises(NotFound):
        await town.hub.decisions.decide(
            town.officials["signer"], 4711, step="sign", verdict="approve", digest="x", reason=""
        )
