"""A place that an Update leaves out goes over to another warning only where that warns of the same danger, no lower;
and what the author has said of a place may be said anew until the warning is submitted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hub.alert.alert import NamedValue
from hub.alert.views import AlertView
from hub.audience.plan import QuestionAnswer
from hub.errors import Invalid
from hub.formats.cap.write import write
from tests.stories.families import NOBODY, One, live
from tests.stories.test_open_questions import posted
from tests.stories.test_update_leaves_places_out import LIFTED, drafts_update, goes_out, says
from tests.stories.town import BAOTA, BRIDGE, HILLS, RIVER, Town
from tests.stories.warnings import alert_of

AT_BRIDGE = f"p{BRIDGE}"


async def sent(town: Town, *codes: str, event: str = "暴雨", code: str = "", **changes: Any) -> AlertView:
    """A warning that is out and told, of heavy rain unless another event is named."""
    first = alert_of(town.clock.now(), f"w-{event}-{'-'.join(codes)}-{changes.get('severity')}", *codes, **changes)
    named = (NamedValue("eventType", code),) if code else ()
    infos = [replace(info, event_codes=named) for info in first.infos]
    if event != "暴雨":
        infos = [replace(infos[0], event=event, headline=f"{event}橙色预警")]
    alert = await town.warns(write(replace(first, infos=tuple(infos))), channels=("sms",))
    await town.rests()
    return alert


async def flood_and_update(town: Town) -> AlertView:
    """Bridge and river held a warning, orange; its Update leaves the bridge out."""
    flood = await town.warns(town.cap(BRIDGE, RIVER), channels=("sms",))
    await town.rests()
    return await drafts_update(town, flood, RIVER)


async def refused(town: Town, draft: AlertView, other: AlertView) -> str:
    with pytest.raises(Invalid) as error:
        await says(town, draft, **{AT_BRIDGE: f"moved:{other.id}"})
    assert (error.value.rule, error.value.place) == ("UC-4", f"answers.left-out:{BRIDGE}")
    return str(error.value)


async def test_a_warning_of_another_danger_has_taken_the_place_of_none(town: Town) -> None:
    gale = await sent(town, BRIDGE, event="大风")
    assert "暴雨 at orange" in await refused(town, await flood_and_update(town), gale)


async def test_a_lower_warning_of_the_danger_has_taken_the_place_of_none(town: Town) -> None:
    yellow = await sent(town, BRIDGE, severity="Moderate")
    assert "or a higher level" in await refused(town, await flood_and_update(town), yellow)


async def test_a_warning_that_is_lower_there_and_higher_elsewhere_has_not_taken_its_place(town: Town) -> None:
    low = alert_of(town.clock.now(), "mixed", BRIDGE, severity="Minor")
    high = alert_of(town.clock.now(), "mixed", HILLS, severity="Extreme")
    other = await town.warns(write(replace(low, infos=(*low.infos, *high.infos))), channels=("sms",))
    await town.rests()
    assert "does not warn 12 of the people" in await refused(town, await flood_and_update(town), other)


async def test_a_higher_warning_of_the_danger_in_other_words_has_taken_its_place(town: Town) -> None:
    other = await sent(town, BAOTA, severity="Extreme", code="11B03")
    draft = await says(town, await flood_and_update(town), **{AT_BRIDGE: f"moved:{other.id}"})
    moved = await goes_out(town, draft)
    await town.inbox("sms").expects(moved, town.people("river"))


async def test_nobody_is_told_of_an_end_while_a_warning_of_the_event_by_its_code_holds_for_them(town: Town) -> None:
    await sent(town, BRIDGE, code="11B03")
    draft = await says(town, await flood_and_update(town), **{AT_BRIDGE: "ended"})
    moved = await goes_out(town, draft)
    await town.inbox("sms").expects(moved, town.people("river"))


async def test_without_the_look_at_danger_and_level_the_end_is_never_heard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out: whoever held the warning hears neither of the change nor of the end."""
    monkeypatch.setattr("hub.dossier.other_warnings.covers", lambda *_: True)
    monkeypatch.setattr("hub.dossier.verified_order.covers", lambda *_: True)
    gale = await sent(town, BRIDGE, event="大风")
    draft = await says(town, await flood_and_update(town), **{AT_BRIDGE: f"moved:{gale.id}"})
    update = await goes_out(town, draft)
    await town.inbox("sms").expects(update, town.people("river"))
    lifted = await town.cancels(update)
    await town.rests()
    await town.inbox("sms").expects(lifted, town.people("river"))


