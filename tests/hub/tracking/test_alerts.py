"""Alerts as they are shown, and what the feeds may publish."""

from __future__ import annotations

import pytest

from hub.alert.alert import Scope, Status
from hub.errors import NotFound
from tests.stories.town import Town


async def test_a_page_holds_the_newest_first_and_the_cursor_leads_on_without_gap_or_repeat(town: Town) -> None:
    made = [(await town.drafts()).id for _ in range(5)]
    first = await town.hub.alerts.page(None, 2, None)
    second = await town.hub.alerts.page(first.next, 2, None)
    third = await town.hub.alerts.page(second.next, 2, None)
    assert [view.id for page in (first, second, third) for view in page.items] == made[::-1]
    assert third.next is None


async def test_a_page_of_one_stage_holds_no_other(town: Town) -> None:
    await town.drafts()
    waiting = await town.submits(await town.drafts())
    page = await town.hub.alerts.page(None, 10, "submitted")
    assert [view.id for view in page.items] == [waiting.id]


async def test_nothing_is_public_before_it_is_released_or_after_it_ended(town: Town) -> None:
    view = await town.prepares(channels=("sms",))
    assert await town.hub.alerts.public(10) == ()
    await town.releases(view)
    assert [entry.id for entry in await town.hub.alerts.public(10)] == [view.id]
    town.clock.advance(6 * 3600)
    assert await town.hub.alerts.public(10) == ()


@pytest.mark.parametrize(
    ("column", "value"),
    [("status", status) for status in Status if status is not Status.ACTUAL]
    + [("scope", scope) for scope in Scope if scope is not Scope.PUBLIC],
)
async def test_only_what_is_actual_and_public_reaches_the_feed(town: Town, column: str, value: str) -> None:
    flood = await town.warns(channels=("sms",))
    await town.sql(f"UPDATE alerts SET {column} = ? WHERE id = ?", str(value), flood.id)
    assert await town.hub.alerts.public(10) == ()


async def test_the_feed_holds_at_most_as_many_as_asked_for_and_the_newest(town: Town) -> None:
    released = [(await town.warns(channels=("sms",))).id for _ in range(3)]
    assert [entry.id for entry in await town.hub.alerts.public(2)] == released[:0:-1]


@pytest.mark.parametrize("question", ["get", "forms", "cap", "progress", "report"])
async def test_what_does_not_exist_is_not_found_by_any_question(town: Town, question: str) -> None:
    with pytest.raises(NotFound) as refused:
        await getattr(town.hub.alerts, question)(4711)
    assert refused.value.rule == "alert-unknown"


async def test_a_view_says_who_wrote_who_signed_and_what_is_still_wanted(town: Town) -> None:
    view = await town.submits(await town.drafts(), by="editor")
    view = await town.decides(view, "reviewer", "review", reason="read")
    assert view.authors == ("author", "editor")
    assert [(each.official, each.step, each.void) for each in view.decisions] == [("reviewer", "review", False)]
    assert view.missing == ("sign",)
    assert view.languages == ("zh-CN", "en-US")
    assert (view.level, view.world, view.msg_type) == ("orange", "live", "Alert")
