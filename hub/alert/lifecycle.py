"""The life of a warning as one table.

Two rules: a stage changes only by an event in `TRANSITIONS`; what is released is never edited, only updated,
cancelled or left to expire.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Where a warning stands on its way."""

    DRAFT = "draft"  #: may be edited; nobody has been asked to sign
    REFERRED = "referred"  #: with the unit that is competent, which adopts it or gives it back
    SUBMITTED = "submitted"  #: frozen; every form rendered; waits for its decisions
    APPROVED = "approved"  #: the policy's signatures are there, over exactly these forms
    RELEASED = "released"  #: the release order is signed and committed: it will complete
    CANCELLED = "cancelled"  #: a Cancel was released; queued sends stopped
    SUPERSEDED = "superseded"  #: an Update was released; queued sends stopped
    EXPIRED = "expired"  #: it was released, and its period is over
    LAPSED = "lapsed"  #: its period was over before it was released; nobody was told anything
    REJECTED = "rejected"  #: refused with a reason; only a new draft can follow
    WITHDRAWN = "withdrawn"  #: taken back before release; nobody was told anything


class LifecycleEvent(StrEnum):
    """What can happen to a warning."""

    SUBMIT = "submit"
    REFER = "refer"  #: the stakes exceed the unit
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

    def __init__(self, stage: Stage, event: LifecycleEvent) -> None:
        super().__init__(f"a warning that is {stage} cannot {event}")
        self.stage = stage
        self.event = event


TRANSITIONS: dict[tuple[Stage, LifecycleEvent], Stage] = {
    (Stage.DRAFT, LifecycleEvent.SUBMIT): Stage.SUBMITTED,
    (Stage.DRAFT, LifecycleEvent.WITHDRAW): Stage.WITHDRAWN,
    (Stage.DRAFT, LifecycleEvent.EXPIRE): Stage.LAPSED,
    (Stage.DRAFT, LifecycleEvent.REFER): Stage.REFERRED,
    (Stage.REFERRED, LifecycleEvent.ADOPT): Stage.DRAFT,
    (Stage.REFERRED, LifecycleEvent.RETURN): Stage.DRAFT,
    (Stage.REFERRED, LifecycleEvent.WITHDRAW): Stage.WITHDRAWN,
    (Stage.REFERRED, LifecycleEvent.EXPIRE): Stage.LAPSED,
    (Stage.SUBMITTED, LifecycleEvent.RETURN): Stage.DRAFT,
    (Stage.SUBMITTED, LifecycleEvent.APPROVE): Stage.APPROVED,
    (Stage.SUBMITTED, LifecycleEvent.REJECT): Stage.REJECTED,
    (Stage.SUBMITTED, LifecycleEvent.WITHDRAW): Stage.WITHDRAWN,
    (Stage.SUBMITTED, LifecycleEvent.EXPIRE): Stage.LAPSED,
    (Stage.APPROVED, LifecycleEvent.RETURN): Stage.DRAFT,
    (Stage.APPROVED, LifecycleEvent.REJECT): Stage.REJECTED,
    (Stage.APPROVED, LifecycleEvent.WITHDRAW): Stage.WITHDRAWN,
    (Stage.APPROVED, LifecycleEvent.EXPIRE): Stage.LAPSED,
    (Stage.APPROVED, LifecycleEvent.RELEASE): Stage.RELEASED,
    (Stage.RELEASED, LifecycleEvent.CANCEL): Stage.CANCELLED,
    (Stage.RELEASED, LifecycleEvent.SUPERSEDE): Stage.SUPERSEDED,
    (Stage.RELEASED, LifecycleEvent.EXPIRE): Stage.EXPIRED,
    # An expired or superseded warning may still be called off: people acted on it.
    (Stage.SUPERSEDED, LifecycleEvent.CANCEL): Stage.CANCELLED,
    (Stage.EXPIRED, LifecycleEvent.CANCEL): Stage.CANCELLED,
}
#: nobody has been told anything yet: what may still be withdrawn
UNRELEASED = frozenset(stage for stage, event in TRANSITIONS if event is LifecycleEvent.WITHDRAW)


def stage_after(stage: Stage, event: LifecycleEvent) -> Stage:
    """The stage that follows. Raises IllegalTransition."""
    try:
        return TRANSITIONS[stage, event]
    except KeyError:
        raise IllegalTransition(stage, event) from None
