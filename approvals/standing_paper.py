"""What the policy needs of a standing authorisation (授权书); `approvals.standing` has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from approvals.decision import Decision
from approvals.policy_input import PolicyInput


class StandingPaper(Protocol):
    """A paper signed beforehand, as far as the policy looks at it."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def digest(self) -> str:
        """What its own decisions bind to."""
        ...

    @property
    def authors(self) -> frozenset[int]:
        """The persons who had a hand in its text."""
        ...

    @property
    def decisions(self) -> Sequence[Decision]:
        """The decisions that stand over it."""
        ...

    @property
    def maximum(self) -> Sequence[PolicyInput]:
        """Every level and event it allows, over all its areas and channels."""
        ...

    def refuses(self, stakes: PolicyInput, at: datetime) -> str:
        """Why the paper does not cover this release now (AUTH-1, AUTH-3); empty where it does."""
        ...
