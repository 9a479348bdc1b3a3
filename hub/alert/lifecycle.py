"""The life of a warning as one table.

Two rules: a stage changes only by an event in `TRANSITIONS`; what is released is never edited, only updated,
cancelled or left to expire.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a warning stands on its way."""

    DRAFT = "draft"  #: may be edited; nobody has been asked to sign
    HANDED_UP = "handed_up"  #: with the unit that is competent, which adopts it or gives it back
    SUBMITTED = "submitted"  #: frozen; every form rendered; waits for its decisions
    APPROVED = "approved"  #: the policy's signatures are there, over exactly these forms
    RELEASED = "released"  #: the release order is signed and committed: it will complete
    CANCELLED = "cancelled"  #: a Cancel was released; queued sends stopped
    SUPERSEDED = "superseded"  #: an Update was released; queued sends stopped
    EXPIRED = "expired"  #: it was released, and its period is over
    LAPSED = "lapsed"  #: its period was over before it was released; nobody was told anything
    REJECTED = "rejected"  #: refused with a reason; only a new draft can follow
    WITHDRAWN = "withdrawn"  #: taken back before release; nobody was told anything


class Event(StrEnum):
    """What can happen to a warning."""

    SUBMIT = "submit"
    HAND_UP = "hand-up"  #: the stakes exceed the unit
    ADOPT = "adopt"  #: the competent unit makes it its own
    RETURN = "return"  #: back to the author, with a reason; voids every decision
    APPROVE = "approve"  #: the last signature the policy wants
    REJECT = "reject"
    WITHDRAW = "withdraw"
    RELEASE = "release"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"


class IllegalTransition(Exception):
    """`event` is not possible in `stage`."""

    def __init__(self, stage: Stage, event: Event) -> None:
        super().__init__(f"a warning that is {stage} cannot {event}")
        self.stage = stage
        self.event = event


TRANSITIONS: dict[tuple[Stage, Event], Stage] = {
    (Stage.DRAFT, Event.SUBMIT): Stage.SUBMITTED,
    (Stage.DRAFT, Event.WITHDRAW): Stage.WITHDRAWN,
    (Stage.DRAFT, Event.EXPIRE): Stage.LAPSED,
    (Stage.DRAFT, Event.HAND_UP): Stage.HANDED_UP,
    (Stage.HANDED_UP, Event.ADOPT): Stage.DRAFT,
    (Stage.HANDED_UP, Event.RETURN): Stage.DRAFT,
    (Stage.HANDED_UP, Event.WITHDRAW): Stage.WITHDRAWN,
    (Stage.HANDED_UP, Event.EXPIRE): Stage.LAPSED,
    (Stage.SUBMITTED, Event.RETURN): Stage.DRAFT,
    (Stage.SUBMITTED, Event.APPROVE): Stage.APPROVED,
    (Stage.SUBMITTED, Event.REJECT): Stage.REJECTED,
    (Stage.SUBMITTED, Event.WITHDRAW): Stage.WITHDRAWN,
    (Stage.SUBMITTED, Event.EXPIRE): Stage.LAPSED,
    (Stage.APPROVED, Event.RETURN): Stage.DRAFT,
    (Stage.APPROVED, Event.REJECT): Stage.REJECTED,
    (Stage.APPROVED, Event.WITHDRAW): Stage.WITHDRAWN,
    (Stage.APPROVED, Event.EXPIRE): Stage.LAPSED,
    (Stage.APPROVED, Event.RELEASE): Stage.RELEASED,
    (Stage.RELEASED, Event.CANCEL): Stage.CANCELLED,
    (Stage.RELEASED, Event.SUPERSEDE): Stage.SUPERSEDED,
    (Stage.RELEASED, Event.EXPIRE): Stage.EXPIRED,
    # An expired or superseded warning may still be called off: people acted on it.
    (Stage.SUPERSEDED, Event.CANCEL): Stage.CANCELLED,
    (Stage.EXPIRED, Event.CANCEL): Stage.CANCELLED,
}
#: nobody has been told anything yet: what may still be withdrawn
UNRELEASED = frozenset(stage for stage, event in TRANSITIONS if event is Event.WITHDRAW)


def advance(stage: Stage, event: Event) -> Stage:
    """The stage that follows. Raises IllegalTransition."""
    try:
        return TRANSITIONS[stage, event]
    except KeyError:
        raise IllegalTransition(stage, event) from None
