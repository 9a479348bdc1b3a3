"""Papers signed beforehand, and the powers they lend, by the policy as the oracle reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.properties.policy_model import Clerk, File, PolicyModel, highest, inside

STANDING, ENTRUSTMENT, DELEGATION = "standing", "entrustments", "delegations"  #: kinds of paper, as the API calls them
BORROWER = {ENTRUSTMENT: "publisher", DELEGATION: "unit"}  #: the field of a paper that says to whom it lends


@dataclass
class Paper:
    """A paper, as the oracle knows it: a standing authorisation, an entrustment or a delegation."""

    number: int
    document: dict[str, Any]
    digest: str
    authors: set[int]
    kind: str = STANDING
    approvals: list[tuple[Clerk, str]] = field(default_factory=list)
    decided: set[int] = field(default_factory=set)
    revoked: bool = False
    used: list[float] = field(default_factory=list)

    def most(self) -> list[File]:
        """Everything it could release, as warnings that its signers must be entitled to."""
        areas, until = frozenset(self.document["areas"]), 0.0
        return [
            File(0, level, event, areas, "Alert", "", until, authors=self.authors, approvals=self.approvals)
            for level in self.document["levels"]
            for event in self.document["events"]
        ]

    def is_of(self, now: float) -> bool:
        """Whether it holds at this time."""
        return at(self.document["valid_from"]) <= now < at(self.document["valid_until"])

    def speaks_of(self, file: File) -> bool:
        """Whether the warning lies within it; one that changes another is as high as the highest of its chain."""
        inner = all(any(inside(area, key) for area in self.document["areas"]) for key in file.areas)
        return highest(file) in self.document["levels"] and file.event in self.document["events"] and inner

    def lends_to(self, unit: str) -> bool:
        return self.kind in BORROWER and not self.revoked and self.document[BORROWER[self.kind]] == unit


class Lender(PolicyModel):
    """The policy together with the papers that were signed under it. Set `now` to a clock."""

    def __init__(self, policy: Path) -> None:
        super().__init__(policy)
        self.papers: dict[int, Paper] = {}
        self.now: Callable[[], float] = lambda: 0.0

    def may(self, clerk: Clerk, right: str, file: File, *, stops: bool = False) -> str:
        """Why not; empty where the clerk may, by the powers of the own unit or by one that a paper lends it."""
        why = super().may(clerk, right, file, stops=stops)
        lent = why not in ("", "right") and any(self._lends(paper, right, file) for paper in self._lent_to(clerk.unit))
        return "" if lent else why

    def is_entrusted(self, file: File) -> bool:
        """Whether a paper in force has its publisher publish just this for its unit."""
        return any(self._entrusts(paper, file) for paper in self._lent_to(file.publisher))

    def _lent_to(self, unit: str) -> list[Paper]:
        """The papers in force that lend to a unit: signed by all that the policy of now wants, and of this time."""
        lent = [paper for paper in self.papers.values() if paper.lends_to(unit) and paper.is_of(self.now())]
        return [paper for paper in lent if not any(self.lacking(most) for most in paper.most())]

    def _lends(self, paper: Paper, right: str, file: File) -> bool:
        if paper.kind == ENTRUSTMENT:
            return right in ("draft", "release") and self._entrusts(paper, file)
        document = paper.document
        bound = self.rule(file).get("delegable") is False
        theirs = file.unit in ("", document["unit"], document["grantor"])
        within = theirs and right in document["acts"] and paper.speaks_of(file) and not bound
        return within and not super().may(self._grantor(paper, right), right, replace(file, unit=""))

    def _entrusts(self, paper: Paper, file: File) -> bool:
        """The unit that entrusts it stays the issuer; who publishes is named in the warning."""
        document = paper.document
        named = (document["grantor"], document["publisher"]) == (file.unit, file.publisher)
        return named and paper.speaks_of(file)

    def _grantor(self, paper: Paper, right: str) -> Clerk:
        """Somebody of the unit that lends, with the right: nothing is lent that it may not do itself."""
        own = next(each for each in self.clerks.values() if each.unit == paper.document["grantor"])
        return replace(own, rights=frozenset({right}), active=True)


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
