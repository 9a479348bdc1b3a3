"""Entrustment (委托发布): the paper by which a unit has a warning centre publish its warnings for it (pure).

河源 2022 art. 11: a department may entrust the local warning centre to publish. The makers stay the issuers and sign
(国办秘函〔2015〕32号: the platform does not change who is responsible), so nothing they are competent for is lent: the
centre's officials write the draft down and release what the principal has signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import TypeAdapter

from approvals.approval_rule import ApprovalRule
from approvals.grant import Grant
from approvals.paper import Mandate, SignedMandate, StandingRefused, must_be_name, read_paper

ACTS = frozenset({"draft", "release"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrustment(Mandate):
    """`grantor` is the principal; `publisher` the name of the warning centre that publishes for it."""

    scheme: ClassVar[str] = "fe1"

    publisher: str
    emergency_only: bool = False

    def grant(self, number: int, area: str, kind: str) -> Grant:
        """What the paper of this number gives the publisher's officials; `area` and `kind` are the principal's."""
        return replace(self.bounds(number, area, kind), acts=ACTS, entrusts=True)


@dataclass(frozen=True, slots=True)
class Entrusted(SignedMandate):
    """An entrustment with what was decided on it."""

    document: Entrustment


_ENTRUSTMENT = TypeAdapter(Entrustment)


def entrustment_of(tree: Mapping[str, Any]) -> Entrustment:
    """Reads and checks an entrustment. Raises StandingRefused naming the field."""
    document = read_paper(_ENTRUSTMENT, tree)
    must_be_name(document, "publisher")
    if document.publisher == document.grantor:
        raise StandingRefused("publisher", "a unit publishes its own warnings without a paper", ApprovalRule.AUTH_3)
    return document
