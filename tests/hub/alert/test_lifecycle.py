"""The life of a warning: every stage times every event is either in the table or refused."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alert.lifecycle import TRANSITIONS, IllegalTransition, LifecycleEvent, Stage, stage_after
from hub.alert.lifecycle_diagram import page
from tests.for_all import for_all

EVERY = list(itertools.product(Stage, LifecycleEvent))
ENDS = {Stage.CANCELLED, Stage.REJECTED, Stage.WITHDRAWN, Stage.LAPSED}
#: the public has been told, or may have been
TOLD = {Stage.RELEASED, Stage.CANCELLED, Stage.SUPERSEDED}


def walk(events: list[LifecycleEvent]) -> list[Stage]:
    """The stages a draft comes through; events that are illegal where it stands change nothing."""
    stages = [Stage.DRAFT]
    for event in events:
        try:
            stages.append(stage_after(stages[-1], event))
        except IllegalTransition:
            continue
    return stages


@pytest.mark.parametrize(("stage", "event"), EVERY)
def test_every_event_in_every_stage_is_in_the_table_or_refused(stage: Stage, event: LifecycleEvent) -> None:
    if (stage, event) in TRANSITIONS:
        assert stage_after(stage, event) is TRANSITIONS[stage, event]
    else:
        with pytest.raises(IllegalTransition, match=f"a warning that is {stage} cannot {event}"):
            stage_after(stage, event)


def test_every_stage_can_be_reached_from_a_draft() -> None:
    reached = {Stage.DRAFT}
    while more := {to for (stage, _), to in TRANSITIONS.items() if stage in reached} - reached:
        reached |= more
    assert reached == set(Stage)


def test_only_the_ends_are_ends() -> None:
    assert set(Stage) - {stage for stage, _ in TRANSITIONS} == ENDS


EVENTS = st.lists(st.sampled_from(LifecycleEvent), max_size=30)
#: the way to the public, whole or broken off, and whatever is tried then
LIVES = st.builds(
    lambda steps, then: [LifecycleEvent.SUBMIT, LifecycleEvent.APPROVE, LifecycleEvent.RELEASE][:steps] + then,
    st.sampled_from([0, 1, 2, 3, 3, 3]),
    EVENTS,
)


@given(EVENTS | LIVES)
def test_nothing_is_released_that_was_not_approved_right_before(events: list[LifecycleEvent]) -> None:
    stages = walk(events)
    for before, after in itertools.pairwise(stages):
        assert after is not Stage.RELEASED or before is Stage.APPROVED


@for_all(LIVES)
def test_what_was_released_is_never_a_draft_again(events: list[LifecycleEvent]) -> bool:
    stages = walk(events)
    after = stages[stages.index(Stage.RELEASED) + 1 :] if Stage.RELEASED in stages else []
    assert not {Stage.DRAFT, Stage.SUBMITTED, Stage.APPROVED, Stage.WITHDRAWN, Stage.REJECTED, Stage.LAPSED} & set(
        after
    )
    return bool(after)


@for_all(LIVES)
def test_only_what_went_out_can_be_cancelled_superseded_or_expire(events: list[LifecycleEvent]) -> bool:
    stages = walk(events)
    ended = bool({Stage.CANCELLED, Stage.SUPERSEDED, Stage.EXPIRED} & set(stages))
    assert not ended or Stage.RELEASED in stages
    return ended


def test_a_returned_warning_needs_every_decision_again() -> None:
    assert (
        walk([LifecycleEvent.SUBMIT, LifecycleEvent.APPROVE, LifecycleEvent.RETURN, LifecycleEvent.RELEASE])[-1]
        is Stage.DRAFT
    )


def test_the_picture_in_the_documentation_is_that_of_the_table() -> None:
    assert (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8") == page()
    assert page().count(" --> ") == len(TRANSITIONS) + 1 + len(ENDS)
