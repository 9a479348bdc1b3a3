"""Delegation (授权书): the paper by which a unit lends another the release of certain warnings, and no more (pure).

重庆 2011 annex 4 is such a paper: the government allows a department to publish warnings of some levels on its matter.
What is lent stays the grantor's: it ends with the paper, never exceeds what the grantor may do at the moment of use
(AUTH-3), and is never lent further (AUTH-4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter

from approvals.approval_rule import ApprovalRule
from approvals.grant import Grant
from approvals.paper import Mandate, SignedMandate, StandingRefused, must_be_name, must_be_set, read_paper
from approvals.standing_terms import ApprovedText, must_be_wordings
from approvals.zone import Zone, must_be_zones


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation(Mandate):
    """`unit` is the name of whom it is lent to; `acts` what its officials may then do in the grantor's place.

    With `texts` and `zones` it lends no more than to say these texts about these zones: the paper of an operator.
    """

    scheme: ClassVar[str] = "fd1"

    unit: str
    acts: tuple[Literal["draft", "review", "sign", "release"], ...]
    emergency_only: bool = False
    texts: tuple[ApprovedText, ...] = ()
    zones: tuple[Zone, ...] = ()

    def tree(self) -> dict[str, Any]:
        """The document as plain values. What a paper without texts does not have is no part of its digest."""
        tree = Mandate.tree(self)
        if not self.texts and not self.zones:
            return {name: value for name, value in tree.items() if name not in ("texts", "zones")}
        tree["texts"] = sorted(tree["texts"], key=lambda text: text["language"])
        tree["zones"] = sorted(tree["zones"], key=lambda zone: zone["name"])
        return tree

    def grant(self, number: int, area: str, kind: str) -> Grant:
        """What the paper of this number gives the officials of `unit`; `area` and `kind` are the grantor's."""
        bounds = self.bounds(number, area, kind)
        return replace(bounds, acts=frozenset(self.acts), bound=bool(self.texts))


@dataclass(frozen=True, slots=True)
class SignedDelegation(SignedMandate):
    """A delegation with what was decided on it."""

    document: Delegation


_DELEGATION = TypeAdapter(Delegation)


def delegation_of(tree: Mapping[str, Any]) -> Delegation:
    """Reads and checks a delegation. Raises StandingRefused naming the field."""
    document = read_paper(_DELEGATION, tree)
    must_be_name(document, "unit")
    must_be_set(document, "acts")
    if document.unit == document.grantor:
        raise StandingRefused("unit", "a unit lends nothing to itself", ApprovalRule.AUTH_3)
    if document.texts or document.zones:
        _must_be_bound(document)
    return document


def _must_be_bound(document: Delegation) -> None:
    """Texts and zones belong together: a text without a zone is for anywhere, a zone without a text says anything."""
    for place in ("texts", "zones"):
        must_be_set(document, place)
    must_be_wordings(document.texts)
    must_be_zones(document.zones, document.areas)
    spoken = [text.language.casefold() for text in document.texts]
    if len(set(spoken)) != len(spoken) or any(text.msg_type != "Alert" for text in document.texts):
        raise StandingRefused("texts", "one text of a warning for each language; its all-clear is the hub's own")
    if any(not text.instruction.strip() for text in document.texts):
        raise StandingRefused("texts", "an alarm says what to do: instruction is needed")
