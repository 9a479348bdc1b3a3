"""Whose warning it is: what part an official has in a warning of these issuers, and for which of them (pure).

谁发布谁负责: editing, submitting, deciding, releasing and taking back belong to officials of an issuer, of a unit that
the policy's step names, of a superior that gives its reason, or under a paper that lends the act. Every door of the hub
asks `approvals.authority.Policy.may`, which asks here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from approvals.answer import ISSUER, LENT, NAMED, PUBLISHER, SUPERIOR, Denied
from approvals.approval_rule import ApprovalRule
from approvals.event import COMMANDS, GOVERNMENT, Event
from approvals.grant import Grant
from approvals.issuers import IssuingUnit
from approvals.official import Official
from approvals.policy_input import PolicyInput
from approvals.rule import Units
from approvals.territory import under


@dataclass(frozen=True, slots=True)
class PartyRole:
    """`issuers` are the names of those for whom the official's act counts."""

    issuers: frozenset[str]
    title: str = ISSUER


def part_of(
    official: Official,
    stakes: PolicyInput,
    steps: Sequence[Units],
    event: Event | None,
    *,
    superiors: bool,
    overriding: bool,
) -> PartyRole | Denied:
    """The part the official has by their own unit. Where the stakes name no issuer nobody is a stranger: a paper, or a
    case that is thought up.

    `steps` are whose officials the rules that hold open the act to, `superiors` is whether the policy lets a superior
    act, `overriding` whether this one says why.
    """
    names = {unit.name for unit in stakes.issuers}
    if not names or official.unit in names:
        return PartyRole(frozenset({official.unit}))
    below = frozenset(unit.name for unit in stakes.issuers if under(official.area, unit.area))
    if below and all(_names(units, official, event) for units in steps):
        return PartyRole(below, NAMED)
    lower = frozenset(unit.name for unit in stakes.issuers if is_superior(official, unit, event))
    if stakes.issuers[0].name in lower and superiors and overriding:
        return PartyRole(lower, SUPERIOR)
    return _stranger(official, stakes, is_above=bool(lower) and superiors)


def part_lent(official: Official, grant: Grant, stakes: PolicyInput) -> PartyRole | None:
    """The part the official has by a paper: in their own warning by a lent power, or in the grantor's.

    An entrustment (委托发布) is for the warnings in which its publisher is stated, and for no other.
    """
    names = {unit.name for unit in stakes.issuers}
    if grant.entrusts:
        entrusted = grant.unit in names and stakes.publisher == official.unit
        return PartyRole(frozenset({grant.unit}), PUBLISHER) if entrusted else None
    if not names or official.unit in names:
        return PartyRole(frozenset({official.unit}), LENT)
    return PartyRole(frozenset({grant.unit}), LENT) if grant.unit in names else None


def is_superior(official: Official, unit: IssuingUnit, event: Event | None = None) -> bool:
    """Whether the official's unit stands above another: the government of its place or of one around it, or a unit of
    its own kind around it. A command body stands where its government does (突发事件应对法 2024 art. 20).
    """
    if not under(official.area, unit.area):
        return False
    kinds = acting_kinds(official, event)
    if official.area == unit.area:
        return GOVERNMENT in kinds and unit.kind not in {GOVERNMENT, official.kind}
    return bool(kinds & {GOVERNMENT, unit.kind})


def acting_kinds(official: Official, event: Event | None) -> frozenset[str]:
    """The kinds as which the official's unit acts: its own, and for its own events a command body's government's."""
    own = event is not None and any(issuer.kind == official.kind for issuer in event.issuers)
    force = own and official.kind in COMMANDS and bool(official.commands_for)
    return frozenset({official.kind, GOVERNMENT} if force else {official.kind})


def _names(units: Units, official: Official, event: Event | None) -> bool:
    return units.outside and not units.of_event(event, official.kind).misfit(official)


def _stranger(official: Official, stakes: PolicyInput, *, is_above: bool) -> Denied:
    issuers = " and ".join(unit.name for unit in stakes.issuers)
    reason = f"{issuers} issues this warning, and {official.unit} has no part in it"
    lead = stakes.issuers[0].name
    remedy = f"let an official of {lead} act, or let {lead} lend {official.unit} the act by a delegation (授权书)"
    if is_above:
        remedy += f"; as its superior {official.unit} may take it over and say why"
    else:
        remedy += f"; where {lead} may not, it refers the draft"
    return Denied(ApprovalRule.UNIT, reason, remedy=remedy)
