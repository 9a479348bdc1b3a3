"""Who issues a warning: one unit in the lead, units that issue it jointly, units that were consulted (pure).

谁发布谁负责: whoever issues a warning answers for it. Who publishes it in the place of another (代发, 河源 2022
art. 11) is named beside, and is no issuer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class IssuingUnit:
    """A registered unit that issues a warning, as the policy looks at it."""

    name: str
    area: str
    kind: str


@dataclass(frozen=True, slots=True)
class Issuers:
    """All by the names of registered units; `joint` and `consulted` in the order in which they were stated.

    `publisher` publishes for the lead under the paper of this number (`entrustment`); empty and 0 where the lead
    publishes itself.
    """

    lead: str
    joint: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    publisher: str = ""
    entrustment: int = 0

    @property
    def signing(self) -> tuple[str, ...]:
        """Everyone who issues it, and signs for itself; the lead comes first."""
        return (self.lead, *self.joint)

    def tree(self) -> dict[str, Any]:
        """What approvals bind to; what there is none of is left out. Only the lead has a place of its own."""
        beside = {"joint": sorted(self.joint), "consulted": sorted(self.consulted)}
        published = {"publisher": self.publisher, "entrustment": self.entrustment}
        return {"lead": self.lead} | {name: value for name, value in (beside | published).items() if value}


def issuers_in(lead: str, kept: Mapping[str, Any]) -> Issuers:
    """The issuers as a record keeps them beside the lead."""
    return Issuers(
        lead=lead,
        joint=tuple(kept.get("joint", ())),
        consulted=tuple(kept.get("consulted", ())),
        publisher=str(kept.get("publisher", "")),
        entrustment=int(kept.get("entrustment", 0)),
    )
