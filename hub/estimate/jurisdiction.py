"""Whether the places of an alert are its unit's, seen ahead: what the policy will answer, act by act."""

from __future__ import annotations

from dataclasses import dataclass

from pyroaring import BitMap
from sqlalchemy import Connection

from approvals.answer import Referral
from approvals.authority import Policy, PolicyRefused
from approvals.grant import FULL
from approvals.official import Official, Right
from approvals.policy_input import PolicyInput
from approvals.rule import RELEASE_PATH
from approvals.territory import under
from hub.alert.views import Finding
from hub.dossier.authority import competent
from hub.dossier.refusals import name_regions
from hub.estimate.judgement import BLOCK
from hub.estimate.view import Jurisdiction, KeyCount
from hub.store.access import units
from hub.store.register import bitmaps, regions
from targeting.region import NATION

ACTS = (Right.DRAFT, Right.REVIEW, Right.SIGN, Right.RELEASE)


@dataclass(frozen=True, slots=True)
class JurisdictionPreview:
    """What a unit will be told, and the finding that says so."""

    jurisdiction: Jurisdiction
    findings: tuple[Finding, ...]


def ahead(
    connection: Connection, policy: Policy, name: str, stakes: PolicyInput, persons: BitMap
) -> JurisdictionPreview | None:
    """For the unit of this name; None where there is none, as for a draft of an upstream system."""
    unit = units.by_name(connection, name)
    if unit is None:
        return None
    # Whoever of the unit holds every right: which of its people may take which step is asked elsewhere.
    anyone = Official(0, unit.name, unit.name, unit.area, frozenset(RELEASE_PATH), unit.kind)
    act, answer = _answer(policy, anyone, stakes)
    outside = _outside(connection, unit.area, stakes, persons)
    if answer is None:
        return JurisdictionPreview(Jurisdiction(unit.name, unit.area, outside, "", "", None), ())
    found = competent(connection, answer)
    to = ", ".join(found.units) or f"a unit of {found.area}"
    text = name_regions(connection, f"{answer.reason}; to {act} it is for {to}: refer it")
    level = BLOCK if act is Right.DRAFT else "warn"
    finding = {"rule": answer.rule, "element": "areas", "level": level, "text": text}
    return JurisdictionPreview(
        Jurisdiction(unit.name, unit.area, outside, answer.rule, answer.reason, found), (finding,)
    )


def _answer(policy: Policy, anyone: Official, stakes: PolicyInput) -> tuple[Right, Referral | None]:
    for act in ACTS:
        try:
            answer = policy.may(anyone, act, stakes, FULL)
        except PolicyRefused:
            break  # no rule at all: submitting says so
        if isinstance(answer, Referral):
            return act, answer
    return Right.DRAFT, None


def _outside(connection: Connection, area: str, stakes: PolicyInput, persons: BitMap) -> tuple[KeyCount, ...]:
    keys = sorted(key for key in stakes.areas or {NATION} if not under(area, key))
    counts = bitmaps.tally(connection, bitmaps.REGION, persons, keys)
    names = regions.names_by_key(connection, keys)
    return tuple(KeyCount(key, names.get(key, key), counts.get(key, 0)) for key in keys)
