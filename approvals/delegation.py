"""Delegation (授权书): the paper by which a unit lends another the release of certain warnings, and no more (pure).

重庆 2011 annex 4 is such a paper: the government allows a department to publish warnings of some levels on its matter.
What is lent stays the grantor's: it ends with the paper, never exceeds what the grantor may do at the moment of use
(AUTH-3), and is never lent further (AUTH-4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from approvals.grant import Grant
from approvals.level import Level
from approvals.paper import Paper, SignedPaper, StandingRefused, must_be_name, must_be_set, read_paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Paper):
    """`unit` is the name of whom it is lent to; `acts` what its officials may then do in the grantor's place."""

    scheme: ClassVar[str] = "fd1"

    unit: str
    acts: tuple[Literal["draft", "review", "sign", "release"], ...]
    emergency_only: bool = False

    def grant(self, number: int, area: str, kind: str) -> Grant:
        """What the paper of this number gives the officials of `unit`; `area` and `kind` are the grantor's."""
        return Grant(
            id=number,
            unit=self.grantor,
            area=area,
            kind=kind,
            levels=frozenset(map(Level.of, self.levels)),
            events=self.events,
            areas=frozenset(self.areas),
            channels=frozenset(self.channels),
            emergency_only=self.emergency_only,
            acts=frozenset(self.acts),
        )


@dataclass(frozen=True, slots=True)
class Lent(SignedPaper):
    """A delegation with what was decided on it."""

    document: Delegation


_DELEGATION = TypeAdapter(Delegation)


def delegation_of(tree: Mapping[str, Any]) -> Delegation:
    """Reads and checks a delegation. Raises StandingRefused naming the field."""
    document = read_paper(_DELEGATION, tree)
    must_be_name(document, "unit")
    must_be_set(document, "acts")
    if document.unit == document.grantor:
        raise StandingRefused("unit", "a unit lends nothing to itself", "AUTH-3")
    return document