async def at_one_number(town: Town) -> tuple[AlertView, AlertView]:
    """One lives at the bridge and one at the river, with one telephone: the Update of a flood that leaves the bridge
    out, and another warning that is as high at the river alone.
    """
    await live(town, One("mother", 1, region=BRIDGE), One("son", 1, region=RIVER))
    low = alert_of(town.clock.now(), "mixed", BRIDGE, severity="Minor")
    high = alert_of(town.clock.now(), "mixed", RIVER)
    other = await town.warns(write(replace(low, infos=(*low.infos, *high.infos))), channels=("sms",))
    await town.rests()
    return await flood_and_update(town), other


async def test_who_reads_over_a_shared_number_what_holds_elsewhere_is_not_warned_of_it(settle) -> None:
    town = await settle(NOBODY)
    draft, other = await at_one_number(town)
    assert {part.part: part.persons for part in other.parts} == {"1+2": 2}
    assert "does not warn 1 of the people" in await refused(town, draft, other)


async def test_without_the_look_at_where_they_live_the_number_would_count_as_warned(
    settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard taken out."""
    monkeypatch.setattr(
        "hub.dossier.other_warnings.OtherWarnings._living_there", lambda _s, _r, _m, persons, _t: persons
    )
    town = await settle(NOBODY)
    draft, other = await at_one_number(town)
    assert (await says(town, draft, **{AT_BRIDGE: f"moved:{other.id}"})).questions == ()


async def test_an_answer_that_the_rule_no_longer_allows_is_asked_again(town: Town) -> None:
    """Such an answer was kept by an older hub, or the chain has risen since."""
    gale = await sent(town, BRIDGE, event="大风")
    draft = await says(town, await flood_and_update(town), **{AT_BRIDGE: "ended"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.dossier.other_warnings.covers", lambda *_: True)
        patch.setattr("hub.dossier.verified_order.covers", lambda *_: True)
        draft = await says(town, draft, **{AT_BRIDGE: f"moved:{gale.id}"})
    with pytest.raises(Invalid) as error:
        await town.submits(draft)
    assert error.value.rule == "open-question"


async def test_what_was_said_of_a_place_is_said_anew_and_counts_alone(town: Town) -> None:
    draft = await flood_and_update(town)
    other = await sent(town, BRIDGE, severity="Extreme")
    words, seen = ("ended", "continues", "moved"), {}
    for word in (*words, "continues", "ended", "moved", *words):  # every one after every other
        draft = await says(town, draft, **{AT_BRIDGE: f"moved:{other.id}" if word == "moved" else word})
        assert ([each.choice for each in draft.answers], draft.questions) == ([word], ())
        told = (await town.hub.alerts.cap(draft.id), draft.areas)
        assert seen.setdefault(word, told) == told
    assert len({cap for cap, _ in seen.values()}) == len(words)
    assert (await town.submits(draft)).stage == "submitted"


async def test_a_county_of_which_a_part_stays_warned_is_said_anew_too(town: Town) -> None:
    flood = await town.warns(town.cap(BAOTA), channels=("sms",))
    await town.rests()
    draft = await says(town, await drafts_update(town, flood, RIVER), **{f"p{BAOTA}": "continues"})
    moved = await goes_out(town, await says(town, draft, **{f"p{BAOTA}": "ended"}))
    texts = await town.inbox("sms").texts(moved)
    assert LIFTED in texts["bridge-1"][0]
    assert LIFTED not in texts["river-1"][0]


async def test_a_level_that_was_answered_is_answered_anew(town: Town) -> None:
    first = alert_of(town.clock.now(), "unknown", BRIDGE, severity="Unknown")
    draft = await town.drafts(posted(first))
    author = town.officials["author"]
    [question] = draft.questions
    for level in ("red", "orange"):
        draft = await town.hub.drafting.answer(author, draft.id, draft.version, [QuestionAnswer(question.key, level)])
    assert (draft.level, [each.choice for each in draft.answers]) == ("orange", ["orange"])


async def test_what_was_never_asked_is_refused_with_what_may_be_said(town: Town) -> None:
    draft = await says(town, await flood_and_update(town), **{AT_BRIDGE: "ended"})
    with pytest.raises(Invalid) as error:
        await says(town, draft, **{f"p{HILLS}": "ended"})
    assert f"keeps answers to left-out:{BRIDGE}" in str(error.value)
