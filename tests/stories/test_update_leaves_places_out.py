"""An Update that leaves places out: nobody guesses what becomes of the warning there, and only an end is told as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.alert.alert import MsgType, Reference
from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.errors import Invalid
from hub.formats.cap.write import write
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, Cast, Town
from tests.stories.warnings import alert_of

LIFTED = "解除"


async def drafts_update(town: Town, flood: AlertView, *codes: str, **changes: object) -> AlertView:
    return await town.hub.drafting.update(town.officials["author"], flood.id, town.cap(*codes, **changes))


async def says(town: Town, draft: AlertView, **answers: str) -> AlertView:
    """The author says of each place, by its code, what becomes of the warning there: `ended`, or `moved:7`."""
    said = []
    for place, word in answers.items():
        choice, _, value = word.partition(":")
        said.append(QuestionAnswer(f"left-out:{place.removeprefix('p')}", choice, value))
    return await town.hub.drafting.answer(town.officials["author"], draft.id, draft.version, said)


async def goes_out(town: Town, draft: AlertView) -> AlertView:
    alert = await town.releases(await town.approves(await town.submits(draft)))
    await town.rests()
    return alert


async def test_submit_asks_of_every_place_that_is_left_out(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await drafts_update(town, flood, RIVER)
    assert [question.key for question in draft.questions] == [f"left-out:{BRIDGE}"]
    assert draft.questions[0].values == {"place": "桥镇", "persons": 12}
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"


async def test_nothing_is_asked_where_a_larger_region_holds_the_place_still(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE), channels=("sms",))
    draft = await drafts_update(town, flood, BAOTA)
    assert draft.questions == ()


async def test_where_it_is_over_those_who_hold_it_are_told_so_and_the_signers_see_how_many(town: Town) -> None:
    town.fate("bridge-0", sms="barred")
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"})
    view = await town.submits(draft)
    assert view.targeted == 8 + 11  # of the bridge, all but the one who never got it
    moved = await town.releases(await town.approves(view))
    await town.rests()
    texts = await town.inbox("sms").texts(moved)
    assert set(texts) == town.people("bridge", "river") - {"bridge-0"}
    assert all(
        LIFTED in texts[name][0] for name in town.people("bridge") - {"bridge-0", "bridge-3", "bridge-7", "bridge-11"}
    )
    assert all(LIFTED not in texts[name][0] for name in town.people("river"))


async def test_the_cap_of_an_update_says_in_a_block_of_its_own_where_it_is_over(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"})
    moved = await goes_out(town, draft)
    cap = (await town.hub.alerts.cap(moved.id)).decode()
    assert cap.count("<responseType>AllClear</responseType>") == 2  # in Chinese and in English
    assert cap.count(f"<value>{BRIDGE}</value>") == 2


async def test_where_it_goes_on_whoever_has_it_is_not_told_again_and_who_has_not_is(town: Town) -> None:
    town.fate("bridge-0", sms="silent")
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "continues"})
    moved = await goes_out(town, draft)
    await town.inbox("sms").expects(moved, town.people("river") | {"bridge-0"})


async def test_where_another_warning_took_its_place_nobody_is_told_of_an_end(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    other = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": f"moved:{other.id}"})
    moved = await goes_out(town, draft)
    await town.inbox("sms").expects(moved, town.people("river"))


async def test_a_warning_that_was_not_for_everyone_left_out_has_not_taken_its_place(town: Town) -> None:
    flood = await town.warns(town.cap(BAOTA), channels=("sms",))
    other = await town.warns(town.cap(RIVER), channels=("sms",))
    draft = await drafts_update(town, flood, HILLS)
    for named in (str(other.id), "no-such-warning"):
        with pytest.raises(Invalid) as refused:
            await says(town, draft, **{f"p{BAOTA}": f"moved:{named}"})
        assert refused.value.rule == "UC-4"


async def test_nobody_is_told_of_an_end_while_another_warning_of_the_event_holds_for_them(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"})
    moved = await goes_out(town, draft)
    await town.inbox("sms").expects(moved, town.people("river"))


async def test_a_county_of_which_a_part_stays_warned_is_over_only_in_the_rest(town: Town) -> None:
    flood = await town.warns(town.cap(BAOTA), channels=("sms",))
    await town.rests()
    draft = await drafts_update(town, flood, RIVER)
    [question] = draft.questions
    assert question.values == {"place": "桥镇", "persons": 12}
    moved = await goes_out(town, await says(town, draft, **{f"p{BAOTA}": "ended"}))
    texts = await town.inbox("sms").texts(moved)
    assert LIFTED in texts["bridge-0"][0]
    assert LIFTED not in texts["river-0"][0]


async def test_the_end_of_the_whole_chain_reaches_those_for_whom_it_went_on(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "continues"})
    moved = await goes_out(town, draft)
    lifted = await town.cancels(moved)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_an_update_of_something_nobody_here_has_says_so_and_reads_as_a_first_message(town: Town) -> None:
    now = town.clock.now()
    unknown = (Reference("elsewhere@example.cn", "never-seen", alert_of(now, "x", BRIDGE).reference.sent),)
    update = alert_of(now, "rain-y", BRIDGE, msg_type=MsgType.UPDATE, references=unknown)
    draft = await town.drafts(write(update), channels=("sms",))
    assert "update-unknown" in [finding["rule"] for finding in draft.findings]
    alert = await goes_out(town, draft)
    texts = await town.inbox("sms").texts(alert)
    assert set(texts) == town.people("bridge")
    assert not any("更新" in text for (text,) in texts.values())


async def test_the_plan_an_update_had_does_not_forget_places_added_by_hand(settle) -> None:
    town = await settle(Cast(bridge=3, river=0, hills=3))
    first = await town.drafts(town.cap(BRIDGE), channels=("sms",), regions=frozenset({HILLS}))
    flood = await town.releases(await town.approves(await town.submits(first)))
    draft = await drafts_update(town, flood, BRIDGE)
    assert draft.questions == ()


async def test_whom_the_chain_is_over_for_hears_nothing_of_its_next_update_and_nothing_of_its_end(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    first = await goes_out(town, await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"}))
    await town.inbox("sms").expects(first, town.people("bridge", "river"))
    second = await drafts_update(town, flood, RIVER)
    assert second.questions == ()
    view = await town.submits(second)
    assert view.targeted == 8
    again = await town.releases(await town.approves(view))
    await town.rests()
    await town.inbox("sms").expects(again, town.people("river"))
    lifted = await town.cancels(again)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("river"))
    assert not any("蓝色" in text for (text,) in (await town.inbox("sms").texts(lifted)).values())


async def test_whom_the_news_of_the_end_has_not_reached_yet_hears_it_from_the_cancel(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": "ended"})
    update = await town.releases(await town.approves(await town.submits(draft)))
    lifted = await town.cancels(update)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("bridge", "river"))


async def test_a_warning_that_begins_only_tomorrow_has_taken_the_place_of_none(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    now = town.clock.now()
    alert = alert_of(now, "tomorrow", BRIDGE, lasts=timedelta(hours=30))
    later = tuple(replace(info, onset=alert.sent + timedelta(hours=20)) for info in alert.infos)
    other = await town.warns(write(replace(alert, infos=later)), channels=("sms",))
    with pytest.raises(Invalid) as refused:
        await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": f"moved:{other.id}"})
    assert refused.value.rule == "UC-4"


async def test_where_the_other_warning_ends_before_the_submission_its_author_is_asked_again(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    other = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": f"moved:{other.id}"})
    assert draft.questions == ()
    await town.cancels(other)
    await town.rests()
    with pytest.raises(Invalid) as refused:
        await town.submits(draft)
    assert refused.value.rule == "open-question"
    moved = await goes_out(town, await says(town, draft, **{f"p{BRIDGE}": "ended"}))
    assert LIFTED in (await town.inbox("sms").texts(moved))["bridge-0"][0]


async def test_whether_a_person_is_told_is_explained_by_the_order_and_not_by_the_audience(town: Town) -> None:
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    other = await town.warns(town.cap(BRIDGE), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BRIDGE}": f"moved:{other.id}"})
    moved = await goes_out(town, draft)
    lifted = await town.cancels(moved)
    await town.rests()

    async def explained(name: str, alert: AlertView) -> tuple[bool, tuple[str, bool, str]]:
        found = await town.hub.explaining.of_alert(None, name, alert.id)
        first = found.reasons[0]
        return found.selected, (first.kind, first.holds, first.how)

    assert await explained("bridge-0", flood) == (True, ("order", True, ""))
    assert await explained("bridge-0", moved) == (False, ("order", False, "spared"))
    assert await explained("river-0", lifted) == (True, ("order", True, ""))  # in no audience: they hold what it ends
    assert await explained("hills-0", lifted) == (False, ("order", False, "not-ordered"))
